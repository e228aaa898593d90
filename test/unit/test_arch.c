/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch.h"
#include "pe_image.h"

static void what_is_compiled_has_a_row(void **state) {
        const struct arch *native = arch_of(ARCH_NATIVE);

        (void) state;
        assert_non_null(native);
        assert_true(native->code_n > 0 && native->code_n <= sizeof(native->code));
        assert_ptr_equal(arch_named(native->name), native);
        assert_string_equal(arch_name(ARCH_NATIVE), native->name);
        assert_string_equal(ARCH_SUFFIX, native->suffix);
}

static void rows_are_found_by_number_and_by_name(void **state) {
        (void) state;
        assert_string_equal(arch_of(PE_MACHINE_X86_64)->suffix, "x64");
        assert_string_equal(arch_of(PE_MACHINE_AARCH64)->suffix, "aa64");
        assert_true(arch_of(PE_MACHINE_X86_64)->bzimage);
        assert_false(arch_of(PE_MACHINE_AARCH64)->bzimage);
        assert_int_equal(arch_named("x86_64")->machine, PE_MACHINE_X86_64);
        assert_int_equal(arch_named("aarch64")->machine, PE_MACHINE_AARCH64);
        assert_null(arch_of(NO_MACHINE));
        assert_null(arch_named("none"));
        assert_null(arch_named(""));
}

static void the_names_that_a_person_is_offered_are_those_that_are_taken(void **state) {
        struct span rest = span_of(ARCH_NAMES);
        size_t n = 0;

        (void) state;
        for (unsigned machine = 0; machine <= UINT16_MAX; machine++) {
                const struct arch *a = arch_of((uint16_t) machine);

                n += a && a->code_n > 0;
        }
        while (rest.n > 0) {
                const uint8_t *bar = memchr(rest.p, '|', rest.n);
                size_t len = bar ? (size_t) (bar - rest.p) : rest.n;
                char name[16] = "";

                assert_in_range(len, 1, sizeof(name) - 1);
                memcpy(name, rest.p, len);
                assert_non_null(arch_named(name));
                rest = span_from(rest, len + (bar ? 1 : 0));
                n--;
        }
        assert_int_equal(n, 0);
}

static void what_ukiload_is_not_for_has_a_name_only(void **state) {
        uint8_t out[4096];
        size_t n = 0;

        (void) state;
        assert_string_equal(arch_name(PE_MACHINE_IA32), "ia32");
        assert_string_equal(arch_name(NO_MACHINE), "unknown machine");
        assert_null(arch_named("ia32"));
        assert_false(pe_write(PE_MACHINE_IA32, NULL, 0, out, sizeof(out), &n));
        assert_false(pe_write(NO_MACHINE, NULL, 0, out, sizeof(out), &n));
}

static void another_machines_image_is_said_to_be_one(void **state) {
        char said[160];
        struct text why = TEXT_IN(said);

        (void) state;
        assert_true(arch_fits(PE_MACHINE_AARCH64, PE_MACHINE_AARCH64, &why));
        assert_string_equal(said, "");
        assert_false(arch_fits(PE_MACHINE_AARCH64, PE_MACHINE_X86_64, &why));
        assert_string_equal(said, "is for aarch64, but this firmware is x86_64: install the image for this machine");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_compiled_has_a_row),
                cmocka_unit_test(rows_are_found_by_number_and_by_name),
                cmocka_unit_test(another_machines_image_is_said_to_be_one),
                cmocka_unit_test(the_names_that_a_person_is_offered_are_those_that_are_taken),
                cmocka_unit_test(what_ukiload_is_not_for_has_a_name_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
