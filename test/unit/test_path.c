/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "path.h"

static struct span bytes(const char *s, size_t n) {
        return (struct span) { (const uint8_t *) s, n };
}

static void assert_text(const struct text *t, const char *want) {
        assert_string_equal(t->p, want);
}

static void paths_are_normalised(void **state) {
        static const struct {
                char in[48], want[48];
        } rows[] = {
                { "\\EFI\\Linux\\a.efi", "\\EFI\\Linux\\a.efi" },
                { "/EFI/Linux/a.efi", "\\EFI\\Linux\\a.efi" },
                { "a", "\\a" },
                { "EFI\\Linux/a.efi", "\\EFI\\Linux\\a.efi" },
                { "\\\\EFI//\\Linux\\\\a", "\\EFI\\Linux\\a" },
                { "\\..a\\.b\\a..b", "\\..a\\.b\\a..b" },
                { "\\my kernel.efi", "\\my kernel.efi" },
                { "\\a~b\\c~", "\\a~b\\c~" },
                { "\\appliance_2.0~20261101.efi", "\\appliance_2.0~20261101.efi" },
                { "\\a~1.b.c", "\\a~1.b.c" },
                { "\\a~1.efix", "\\a~1.efix" },
                { "\\longname~1.efi", "\\longname~1.efi" },
                { "\\a~1b.efi", "\\a~1b.efi" },
                { "\\k1+3-0.efi", "\\k1+3-0.efi" },
                { "123", "\\123" },
                { "\\!#$%&'()+,-;=@[]^_`{}", "\\!#$%&'()+,-;=@[]^_`{}" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char buf[64], why_buf[200];
                struct text path = TEXT_IN(buf), why = TEXT_IN(why_buf);
                struct span in = exact(span_of(rows[i].in));

                assert_true(path_normalise(in, &path, &why));
                exact_free(in);
                assert_text(&path, rows[i].want);
                assert_int_equal(why.len, 0);
        }
}

static void a_path_that_means_two_things_is_refused(void **state) {
        static const struct {
                char in[32], says[48];
        } rows[] = {
                { "", "no file name" },
                { "\\", "no file name" },
                { "//", "no file name" },
                { "\\EFI\\", "separator at its end" },
                { "\\EFI\\a.efi/", "separator at its end" },
                { ".", "\".\" or \"..\"" },
                { "\\EFI\\..\\a", "\".\" or \"..\"" },
                { "\\EFI\\.\\a", "\".\" or \"..\"" },
                { "\\a.", "ends in a blank or a dot" },
                { "\\a \\b", "ends in a blank or a dot" },
                { "\\...", "ends in a blank or a dot" },
                { "\\MY-LON~1.EFI", "short name" },
                { "\\a~1", "short name" },
                { "\\ab~12345.efi", "short name" },
                { "\\UKI257~1.D\\a.efi", "short name" },
                { "\\~1", "short name" },
                { "\\a~1.", "short name" },
                { "\\a\"b", "FAT does not take" },
                { "\\a*", "FAT does not take" },
                { "C:\\a", "FAT does not take" },
                { "\\a<b", "FAT does not take" },
                { "\\a>b", "FAT does not take" },
                { "\\a?", "FAT does not take" },
                { "\\a|b", "FAT does not take" },
                { "\\a\tb", "printable ASCII" },
                { "\\a\x7f", "printable ASCII" },
                { "\\\xc3\xa4", "printable ASCII" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char buf[64] = "untouched", why_buf[200];
                struct text path = { .p = buf, .cap = sizeof(buf), .len = 9 }, why = TEXT_IN(why_buf);

                assert_false(path_normalise(span_of(rows[i].in), &path, &why));
                assert_non_null(strstr(why.p, rows[i].says));
                assert_text(&path, "untouched");
        }
}

/* What lies on the disk has the name that it has. */
static void a_file_on_the_disk_keeps_the_name_that_it_has(void **state) {
        /* clang-format off */
        static const struct { char in[32], says[32]; } rows[] = {
                { "\\EFI\\Linux\\B\xc3\xbcro.efi", "" }, { "\\MY-LON~1.EFI", "" }, { "\\my kernel.efi", "" },
                { "\\\xe2\x82\xac.efi", "" }, { "\\\xc2\x85.efi", "" }, { "\\\xc3.efi", "not UTF-8" },
                { "\\\xf0\x9f\x98\x80.efi", "UCS-2" }, { "\\a\nb.efi", "control" }, { "\\a\x1b.efi", "control" },
                { "\\a\x7f.efi", "control" }, { "\\a\"b", "FAT does not take" }, { "\\a\\..\\b", "\".\" or \"..\"" },
                { "\\a ", "blank or a dot" }, { "\\", "no file name" },
        };
        /* clang-format on */

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char buf[64], why_buf[200];
                struct text path = TEXT_IN(buf), why = TEXT_IN(why_buf);

                assert_int_equal(path_of_file(span_of(rows[i].in), &path, &why), rows[i].says[0] == 0);
                assert_text(&path, rows[i].says[0] == 0 ? rows[i].in : "");
                assert_non_null(strstr(why.p, rows[i].says));
                assert_int_equal(strstr(why.p, "\" has ") != NULL, rows[i].says[0] != 0); /* a sentence */
        }
}

static void a_path_has_at_most_255_bytes(void **state) {
        char in[300], buf[400], small[4], why_buf[200];
        struct text path = TEXT_IN(buf), tight = TEXT_IN(small), why = TEXT_IN(why_buf);

        (void) state;
        memset(in, 'a', sizeof(in));
        in[0] = '/';
        assert_true(path_normalise(bytes(in, PATH_MAX_BYTES), &path, &why));
        assert_int_equal(path.len, PATH_MAX_BYTES);
        assert_false(path_normalise(bytes(in, PATH_MAX_BYTES + 1), &path, &why));
        assert_non_null(strstr(why.p, "more than 255 bytes"));

        text_clear(&why);
        assert_true(path_normalise(bytes(in, 3), &tight, &why));
        assert_text(&tight, "\\aa");
        assert_false(path_normalise(bytes(in, 4), &tight, &why));
        assert_non_null(strstr(why.p, "room"));
        assert_text(&tight, "\\aa");
        assert_false(path_normalise((struct span) { NULL, 0 }, &path, &why));
        assert_false(path_normalise(bytes("\\a\0b", 4), &path, &why));
}

static void the_base_is_what_stands_behind_the_last_separator(void **state) {
        (void) state;
        assert_true(span_eq_str(path_base(span_of("\\EFI\\Linux\\a.efi")), "a.efi"));
        assert_true(span_eq_str(path_base(span_of("a.efi")), "a.efi"));
        assert_int_equal(path_base(span_of("\\EFI\\")).n, 0);
        assert_int_equal(path_base((struct span) { NULL, 0 }).n, 0);
}

static void a_boot_counter_is_read(void **state) {
        static const struct {
                char name[32];
                bool counted;
                unsigned left, done;
                size_t at, len;
        } rows[] = {
                { "foo+3.efi", true, 3, 0, 3, 2 },
                { "foo+2-1.efi", true, 2, 1, 3, 4 },
                { "foo+0-3.EFI", true, 0, 3, 3, 4 },
                { "+3.efi", true, 3, 0, 0, 2 },
                { "a+b+12-34.efi", true, 12, 34, 3, 6 },
                { "foo+003-001.efi", true, 3, 1, 3, 8 },
                { "foo+2147483647.efi", true, 2147483647, 0, 3, 11 },
                { "foo+2147483648.efi", false, 0, 0, 0, 0 },
                { "foo+99999999999999999999.efi", false, 0, 0, 0, 0 },
                { "foo+1-2147483648.efi", false, 0, 0, 0, 0 },
                { "foo.efi", false, 0, 0, 0, 0 },
                { "foo+3+x.efi", false, 0, 0, 0, 0 },
                { "foo+3.efi.bak", false, 0, 0, 0, 0 },
                { "foo+3", false, 0, 0, 0, 0 },
                { "foo+.efi", false, 0, 0, 0, 0 },
                { "foo+3-.efi", false, 0, 0, 0, 0 },
                { "foo+-1.efi", false, 0, 0, 0, 0 },
                { "foo+3-1-1.efi", false, 0, 0, 0, 0 },
                { "3.efi", false, 0, 0, 0, 0 },
                { "foo+3x.efi", false, 0, 0, 0, 0 },
                { "", false, 0, 0, 0, 0 },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct span name = exact(span_of(rows[i].name));
                struct path_counter c = path_counter(name);

                assert_int_equal(c.counted, rows[i].counted);
                assert_int_equal(c.left, rows[i].left);
                assert_int_equal(c.done, rows[i].done);
                assert_int_equal(c.at, rows[i].at);
                assert_int_equal(c.len, rows[i].len);
                exact_free(name);
        }
}

static void an_addon_is_known_by_its_ending(void **state) {
        char name[300];

        (void) state;
        assert_true(path_is_addon(span_of("kdump.addon.efi")));
        assert_true(path_is_addon(span_of("KDUMP.ADDON.EFI")));
        assert_true(path_is_addon(span_of(".hidden.addon.efi")));
        assert_false(path_is_addon(span_of("kdump.addon.efi.bak")));
        assert_false(path_is_addon(span_of("kdumpaddon.efi")));

        assert_true(path_is_stub_addon(span_of("kdump.Addon.efi")));
        assert_false(path_is_stub_addon(span_of(".hidden.addon.efi")));
        assert_false(path_is_stub_addon(span_of(".addon.efi")));
        assert_false(path_is_stub_addon(span_of("\xc3\xa4.addon.efi")));
        assert_false(path_is_stub_addon(bytes("a\0b.addon.efi", 13)));
        assert_false(path_is_stub_addon(span_of("kdump.efi")));
        struct span empty = exact(span_of(""));
        assert_false(path_is_stub_addon(empty));
        exact_free(empty);

        memset(name, 'a', sizeof(name));
        memcpy(name + PATH_MAX_BYTES - 10, ".addon.efi", 10);
        assert_true(path_is_stub_addon(bytes(name, PATH_MAX_BYTES)));
        memcpy(name + PATH_MAX_BYTES - 9, ".addon.efi", 10);
        assert_false(path_is_stub_addon(bytes(name, PATH_MAX_BYTES + 1)));
}

static void a_counter_counts_down(void **state) {
        static const struct {
                char name[32], want[32];
        } rows[] = {
                { "foo+3.efi", "foo+2-1.efi" },
                { "foo+2-1.efi", "foo+1-2.efi" },
                { "foo+1-2.EFI", "foo+0-3.EFI" },
                { "a+b+010-9.efi", "a+b+9-10.efi" },
                { "foo+1-2147483647.efi", "foo+0-2147483647.efi" },
                { "foo+0-3.efi", "" },
                { "foo.efi", "" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char buf[32], tiny_buf[8];
                struct text next = TEXT_IN(buf), tiny = TEXT_IN(tiny_buf);

                assert_int_equal(path_count_down(span_of(rows[i].name), &next), rows[i].want[0] != 0);
                assert_text(&next, rows[i].want);
                assert_false(path_count_down(span_of(rows[i].name), &tiny));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(paths_are_normalised),
                cmocka_unit_test(a_path_that_means_two_things_is_refused),
                cmocka_unit_test(a_file_on_the_disk_keeps_the_name_that_it_has),
                cmocka_unit_test(a_path_has_at_most_255_bytes),
                cmocka_unit_test(the_base_is_what_stands_behind_the_last_separator),
                cmocka_unit_test(a_boot_counter_is_read),
                cmocka_unit_test(an_addon_is_known_by_its_ending),
                cmocka_unit_test(a_counter_counts_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
