/* SPDX-License-Identifier: BSD-2-Clause */
/* What an overlay becomes through stubs of several versions, and what the kernel's EFI stub would find in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "overlay_help.h"

/* Blanks at the ends of texts, and texts of blanks only, through each stub's own joining. `|` stands between the two folders. */
static const struct {
        const char *base, *texts[7], *by_257, *by_255, *by_254;
} joined[] = {
        { "root=x", { "a=1\n", "b=2\n", NULL }, "root=x a=1 b=2", "root=x a=1  b=2", "root=x a=1  b=2" },
        { "root=x", { "a=1\n", "|", "b=2\r\n", NULL }, "root=x a=1 b=2", "root=x a=1  b=2", "root=x a=1 b=2" },
        { "root=x", { "\na=1", "|", " b=2", NULL }, "root=x a=1 b=2", "root=x a=1  b=2", "root=x  a=1  b=2" },
        { "root=x", { "a=1\r\nb=2\t c=3\n\n", NULL }, "root=x a=1  b=2  c=3", "root=x a=1  b=2  c=3", "root=x a=1  b=2  c=3" },
        { "", { "  a=1  ", NULL }, "a=1", "a=1", "  a=1" },
        { "", { "|", " a=1", NULL }, "a=1", "a=1", " a=1" },
        { "root=x", { "  ", "a=1", " ", "", "b=2", " ", NULL }, "root=x a=1   b=2", "root=x a=1    b=2", "root=x    a=1    b=2" },
        { "root=x", { "", "a=1", "|", "", "b=2", NULL }, "root=x a=1  b=2", "root=x a=1  b=2", "root=x a=1 b=2" },
};

static void joins_as_each_stub_does(void **state) {
        static const unsigned versions[] = { 252, 254, 255, 256, 257, 262 };

        (void) state;
        load(&own, "a=*\nb=*\nc=*");
        for (size_t i = 0; i < sizeof(joined) / sizeof(joined[0]); i++)
                for (size_t v = 0; v < sizeof(versions) / sizeof(versions[0]); v++) {
                        const unsigned version = versions[v];
                        const char *want = version == 254                     ? joined[i].by_254
                                           : version == 255 || version == 256 ? joined[i].by_255
                                                                              : joined[i].by_257;
                        const char *have;

                        assert_true(begin(joined[i].base));
                        o.stub = stubline_rules(version, false);
                        for (size_t k = 0; k < 7 && joined[i].texts[k]; k++) {
                                if (joined[i].texts[k][0] == '|')
                                        overlay_next_folder(&o);
                                else
                                        assert_true(add(joined[i].texts[k], false));
                        }
                        have = compose("", CMDLINE_MAX);
                        if (!have || strcmp(have, want) != 0)
                                fail_msg("row %zu, systemd-stub %u: \"%s\"", i, version, have ? have : said);
                }
}

/* A request's words are ukiload's own to add: behind what the stub made of the addons, with one blank. */
static void unsigned_words_behind_raw_texts(void **state) {
        (void) state;
        load(&own, "a=*\nb=* unsigned");
        assert_true(begin("root=x"));
        o.stub = stubline_rules(256, false);
        assert_true(add("a=1 \n", false));
        assert_true(add(" b=2 ", true));
        assert_string_equal(compose("", CMDLINE_MAX), "root=x a=1 b=2");
}

static void smbios_words_as_each_stub_adds_them(void **state) {
        static const struct {
                const char *base, *extra;
                bool section;
                const char *by_257, *by_254;
        } rows[] = {
                { "root=x", "s=1 ", true, "root=x s=1", "root=x s=1 " },
                { "root=x", "s=1\tt\nu", true, "root=x s=1 t u", "root=x s=1\tt" },
                { "", "s", true, "s", " s" },
                { "", "s", false, "s", "(null) s" },
        };

        (void) state;
        load(&own, "a=*");
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                for (unsigned version = 254; version < 259; version++) {
                        assert_true(begin(rows[i].base));
                        o.stub = stubline_rules(version, false);
                        o.no_section = !rows[i].section;
                        assert_string_equal(compose(rows[i].extra, CMDLINE_MAX), version < 257 ? rows[i].by_254 : rows[i].by_257);
                }
}

/* The kernel's EFI stub searches the line for these, wherever they stand; a word of that name is the policy's to judge. */
static void words_that_the_efi_stub_would_find(void **state) {
        static const char *const words[] = { "a=ttyS0,initrd=/x", "a=initrd=/x",         "a=dtb=",     "xinitrd=/y",
                                             "a.dtb=/y",          "initrd=/a,initrd=/b", "dtb=initrd=" };

        (void) state;
        load(&own, "a=* repeat\nxinitrd=*\na.dtb=*\ninitrd=* sensitive\ndtb=* sensitive\nb=* unsigned");
        assert_true(begin("root=x,initrd=/signed")); /* the signed line's own affair */
        assert_true(add("initrd=/a a=initr=d= dtb=x a=initrd a=INITRD=", false));
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                assert_false(add(words[i], false));
                assert_non_null(strstr(said, "refused: the kernel's EFI stub searches the whole line for \""));
        }
        assert_false(add("b=dtb=/x", true));
        assert_string_equal(
                said, "\"b=dtb=/x\" refused: the kernel's EFI stub searches the whole line for \"dtb=\" and would load the file "
                      "named behind it; no rule can allow that inside another word");
}

/* What an addon may hold as a blank, by the stub that reads it; every other control byte is refused, whatever the stub makes of
 * it. */
static void blanks_and_control_bytes(void **state) {
        (void) state;
        load(&own, "a=*\nb=*");
        for (unsigned version = 252; version < 259; version++)
                for (unsigned c = 1; c < 0x20; c++) {
                        const char line[] = { 'a', '=', '1', (char) c, 'b', '=', '2', '\0' };
                        const bool blank = c == '\t' || c == '\n' || c == '\r';

                        assert_true(begin("root=x"));
                        o.stub = stubline_rules(version, false);
                        assert_int_equal(add(line, false), blank);
                        assert_string_equal(compose("", CMDLINE_MAX), blank ? "root=x a=1 b=2" : "root=x");
                        assert_int_equal(add("a=1\177b=2", false), !blank && version >= 255);
                }
        assert_true(begin("root=x"));
        assert_false(overlay_add(&o, (struct span) { (const uint8_t *) "a=1\0b=2", 7 }, false,
                                 &(struct text) { said, sizeof(said), 0, false }));
        assert_non_null(strstr(said, "byte 4 is \\x00"));
}

/* The line that is handed out is whole or empty. */
static void nothing_is_left_of_a_line_that_is_refused(void **state) {
        char line[CMDLINE_MAX + 1] = "before";
        struct text ret = TEXT_IN(line), why = TEXT_IN(said);

        (void) state;
        load(&own, "a=*");
        assert_true(begin("root=x"));
        assert_true(add("a=1", false));
        assert_false(overlay_compose(&o, span_of(""), 9, &ret, &why));
        assert_string_equal(line, "");
        assert_int_equal(ret.len, 0);
        assert_false(overlay_compose(&o, span_of("s=\""), CMDLINE_MAX, &(struct text) { line, 4, 0, false }, &why));
        assert_string_equal(line, "");
}

/* A line of its own, with as many blanks as the signed one and the stub give it. */
static void blanks_around_the_overlay(void **state) {
        static const struct {
                const char *base, *want;
        } rows[] = {
                { "root=x ", "root=x  a=1" },
                { "root=x -- y", "root=x a=1 -- y" },
                { "root=x\t-- y", "root=x\t a=1 -- y" },
        };

        (void) state;
        load(&own, "a=*");
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_true(begin(rows[i].base));
                assert_true(add("a=1", false));
                assert_string_equal(compose("", CMDLINE_MAX), rows[i].want);
        }
        assert_true(begin(""));
        o.stub = stubline_rules(256, false);
        o.no_section = true;
        assert_true(add("a=1", false));
        assert_string_equal(compose("s", CMDLINE_MAX), "a=1 s"); /* there is a line now */
        assert_string_equal(compose("\ns", CMDLINE_MAX), "a=1 ");
}

static void texts_of_blanks_add_no_words(void **state) {
        static const char *const texts[] = { "", " ", " \n " };

        (void) state;
        load(&own, "a=*\nb=* unsigned");
        assert_true(begin("root=x"));
        assert_true(add("b=1", true));
        assert_true(add("b=2", true) || strstr(said, "repeat"));
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                struct text why = TEXT_IN(said);
                struct span text = exact(span_of(texts[i]));

                assert_true(overlay_add(&o, text, false, &why)); /* behind the request's words too */
                exact_free(text);
        }
        assert_false(add("a=1", false));
        assert_string_equal(said, "signed words must be added before those of a request");
}

/* A name that is two dashes, with a value, ends nothing. */
static void dashes_with_a_value(void **state) {
        struct span rest = span_of("--=1 --");
        struct text why = TEXT_IN(said);
        struct cmdline_word w;

        (void) state;
        assert_true(cmdline_next(&rest, &w));
        assert_true(overlay_word_ok(&w, &why));
        assert_true(cmdline_next(&rest, &w));
        assert_false(overlay_word_ok(&w, &why));
}

/* Where nothing was added, the signed line is as its signer wants it. */
static void a_line_without_overlay_is_not_judged(void **state) {
        (void) state;
        load(&own, "a=*");
        assert_false(begin("root=\"x"));
        assert_string_equal(compose("s", CMDLINE_MAX), "root=\"x s");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(blanks_around_the_overlay),
                cmocka_unit_test(texts_of_blanks_add_no_words),
                cmocka_unit_test(dashes_with_a_value),
                cmocka_unit_test(a_line_without_overlay_is_not_judged),
                cmocka_unit_test(joins_as_each_stub_does),
                cmocka_unit_test(unsigned_words_behind_raw_texts),
                cmocka_unit_test(smbios_words_as_each_stub_adds_them),
                cmocka_unit_test(words_that_the_efi_stub_would_find),
                cmocka_unit_test(blanks_and_control_bytes),
                cmocka_unit_test(nothing_is_left_of_a_line_that_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
