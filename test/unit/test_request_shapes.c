/* SPDX-License-Identifier: BSD-2-Clause */
/* The shapes in which firmware, shim, systemd-boot and shells are known to give LoadOptions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "request_shapes.h"

#define GUID "\x4a\x67\xb0\x82\x95\x1c\x4b\x5e\xc7\x43\xd4\x2a\xdd\x07\x08\x09"

static void the_own_path_alone_is_no_request(void **state) {
        (void) state;
        raw_ucs2(&raw, OWN);
        assert_none("");
        assert_true(req.cut_path);
}

static void the_own_path_with_its_nul_is_no_request(void **state) {
        (void) state;
        raw_ucs2(&raw, OWN);
        raw_nul(&raw);
        assert_none("");
        assert_true(req.cut_path);
}

static void the_own_path_and_a_blank_are_no_request(void **state) {
        (void) state;
        raw_ucs2(&raw, OWN " ");
        assert_none("");
}

/* Whether shim cut the path or firmware left it: one request. */
static void the_own_path_in_front_is_cut_off(void **state) {
        static const char texts[][64] = { OWN " @1 " REST, "@1 " REST };

        for (size_t with_nul = 0; with_nul < 2; with_nul++)
                for (size_t i = 0; i < 2; i++) {
                        begin(state);
                        raw_ucs2(&raw, texts[i]);
                        if (with_nul)
                                raw_nul(&raw);
                        assert_the_request(i == 0, true);
                }
}

static void the_own_path_may_be_in_lower_case(void **state) {
        (void) state;
        raw_ucs2(&raw, "\\efi\\ukiload\\ukiloadx64.EFI " REST);
        assert_the_request(true, false);
}

static void the_own_path_may_have_forward_slashes(void **state) {
        (void) state;
        raw_ucs2(&raw, "/EFI/ukiload/ukiloadx64.efi " REST);
        assert_the_request(true, false);
}

static void a_shell_puts_what_was_typed_in_front(void **state) {
        static const char texts[][64] = {
                OWN " " REST,  "FS0:\\EFI\\ukiload\\ukiloadx64.efi " REST, "ukiloadx64.efi " REST, "ukiload.EFI   " REST,
                "\\own " REST,
        };

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                begin(state);
                raw_ucs2(&raw, texts[i]);
                raw_nul(&raw);
                assert_the_request(true, false);
        }
}

/* A blank in the own path: cut up to its .efi. Without one only the first word is a path. */
static void a_blank_in_the_own_path_is_part_of_it_up_to_its_ending(void **state) {
        static const struct {
                char text[80];
                enum request_kind kind;
                char words[24];
        } rows[] = {
                { "\\EFI\\my own loader\\a.efi quiet", REQUEST_OK, "quiet" },
                { "\\EFI\\my  loader.EFI", REQUEST_NONE, "" },
                { "\\EFI\\my loader quiet", REQUEST_OK, "loader quiet" },
                { "\\EFI\\my a=b loader.efi", REQUEST_BAD, "a=b" },
                { "\\EFI\\my @1 loader.efi", REQUEST_BAD, "" },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                begin(state);
                raw_ucs2(&raw, rows[i].text);
                assert_int_equal(parse(""), rows[i].kind);
                assert_string_equal(req.words.p, rows[i].words);
                assert_true(req.cut_path);
        }
}

static void blanks_in_front_do_not_matter(void **state) {
        static const struct {
                char text[80];
                bool path, profile;
        } rows[] = {
                { "  " REST "  ", false, false },
                { " @1 " REST, false, true },
                { "  " OWN "   @1 " REST " ", true, true },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                begin(state);
                raw_ucs2(&raw, rows[i].text);
                assert_the_request(rows[i].path, rows[i].profile);
        }
}

static void an_odd_length_is_no_request(void **state) {
        (void) state;
        raw_ucs2(&raw, REST);
        raw.n--;
        assert_none("odd number of bytes");
        begin(state);
        raw_bytes(&raw, "a", 1);
        assert_none("odd number of bytes");
}

static void a_nul_in_front_is_no_request(void **state) {
        (void) state;
        raw_nul(&raw);
        raw_ucs2(&raw, REST);
        assert_none("begin with a NUL");
}

static void ascii_is_no_request(void **state) {
        (void) state;
        raw_bytes(&raw, "ukiload.uki=\\a.efi", 18);
        assert_none("U+6b75");
}

static void a_guid_behind_the_request_is_passed_over(void **state) {
        (void) state;
        raw_ucs2(&raw, REST);
        raw_nul(&raw);
        raw_bytes(&raw, GUID, 16);
        assert_the_request(false, false);
}

static void of_two_strings_the_first_counts(void **state) {
        (void) state;
        raw_ucs2(&raw, REST);
        raw_nul(&raw);
        raw_ucs2(&raw, "ukiload.uki=\\other.efi");
        raw_nul(&raw);
        assert_the_request(false, false);
}

static void nothing_but_nuls_is_no_request(void **state) {
        (void) state;
        raw_nul(&raw);
        raw_nul(&raw);
        assert_none("begin with a NUL");
}

static void a_bare_name_is_the_own_path(void **state) {
        (void) state;
        raw_ucs2(&raw, "a.efi");
        raw_nul(&raw);
        assert_none("");
        assert_true(req.cut_path);
}

static void nothing_is_no_request(void **state) {
        (void) state;
        assert_none("");
        assert_false(req.cut_path);
        assert_int_equal(request_from_options((struct span) { NULL, 0 }, (struct span) { NULL, 0 }, &req, &why), REQUEST_NONE);
        begin(state);
        raw_ucs2(&raw, "    ");
        assert_none("");
        assert_false(req.cut_path);
}

static void a_character_that_no_request_has_makes_it_none(void **state) {
        static const struct {
                uint8_t unit[2];
                char says[8];
        } rows[] = {
                { { 0x09, 0 }, "U+0009" }, { { 0x1f, 0 }, "U+001f" }, { { 0x7f, 0 }, "U+007f" },
                { { 0xe4, 0 }, "U+00e4" }, { { 0x01, 0 }, "U+0001" }, { { 0x20, 1 }, "U+0120" },
                { { 0x22, 1 }, "U+0122" }, { { 0, 0xd8 }, "U+d800" }, { { 0x0a, 0 }, "U+000a" },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                begin(state);
                raw_ucs2(&raw, REST " ");
                raw_bytes(&raw, rows[i].unit, 2);
                assert_none(rows[i].says);
                begin(state); /* and as the first character */
                raw_bytes(&raw, rows[i].unit, 2);
                raw_ucs2(&raw, REST);
                assert_none(rows[i].says);
        }
}

/* What begins like a path in a request is none. */
static void a_key_is_no_path(void **state) {
        (void) state;
        raw_ucs2(&raw, REST);
        assert_the_request(false, false);
        begin(state);
        raw_ucs2(&raw, "initrd=a.efi");
        assert_int_equal(parse(""), REQUEST_OK);
        assert_string_equal(req.words.p, "initrd=a.efi");
}

static void the_tail_of_the_boot_loader_is_cut_off(void **state) {
        static const struct {
                char text[64], tail[24];
                enum request_kind kind;
                bool cut;
                char left[48];
        } rows[] = {
                { REST " console=ttyS0 x", "console=ttyS0 x", REQUEST_OK, true, REST },
                { "console=ttyS0 x", "console=ttyS0 x", REQUEST_NONE, true, "" },
                { OWN " console=ttyS0", "console=ttyS0", REQUEST_NONE, true, "" },
                { "@1 console=ttyS0", "console=ttyS0", REQUEST_OK, true, "@1" },
                { "a.console=ttyS0", "console=ttyS0", REQUEST_OK, false, "a.console=ttyS0" },
                { "quiet console=ttyS1", "console=ttyS0", REQUEST_OK, false, "quiet console=ttyS1" },
                { "console=ttyS0 quiet", "console=ttyS0", REQUEST_OK, false, "console=ttyS0 quiet" },
                { "quiet", "very long tail", REQUEST_OK, false, "quiet" },
                { "quiet x", "", REQUEST_OK, false, "quiet x" },
                { REST " a\tb", "a\tb", REQUEST_OK, true, REST },
                { REST "  ", " ", REQUEST_OK, true, REST },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                begin(state);
                raw_ucs2(&raw, rows[i].text);
                raw_nul(&raw);
                assert_int_equal(parse(rows[i].tail), rows[i].kind);
                assert_int_equal(req.cut_tail, rows[i].cut);
                assert_string_equal(req.text, rows[i].left);
        }
}

static void fill(size_t n) {
        raw.n = 0;
        for (size_t i = 0; i < n; i++)
                raw_ucs2(&raw, i % 8 == 7 ? " " : "x");
        raw_ucs2(&raw, "y");
}

static void a_request_has_at_most_1024_characters(void **state) {
        fill(REQUEST_CHARS_MAX - 1);
        assert_int_equal(parse(""), REQUEST_OK);
        assert_int_equal(req.text_len, REQUEST_CHARS_MAX);
        assert_int_equal(req.words.len, REQUEST_CHARS_MAX);
        begin(state);
        fill(REQUEST_CHARS_MAX);
        assert_int_equal(parse(""), REQUEST_BAD);
        assert_non_null(strstr(why.p, "a request of 1025 characters is too long"));
        assert_int_equal(req.text_len, 0);

        begin(state); /* what is cut does not count */
        raw_ucs2(&raw, OWN " ");
        for (size_t i = 0; i < REQUEST_CHARS_MAX - 1; i++)
                raw_ucs2(&raw, "z");
        raw_ucs2(&raw, "y tail");
        assert_int_equal(parse("tail"), REQUEST_OK);
        assert_int_equal(req.text_len, REQUEST_CHARS_MAX);
}

int main(void) {
#define T(test) cmocka_unit_test_setup(test, begin)
        const struct CMUnitTest tests[] = {
                T(the_own_path_alone_is_no_request),
                T(the_own_path_with_its_nul_is_no_request),
                T(the_own_path_and_a_blank_are_no_request),
                T(the_own_path_in_front_is_cut_off),
                T(the_own_path_may_be_in_lower_case),
                T(the_own_path_may_have_forward_slashes),
                T(a_shell_puts_what_was_typed_in_front),
                T(a_blank_in_the_own_path_is_part_of_it_up_to_its_ending),
                T(blanks_in_front_do_not_matter),
                T(an_odd_length_is_no_request),
                T(a_nul_in_front_is_no_request),
                T(ascii_is_no_request),
                T(a_guid_behind_the_request_is_passed_over),
                T(of_two_strings_the_first_counts),
                T(nothing_but_nuls_is_no_request),
                T(a_bare_name_is_the_own_path),
                T(nothing_is_no_request),
                T(a_character_that_no_request_has_makes_it_none),
                T(a_key_is_no_path),
                T(the_tail_of_the_boot_loader_is_cut_off),
                T(a_request_has_at_most_1024_characters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
