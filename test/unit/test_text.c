/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static char buf[64];
static struct text t;

static int fresh(void **state) {
        (void) state;
        memset(buf, 'x', sizeof(buf));
        t = TEXT_IN(buf);
        return 0;
}

/* A text of that capacity in the same buffer. */
static void small(size_t cap) {
        memset(buf, 'x', sizeof(buf));
        t = text_in(buf, cap);
}

static void check(const char *expected, bool cut) {
        assert_string_equal(buf, expected);
        assert_int_equal(t.len, strlen(expected));
        assert_int_equal(t.cut, cut);
        assert_true(t.len < t.cap);
        assert_true(span_eq_str(text_span(&t), expected));
}

static void a_text_begins_empty(void **state) {
        (void) state;
        check("", false);
        text_str(&t, "abc");
        check("abc", false);
        text_clear(&t);
        check("", false);
}

static void writes_numbers(void **state) {
        (void) state;
        text_dec(&t, 0);
        text_char(&t, ' ');
        text_dec(&t, 1203);
        text_char(&t, ' ');
        text_dec(&t, UINT64_MAX);
        check("0 1203 18446744073709551615", false);
        text_clear(&t);
        text_hexnum(&t, 0);
        text_char(&t, ' ');
        text_hexnum(&t, 0x1f00a);
        text_char(&t, ' ');
        text_hexnum(&t, UINT64_MAX);
        check("0x0 0x1f00a 0xffffffffffffffff", false);
}

static void writes_hex(void **state) {
        static const uint8_t bytes[] = { 0x00, 0x9a, 0xff };

        (void) state;
        text_hex(&t, (struct span) { bytes, 3 });
        check("009aff", false);
        text_hex(&t, (struct span) { 0 });
        check("009aff", false);
        small(6);
        text_hex(&t, (struct span) { bytes, 3 });
        check("", true);
        small(7);
        text_hex(&t, (struct span) { bytes, 3 });
        check("009aff", false);
}

static void shows_any_byte(void **state) {
        (void) state;
        text_shown(&t, (struct span) { (const uint8_t *) "a\x1f ~\x7f\xe4\0", 7 }, 7);
        check("a\\x1f ~\\x7f\\xe4\\x00", false);
        text_clear(&t);
        text_shown(&t, span_of("abcdef"), 3);
        check("abc...", false);
        text_clear(&t);
        text_quoted(&t, span_of("a\"b"));
        check("\"a\"b\"", false);
}

static void quotes_at_most_80_bytes(void **state) {
        char large[100], wide[100];

        (void) state;
        memset(large, 'a', sizeof(large));
        t = TEXT_IN(wide);
        text_quoted(&t, (struct span) { (const uint8_t *) large, 80 });
        assert_int_equal(t.len, 82);
        text_clear(&t);
        text_quoted(&t, (struct span) { (const uint8_t *) large, 81 });
        assert_int_equal(t.len, 85);
        assert_memory_equal(wide + 80, "a...\"", 6);
}

static void pieces_are_joined(void **state) {
        (void) state;
        text_cat(&t, "a", "", "bc", NULL);
        check("abc", false);
        text_cat(&t, NULL, "never");
        check("abc", false);
}

static void is_whole_or_cut(void **state) {
        (void) state;
        small(4);
        text_str(&t, "abc");
        check("abc", false);
        text_str(&t, "");
        check("abc", false);
        text_char(&t, 'd');
        check("abc", true);
        small(4);
        text_str(&t, "abcd");
        check("", true);
        text_str(&t, "a"); /* would leave a hole */
        check("", true);
        text_clear(&t);
        text_str(&t, "a");
        check("a", false);
        small(1);
        text_dec(&t, 7);
        check("", true);
}

static void cuts_no_escape_in_two(void **state) {
        (void) state;
        small(5);
        text_shown(&t, span_of("ab\n"), 9);
        check("ab", true);
        small(18);
        text_hexnum(&t, UINT64_MAX);
        check("", true);
        small(19);
        text_hexnum(&t, UINT64_MAX);
        check("0xffffffffffffffff", false);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_text_begins_empty, fresh), cmocka_unit_test_setup(writes_numbers, fresh),
                cmocka_unit_test_setup(writes_hex, fresh),          cmocka_unit_test_setup(shows_any_byte, fresh),
                cmocka_unit_test(quotes_at_most_80_bytes),          cmocka_unit_test_setup(pieces_are_joined, fresh),
                cmocka_unit_test_setup(is_whole_or_cut, fresh),     cmocka_unit_test_setup(cuts_no_escape_in_two, fresh),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
