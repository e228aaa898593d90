/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cmdline.h"
#include "stubline.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const unsigned versions[] = { 252, 253, 254, 255, 256, 257, 262 };

static struct span bytes(const char *p, size_t n) {
        return (struct span) { (const uint8_t *) p, n };
}

static const char *line_of(unsigned version, bool handover, struct span section) {
        static char buf[64];
        const struct stubline rules = stubline_rules(version, handover);
        struct text line = TEXT_IN(buf);

        stubline_section(&rules, section, &line);
        assert_false(line.cut);
        return buf;
}

/* One row a kind of text: what it is until 254, and from 255 on. */
static void what_the_kernel_gets_from_each_stub(void **state) {
        static const struct {
                char in[24];
                size_t n;
                const char *until_254, *since_255;
        } rows[] = {
                { "", 0, "", "" },
                { "a b", 3, "a b", "a b" },
                { "a  b\n", 5, "a  b", "a  b" },
                { "a\nb\r\nc\td\n\n", 11, "a b  c d", "a b  c d" },
                { "a\x01\x0b\033b", 5, "a   b", "a   b" },
                { " \n a", 4, "   a", "a" },
                { " \t\n", 3, "", "" },
                { "a\0b", 3, "a", "a" },
                { "a\0\0\0", 4, "a", "a" },
                { "x\x7f-- y", 6, "x\x7f-- y", "x -- y" },
                { "\177a\x7f", 3, "\177a\x7f", "a" },
                { "x=\xc0\xa2", 4, "x=\"", "x=\"" },           /* an overlong quote */
                { "x\xc0\xa0-- y", 7, "x -- y", "x -- y" },    /* an overlong blank */
                { "x\xc0\x8ay", 4, "x y", "x y" },             /* ... and newline */
                { "x\xc1\xbf-- y", 7, "x\x7f-- y", "x -- y" }, /* ... and 0x7f */
                { "a\xc0\200b", 4, "a", "a" },                 /* ... and NUL */
                { "n=\xc3\xa4\xe2\x82\xac", 7, "n=\xc3\xa4\xe2\x82\xac", "n=\xc3\xa4\xe2\x82\xac" },
                { "n=\xc4\xa2 x", 6, "n=\xc4\xa2 x", "n=\xc4\xa2 x" },       /* U+0122: its low byte is a quote */
                { "n=\xc2\xa0-- y", 8, "n=\xc2\xa0-- y", "n=\xc2\xa0-- y" }, /* no-break space: the kernel splits there */
                { "n=\xff\xfe x", 6, "n= x", "n= x" },
                { "n=\xf0\x9f\x90\xa7 x", 8, "n= x", "n= x" }, /* beyond UCS-2 */
                { "n=\xed\xa0\x80 x", 7, "n= x", "n= x" },     /* a surrogate */
                { "a=\"x\xc3\" b", 8, "a=\"x b", "a=\"x b" },  /* a broken sequence takes the quote with it */
                { "a\xc3\0b", 4, "ab", "ab" },                 /* ... and the NUL */
                { "a\xe2", 2, "a", "a" },
                { "a\xef\xbf\xbf", 4, "a\xef\xbf\xbf", "a\xef\xbf\xbf" },
        };

        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++)
                for (size_t v = 0; v < COUNT(versions); v++) {
                        const char *want = versions[v] < 255 ? rows[i].until_254 : rows[i].since_255;
                        const char *have = line_of(versions[v], false, bytes(rows[i].in, rows[i].n));

                        if (!span_eq_str(span_of(have), want))
                                fail_msg("row %zu, systemd-stub %u: \"%s\"", i, versions[v], have);
                }
}

/* By the handover entry of old kernels the line goes as ASCII. */
static void an_old_kernel_gets_blanks_beyond_ascii(void **state) {
        size_t at;

        (void) state;
        assert_string_equal(line_of(257, true, span_of("x\xc3\xa4-- \xe2\x82\xac y\xc3\xa4")), "x --   y ");
        assert_true(cmdline_find_dashes(span_of("x --   y "), &at));
        assert_string_equal(line_of(252, true, span_of("x\x7f-- y")), "x -- y");
        assert_string_equal(line_of(257, true, span_of("a ~")), "a ~");
        assert_string_equal(line_of(257, true, span_of("n=\xc4\xa2 x")), "n=  x"); /* no quote is made by cutting U+0122 */
}

static void what_the_kernel_gets_from_smbios(void **state) {
        static const struct {
                const char *in, *raw, *mangled;
        } rows[] = {
                { "a=1", "a=1", "a=1" },
                { " a\tb ", " a\tb ", "a b" },
                { "a\nb", "a", "a b" },
                { "a\xff\177b", "a\177b", "a b" },
        };

        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++)
                for (unsigned version = 254; version <= 258; version++) {
                        const struct stubline rules = stubline_rules(version, false);
                        char buf[32];
                        struct text line = TEXT_IN(buf);

                        stubline_smbios(&rules, span_of(rows[i].in), &line);
                        assert_string_equal(buf, version < 257 ? rows[i].raw : rows[i].mangled);
                }
}

static void says_when_it_is_cut(void **state) {
        const struct stubline rules = stubline_rules(257, false);
        char buf[4];
        struct text line = TEXT_IN(buf);

        (void) state;
        stubline_section(&rules, span_of("abc   "), &line);
        assert_false(line.cut);
        text_clear(&line);
        stubline_section(&rules, span_of("a\xe2\x82\xac"), &line); /* a character is never cut in two */
        assert_true(line.cut);
        assert_string_equal(buf, "a");
}

static void knows_a_text_of_blanks_only(void **state) {
        const struct stubline new = stubline_rules(255, false), old = stubline_rules(254, false);

        (void) state;
        assert_true(new.reads_on &&stubline_rules(256, false).reads_on);
        assert_false(old.reads_on || stubline_rules(257, false).reads_on);
        assert_true(stubline_only_blanks(&new, span_of(" \n\x7f")));
        assert_true(stubline_only_blanks(&new, bytes("\xff \0x", 4)));
        assert_false(stubline_only_blanks(&new, span_of("")));
        assert_false(stubline_only_blanks(&new, bytes("\0 ", 2)));
        assert_false(stubline_only_blanks(&new, span_of(" a")));
        assert_false(stubline_only_blanks(&old, span_of(" \x7f")));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_the_kernel_gets_from_each_stub), cmocka_unit_test(an_old_kernel_gets_blanks_beyond_ascii),
                cmocka_unit_test(what_the_kernel_gets_from_smbios),    cmocka_unit_test(says_when_it_is_cut),
                cmocka_unit_test(knows_a_text_of_blanks_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
