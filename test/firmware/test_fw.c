/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and texts between UTF-8 and UCS-2, in arrays that end where they must. */
#include "inside.h"

#include "fw.h"

/* The characters up to the NUL (or all n, without one) in memory of exactly that size. */
static CHAR16 *characters(const CHAR16 *s, size_t n) {
        CHAR16 *copy = malloc(n * sizeof(*s));

        assert_non_null(copy);
        memcpy(copy, s, n * sizeof(*s));
        return copy;
}

static void test_a_name_without_an_end_has_as_many_characters_as_its_array(void **state) {
        CHAR16 *whole = characters(L"abc", 3), *ended = characters(L"ab", 3);

        (void) state;
        assert_int_equal(fw_len(whole, 3), 3);
        assert_int_equal(fw_len(whole, 2), 2);
        assert_int_equal(fw_len(whole, 0), 0);
        assert_int_equal(fw_len(ended, 3), 2);
        free(whole);
        free(ended);
}

static void converts(const char *utf8, size_t cap, const CHAR16 *to) {
        CHAR16 *out = calloc(cap, sizeof(*out));
        size_t n = 0;

        assert_non_null(out);
        memset(out, 0xee, cap * sizeof(*out));
        assert_int_equal(fw_ucs2(utf8, out, cap), to != NULL);
        if (!to)
                assert_int_equal(out[0], 0);
        else
                do
                        assert_int_equal(out[n], to[n]);
                while (to[n++]);
        free(out);
}

static void test_text_becomes_ucs_2_whole_or_not_at_all(void **state) {
        (void) state;
        converts("", 1, L"");
        converts("ab", 3, L"ab");
        converts("ab", 9, L"ab");
        converts("ab", 2, NULL);
        converts("ab", 1, NULL);
        converts("B\xc3\xbc\xe2\x82\xac", 4, L"B\u00fc\u20ac");
        converts("a\xff", 9, NULL);
        converts("\xff", 9, NULL);
        converts("a\xf0\x9f\x98\x80", 9, NULL); /* UCS-2 has no such character */
}

static void is_name(const CHAR16 *name, size_t n, size_t cap, bool good, const char *shown) {
        CHAR16 *copy = characters(name, n);
        char buf[64];
        struct text text = text_in(buf, cap);

        assert_int_equal(fw_name(copy, n, &text), good);
        assert_string_equal(buf, shown);
        free(copy);
}

static void test_a_name_that_cannot_be_taken_is_shown_with_what_is_wrong_in_it(void **state) {
        static const CHAR16 lone[] = { 'a', 0xd800, 0xdfff, 'b' }, next_to[] = { 0xd7ff, 0xe000 };

        (void) state;
        is_name(L"a b~", 4, 64, true, "a b~");
        is_name(L"a\0b", 3, 64, true, "a");
        is_name(L"\u00fc\u20ac", 2, 64, true, "\xc3\xbc\xe2\x82\xac");
        is_name(next_to, 2, 64, true, "\xed\x9f\xbf\xee\x80\x80");
        is_name(L"a\x1f", 2, 64, false, "a\\u001f");
        is_name(L"\x7f"
                L"b",
                2, 64, false, "\\u007fb");
        is_name(L"\x80", 1, 64, true, "\xc2\x80");
        is_name(lone, 4, 64, false, "a\\ud800\\udfffb");
        is_name(L"abc", 3, 4, true, "abc");
        is_name(L"abc", 3, 3, false, "ab");
}

static void is_ascii(const CHAR16 *s, size_t n, size_t cap, const char *text_of) {
        CHAR16 *copy = characters(s, n);
        char buf[64];
        struct text text = text_in(buf, cap);

        assert_int_equal(fw_ascii(copy, n, &text), text_of != NULL);
        if (text_of)
                assert_string_equal(buf, text_of);
        free(copy);
}

static void test_ascii_is_from_blank_to_tilde_and_nothing_is_cut(void **state) {
        (void) state;
        is_ascii(L" a~", 3, 64, " a~");
        is_ascii(L"a\0\x1f", 3, 64, "a");
        is_ascii(L"a\x1f", 2, 64, NULL);
        is_ascii(L"a\x7f", 2, 64, NULL);
        is_ascii(L"a\u0141", 2, 64, NULL); /* its low byte is an A */
        is_ascii(L"abc", 3, 4, "abc");
        is_ascii(L"abc", 3, 3, NULL);
}

static void test_only_letters_of_ascii_have_two_cases(void **state) {
        (void) state;
        assert_true(fw_eq_nocase(L"", L""));
        assert_true(fw_eq_nocase(L"azAZ09.efi", L"AZaz09.EFI"));
        assert_false(fw_eq_nocase(L"a", L"ab"));
        assert_false(fw_eq_nocase(L"ab", L"a"));
        assert_false(fw_eq_nocase(L"@", L"`"));
        assert_false(fw_eq_nocase(L"[", L"{"));
        assert_false(fw_eq_nocase(L"\u00c4", L"\u00e4"));
}

static void test_a_status_has_a_name_for_people(void **state) {
        (void) state;
        assert_string_equal(fw_status(EFI_SUCCESS), "success");
        assert_string_equal(fw_status(EFI_PROTOCOL_ERROR), "protocol error");
        assert_string_equal(fw_status((EFI_STATUS) 0x1234), "firmware error");
}

#define T(name) cmocka_unit_test(test_##name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_name_without_an_end_has_as_many_characters_as_its_array),
                T(text_becomes_ucs_2_whole_or_not_at_all),
                T(a_name_that_cannot_be_taken_is_shown_with_what_is_wrong_in_it),
                T(ascii_is_from_blank_to_tilde_and_nothing_is_cut),
                T(only_letters_of_ascii_have_two_cases),
                T(a_status_has_a_name_for_people),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
