/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smbios.h"

#define KEY "io.systemd.stub.kernel-cmdline-extra="

/* A table is put together here and then copied to its exact size, so that a sanitizer sees a read past its end. */
static uint8_t table[512];
static size_t n;

static void structure(uint8_t type, uint8_t length) {
        table[n] = type;
        table[n + 1] = length;
        n += length;
}

/* strings: each with its NUL, then the one that ends the set. */
static void strings(const char *bytes, size_t size) {
        memcpy(table + n, bytes, size);
        n += size;
}

static bool find(struct span *ret) {
        static uint8_t *exact;

        free(exact);
        exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, table, n);
        return smbios_vendor_string((struct span) { exact, n }, KEY, ret);
}

static int reset(void **state) {
        (void) state;
        memset(table, 0, sizeof(table));
        n = 0;
        return 0;
}

static void finds_the_first_string_of_type_11(void **state) {
        struct span s;

        (void) state;
        structure(1, 27);
        strings(KEY "not=here\0\0", sizeof(KEY) - 1 + 10);
        structure(32, 11);
        strings("\0\0", 2);
        structure(11, 5);
        strings("other\0" KEY "quiet debug\0" KEY "second\0\0", 6 + 2 * (sizeof(KEY) - 1) + 12 + 8);
        structure(127, 4);
        strings("\0\0", 2);
        assert_true(find(&s));
        assert_true(span_eq_str(s, "quiet debug"));
}

static void only_the_first_structure_of_the_type_counts(void **state) {
        struct span s;

        (void) state;
        structure(11, 5);
        strings("x\0\0", 3);
        structure(11, 5);
        strings(KEY "a\0\0", sizeof(KEY) - 1 + 3);
        assert_false(find(&s));
}

static void a_longer_structure_is_read_from_its_count_on(void **state) {
        struct span s;

        (void) state;
        structure(11, 8);
        memcpy(table + 5, "ab", 3); /* the stub takes the rest of the formatted part for strings */
        strings(KEY "a\0\0end", sizeof(KEY) - 1 + 6);
        assert_true(find(&s));
        assert_true(span_eq_str(s, "a"));
        n -= 4; /* as many bytes less than the table has, as the formatted part is longer: the string has no end */
        assert_false(find(&s));
}

static void an_empty_first_string_does_not_end_a_set(void **state) {
        struct span s;

        (void) state;
        structure(1, 4);
        strings("\0x\0\0", 4);
        structure(11, 5);
        strings(KEY "a\0\0", sizeof(KEY) - 1 + 3);
        assert_true(find(&s));
}

static void an_empty_value_is_found(void **state) {
        struct span s;

        (void) state;
        structure(11, 5);
        strings(KEY "\0\0", sizeof(KEY) - 1 + 2);
        assert_true(find(&s));
        assert_int_equal(s.n, 0);
}

static void stops_at_the_end_structure(void **state) {
        struct span s;

        (void) state;
        structure(127, 4);
        strings("\0\0", 2);
        structure(11, 5);
        strings(KEY "a\0\0", sizeof(KEY) - 1 + 3);
        assert_false(find(&s));
}

static void every_shorter_table_is_harmless(void **state) {
        struct span s;
        size_t whole;

        (void) state;
        structure(32, 11);
        strings("\0\0", 2);
        structure(11, 5);
        strings(KEY "abc\0\0", sizeof(KEY) - 1 + 5);
        whole = n;
        for (n = 0; n < whole - 1; n++)
                assert_false(find(&s)); /* the string has no end yet */
        assert_true(find(&s));
}

static void a_structure_shorter_than_what_it_holds_has_no_strings(void **state) {
        struct span s;

        (void) state;
        for (uint8_t length = 0; length < 5; length++) {
                (void) reset(NULL);
                structure(11, 5);
                table[1] = length;
                strings(KEY "a\0\0", sizeof(KEY) - 1 + 3);
                assert_false(find(&s));
        }
        n = 0;
        assert_false(find(&s));
}

static void a_structure_shorter_than_its_head_is_passed_over(void **state) {
        struct span s;

        (void) state;
        structure(1, 5);
        table[1] = 0; /* what is its own head then counts as its strings */
        strings("\0\0", 2);
        structure(11, 5);
        strings(KEY "a\0\0", sizeof(KEY) - 1 + 3);
        assert_true(find(&s));
}

static void both_entry_points_lead_to_the_table(void **state) {
        uint8_t v3[0x18] = "_SM3_", v2[0x1f] = "_SM_";
        struct smbios_table t;

        (void) state;
        v3[0x0c] = 0x10;
        v3[0x10] = 0x78;
        v3[0x14] = 0x01;
        assert_true(smbios_entry_point((struct span) { v3, sizeof(v3) }, &t));
        assert_int_equal(t.size, 0x10);
        assert_true(t.address == 0x100000078);
        assert_false(smbios_entry_point((struct span) { v3, 0x17 }, &t));
        v3[0x0f] = 0x7f; /* 2 GiB of table */
        assert_false(smbios_entry_point((struct span) { v3, sizeof(v3) }, &t));
        v2[0x16] = 0x20;
        v2[0x18] = 0x56;
        assert_true(smbios_entry_point((struct span) { v2, sizeof(v2) }, &t));
        assert_int_equal(t.size, 0x20);
        assert_int_equal(t.address, 0x56);
        assert_false(smbios_entry_point((struct span) { v2, 0x1b }, &t));
        v2[0x18] = 0;
        assert_false(smbios_entry_point((struct span) { v2, sizeof(v2) }, &t));
        assert_false(smbios_entry_point((struct span) { 0 }, &t));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(finds_the_first_string_of_type_11, reset),
                cmocka_unit_test_setup(only_the_first_structure_of_the_type_counts, reset),
                cmocka_unit_test_setup(a_longer_structure_is_read_from_its_count_on, reset),
                cmocka_unit_test_setup(an_empty_first_string_does_not_end_a_set, reset),
                cmocka_unit_test_setup(an_empty_value_is_found, reset),
                cmocka_unit_test_setup(stops_at_the_end_structure, reset),
                cmocka_unit_test_setup(every_shorter_table_is_harmless, reset),
                cmocka_unit_test_setup(a_structure_shorter_than_what_it_holds_has_no_strings, reset),
                cmocka_unit_test_setup(a_structure_shorter_than_its_head_is_passed_over, reset),
                cmocka_unit_test(both_entry_points_lead_to_the_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
