/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "span.h"

static const uint8_t bytes[] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99 };
static const struct span nine = { bytes, sizeof(bytes) };
static const struct span nothing = { 0 };

static void cuts_what_lies_inside(void **state) {
        struct span got;

        (void) state;
        assert_true(span_sub(nine, 0, 9, &got));
        assert_true(span_eq(got, nine));
        assert_true(span_sub(nine, 3, 2, &got));
        assert_ptr_equal(got.p, bytes + 3);
        assert_int_equal(got.n, 2);
        assert_true(span_sub(nine, 9, 0, &got));
        assert_int_equal(got.n, 0);
        assert_true(span_sub(nothing, 0, 0, &got));
        assert_null(got.p);
}

static void cuts_nothing_else(void **state) {
        static const struct {
                size_t off, len;
        } outside[] = {
                { 0, 10 },           { 9, 1 }, { 10, 0 }, { 1, 9 }, { SIZE_MAX, 1 }, { 1, SIZE_MAX }, { SIZE_MAX, SIZE_MAX },
                { 5, SIZE_MAX - 3 },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
                struct span got = { bytes, 77 };

                assert_false(span_sub(nine, outside[i].off, outside[i].len, &got));
                assert_int_equal(got.n, 77);
        }
        assert_false(span_sub(nothing, 0, 1, &(struct span) { 0 }));
}

static void cuts_from_here_to_there_and_never_beyond_the_end(void **state) {
        static const struct {
                size_t from, to, at, n;
        } rows[] = { { 0, 9, 0, 9 },  { 2, 5, 2, 3 }, { 9, 9, 9, 0 },         { 0, 0, 0, 0 },       { 3, 3, 3, 0 },
                     { 4, 10, 4, 5 }, { 5, 4, 4, 0 }, { 10, SIZE_MAX, 9, 0 }, { SIZE_MAX, 3, 3, 0 } };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct span got = span_between(nine, rows[i].from, rows[i].to);

                assert_ptr_equal(got.p, bytes + rows[i].at);
                assert_int_equal(got.n, rows[i].n);
        }
        assert_true(span_eq(span_from(nine, 4), (struct span) { bytes + 4, 5 }));
        assert_int_equal(span_from(nine, 9).n, 0);
        assert_int_equal(span_from(nine, SIZE_MAX).n, 0);
        assert_null(span_from(nothing, 3).p);
        assert_null(span_between(nothing, 0, 3).p);
}

static void reads_little_endian(void **state) {
        uint16_t a;
        uint32_t b;
        uint64_t c;

        (void) state;
        assert_true(span_u16(nine, 7, &a));
        assert_int_equal(a, 0x9988);
        assert_true(span_u32(nine, 5, &b));
        assert_int_equal(b, 0x99887766);
        assert_true(span_u64(nine, 1, &c));
        assert_true(c == 0x9988776655443322);
        assert_false(span_u16(nine, 8, &a));
        assert_false(span_u32(nine, 6, &b));
        assert_false(span_u64(nine, 2, &c));
        assert_false(span_u64(nine, 6, &c));
        assert_false(span_u16(nine, SIZE_MAX, &a));
        assert_false(span_u32(nine, SIZE_MAX - 1, &b));
        assert_false(span_u64(nine, SIZE_MAX - 2, &c));
        assert_int_equal(a, 0x9988);
}

static void spans_are_equal_byte_by_byte(void **state) {
        (void) state;
        assert_true(span_eq(span_of("abc"), span_of("abc")));
        assert_false(span_eq(span_of("abc"), span_of("abd")));
        assert_false(span_eq(span_of("abc"), span_of("ab")));
        assert_true(span_eq(span_of(""), nothing));
        assert_true(span_eq_str(span_of("abc"), "abc"));
        assert_false(span_eq_str(span_of("abc"), "ab"));
        assert_false(span_eq_str(span_of("ab"), "abc"));
        assert_true(span_eq_str(nothing, ""));
}

static void knows_beginnings_and_ends(void **state) {
        (void) state;
        assert_true(span_starts(span_of("abc"), "ab"));
        assert_true(span_starts(span_of("abc"), ""));
        assert_false(span_starts(span_of("abc"), "b"));
        assert_false(span_starts(span_of("ab"), "abc"));
        assert_true(span_ends(span_of("abc"), "bc"));
        assert_true(span_ends(nothing, ""));
        assert_false(span_ends(span_of("abc"), "b"));
        assert_false(span_ends(span_of("c"), "bc"));
        assert_true(span_ends_nocase(span_of("X.Addon.EFI"), ".addon.efi"));
        assert_false(span_ends_nocase(span_of("X.addon.ef"), ".addon.efi"));
        assert_false(span_ends_nocase(span_of("efi"), ".addon.efi"));
}

static void folds_letters_only(void **state) {
        (void) state;
        assert_true(span_eq_nocase(span_of("aBz0"), span_of("AbZ0")));
        assert_false(span_eq_nocase(span_of("a"), span_of("b")));
        assert_false(span_eq_nocase(span_of("a"), span_of("ab")));
        /* neighbours of the letters differ by 0x20 too */
        assert_false(span_eq_nocase(span_of("@"), span_of("`")));
        assert_false(span_eq_nocase(span_of("["), span_of("{")));
        assert_false(span_eq_nocase(span_of("\xc4"), span_of("\xe4")));
}

static void reads_hex_of_either_case_and_of_that_length_alone(void **state) {
        uint8_t got[2];

        (void) state;
        assert_true(span_hex(span_of("0aF9"), got, 2));
        assert_int_equal(got[0], 0x0a);
        assert_int_equal(got[1], 0xf9);
        assert_true(span_hex(nothing, got, 0));
        assert_false(span_hex(span_of("0aF"), got, 2));
        assert_false(span_hex(span_of("0aF90"), got, 2));
        /* neighbours of the digits and letters */
        for (const char *c = "/:`g@G x"; *c; c++) {
                assert_false(span_hex((struct span) { (const uint8_t[]) { '0', (uint8_t) *c }, 2 }, got, 1));
                assert_false(span_hex((struct span) { (const uint8_t[]) { (uint8_t) *c, '0' }, 2 }, got, 1));
        }
}

static void takes_line_after_line(void **state) {
        struct span rest = span_of("a\n\nbc"), line = nothing;

        (void) state;
        assert_true(span_line(&rest, &line) && span_eq_str(line, "a"));
        assert_true(span_line(&rest, &line) && span_eq_str(line, ""));
        assert_true(span_line(&rest, &line) && span_eq_str(line, "bc"));
        assert_false(span_line(&rest, &line));
        rest = span_of("a\n"); /* a newline ends a line and begins none */
        assert_true(span_line(&rest, &line) && span_eq_str(line, "a"));
        assert_false(span_line(&rest, &line));
        rest = nothing;
        assert_false(span_line(&rest, &line));
}

static void trims_padding(void **state) {
        (void) state;
        assert_int_equal(span_trim_nul((struct span) { (const uint8_t *) "a\0b\0\0", 5 }).n, 3);
        assert_int_equal(span_trim_nul((struct span) { (const uint8_t *) "\0\0", 2 }).n, 0);
        assert_int_equal(span_trim_nul(nothing).n, 0);
        assert_int_equal(span_trim_nul(span_of("ab")).n, 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cuts_what_lies_inside),
                cmocka_unit_test(cuts_nothing_else),
                cmocka_unit_test(cuts_from_here_to_there_and_never_beyond_the_end),
                cmocka_unit_test(reads_little_endian),
                cmocka_unit_test(spans_are_equal_byte_by_byte),
                cmocka_unit_test(knows_beginnings_and_ends),
                cmocka_unit_test(folds_letters_only),
                cmocka_unit_test(reads_hex_of_either_case_and_of_that_length_alone),
                cmocka_unit_test(takes_line_after_line),
                cmocka_unit_test(trims_padding),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
