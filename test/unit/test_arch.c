/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arch.h"
#include "pe_write.h"

static void what_is_compiled_has_a_row(void **state) {
        const struct arch *native = arch_of(ARCH_NATIVE);

        (void) state;
        assert_non_null(native);
        assert_true(native->code_n > 0 && native->code_n <= sizeof(native->code));
        assert_ptr_equal(arch_named(native->name), native);
        assert_string_equal(arch_name(ARCH_NATIVE), native->name);
}

static void rows_are_found_by_number_and_by_name(void **state) {
        (void) state;
        assert_string_equal(arch_of(PE_MACHINE_X86_64)->suffix, "x64");
        assert_string_equal(arch_of(PE_MACHINE_AARCH64)->suffix, "aa64");
        assert_true(arch_of(PE_MACHINE_X86_64)->bzimage);
        assert_false(arch_of(PE_MACHINE_AARCH64)->bzimage);
        assert_int_equal(arch_named("x86_64")->machine, PE_MACHINE_X86_64);
        assert_int_equal(arch_named("aarch64")->machine, PE_MACHINE_AARCH64);
        assert_null(arch_of(0x5064));
        assert_null(arch_named("riscv64"));
        assert_null(arch_named(""));
}

static void what_ukiload_is_not_for_has_a_name_only(void **state) {
        uint8_t out[4096];
        size_t n = 0;

        (void) state;
        assert_string_equal(arch_name(PE_MACHINE_IA32), "ia32");
        assert_string_equal(arch_name(0x5064), "unknown machine");
        assert_null(arch_named("ia32"));
        assert_false(pe_write(PE_MACHINE_IA32, NULL, 0, out, sizeof(out), &n));
        assert_false(pe_write(0x5064, NULL, 0, out, sizeof(out), &n));
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
                cmocka_unit_test(what_ukiload_is_not_for_has_a_name_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
