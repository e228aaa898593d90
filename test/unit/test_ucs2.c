/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ucs2.h"

#define U(s) ((const uint16_t *) u##s)

static void a_length_ends_at_the_nul_or_at_the_most(void **state) {
        static const uint16_t open[] = { 'a', 'b', 'c' };

        (void) state;
        assert_int_equal(ucs2_len(U(""), 9), 0);
        assert_int_equal(ucs2_len(U("ab"), 9), 2);
        assert_int_equal(ucs2_len(U("ab"), 2), 2);
        assert_int_equal(ucs2_len(open, 3), 3);
        assert_int_equal(ucs2_len(open, 0), 0);
}

static void utf8_becomes_ucs2_whole_or_not_at_all(void **state) {
        uint16_t buf[4];

        (void) state;
        assert_true(ucs2_from_utf8("B\xc3\xbc\xe2\x82\xac", buf, 4));
        assert_memory_equal(buf, u"B\u00fc\u20ac", sizeof(buf));
        assert_false(ucs2_from_utf8("abcd", buf, 4)); /* no room for the NUL */
        assert_int_equal(buf[0], 0);
        assert_true(ucs2_from_utf8("", buf, 1));
        assert_int_equal(buf[0], 0);
        assert_false(ucs2_from_utf8("a\xff", buf, 4));
        assert_int_equal(buf[0], 0);
        assert_false(ucs2_from_utf8("\xf0\x9f\x98\x80", buf, 4));
}

static void a_name_with_what_no_name_has_is_only_to_be_shown(void **state) {
        static const struct {
                uint16_t name[8];
                char shown[24];
                bool good;
        } rows[] = {
                { { 'a', 0xfc, 0x20ac }, "a\xc3\xbc\xe2\x82\xac", true },
                { { ' ', '~', 0x80 }, " ~\xc2\x80", true },
                { { 'a', 0x1b, 'b' }, "a\\u001bb", false },
                { { 0x1f }, "\\u001f", false },
                { { 0x7f }, "\\u007f", false },
                { { 0xd800, 'b' }, "\\ud800b", false },
                { { 'a', 'b', 'c', 'd', 0x1b, 'e' }, "abcd\\u001be", false },
        };
        char tiny_buf[3];
        struct text tiny = TEXT_IN(tiny_buf);

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char buf[64];
                struct text t = TEXT_IN(buf);

                assert_int_equal(ucs2_name(rows[i].name, 8, &t), rows[i].good);
                assert_string_equal(buf, rows[i].shown);
        }
        assert_false(ucs2_name(U("abc"), 8, &tiny));
        text_clear(&tiny);
        assert_true(ucs2_name(U("abc"), 2, &tiny));
}

static void only_printable_ascii_is_ascii(void **state) {
        static const uint16_t bad[] = { 0x1f, 0x7f, 0x80, 0x141 };
        char buf[8], tiny_buf[3];
        struct text t = TEXT_IN(buf), tiny = TEXT_IN(tiny_buf);

        (void) state;
        assert_true(ucs2_ascii(U(" a~"), 9, &t));
        assert_string_equal(buf, " a~");
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(ucs2_ascii(&bad[i], 1, &t));
        assert_false(ucs2_ascii(U("abc"), 9, &tiny));
}

static void strings_are_taken_one_by_one_off_bytes(void **state) {
        static const uint8_t list[] = { 0, 'a', 0, 'b', 0, 0, 0, 0x1f, 0, 0, 0, 0, 0, 'c', 0, '~', 0 }; /* not aligned */
        struct span rest = { list + 1, sizeof(list) - 1 };
        char buf[8], tiny_buf[2];
        struct text t = TEXT_IN(buf), tiny = TEXT_IN(tiny_buf);

        (void) state;
        assert_true(ucs2_take_ascii(&rest, &t));
        assert_string_equal(buf, "ab");
        assert_false(ucs2_take_ascii(&rest, &t)); /* 0x1f */
        assert_string_equal(buf, "ab");
        text_clear(&t);
        assert_true(ucs2_take_ascii(&rest, &t));
        assert_string_equal(buf, "");
        assert_false(ucs2_take_ascii(&(struct span) { rest.p, rest.n }, &tiny));
        assert_true(ucs2_take_ascii(&rest, &t));
        assert_string_equal(buf, "c~");
        assert_int_equal(rest.n, 0);
        rest = (struct span) { list + 1, 3 };
        assert_false(ucs2_take_ascii(&rest, &t)); /* odd */
        assert_int_equal(rest.n, 0);
        rest = (struct span) { (const uint8_t[]) { 0x7f, 0, 'x', 1 }, 4 };
        assert_false(ucs2_take_ascii(&rest, &t));
        rest = (struct span) { (const uint8_t[]) { 'x', 1 }, 2 };
        assert_false(ucs2_take_ascii(&rest, &t));
}

static void names_compare_without_the_case_of_ascii_letters(void **state) {
        (void) state;
        assert_true(ucs2_eq_nocase(U(""), U("")));
        assert_true(ucs2_eq_nocase(U("azAZ@[`{"), U("AZaz@[`{")));
        assert_false(ucs2_eq_nocase(U("@"), U("`")));
        assert_false(ucs2_eq_nocase(U("["), U("{")));
        assert_false(ucs2_eq_nocase(U("a"), U("ab")));
        assert_false(ucs2_eq_nocase(U("ab"), U("a")));
        assert_false(ucs2_eq_nocase(U("\u00e4"), U("\u00c4"))); /* as firmware's own comparison has it, not Unicode's */
        assert_true(ucs2_eq_nocase_n(U("abX"), U("ABY"), 2));
        assert_false(ucs2_eq_nocase_n(U("abX"), U("ABY"), 3));
        assert_true(ucs2_eq_nocase_n(U("ab"), U("AB"), 9));
        assert_true(ucs2_eq_nocase_n(U("a"), U("b"), 0));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_length_ends_at_the_nul_or_at_the_most),
                cmocka_unit_test(utf8_becomes_ucs2_whole_or_not_at_all),
                cmocka_unit_test(a_name_with_what_no_name_has_is_only_to_be_shown),
                cmocka_unit_test(only_printable_ascii_is_ascii),
                cmocka_unit_test(strings_are_taken_one_by_one_off_bytes),
                cmocka_unit_test(names_compare_without_the_case_of_ascii_letters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
