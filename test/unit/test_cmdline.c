/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cmdline.h"
#include "exact.h"
#include "oracle_cmdline.h"

static void assert_span(struct span have, const char *want) {
        if (!span_eq_str(have, want))
                fail_msg("have \"%.*s\", want \"%s\"", (int) have.n, (const char *) have.p, want);
}

/* One line each: name, value (NULL: none) of every word, as lib/cmdline.c of Linux gives them. */
static const struct {
        const char *line;
        struct {
                const char *name, *value;
        } words[5];
} kernel_cases[] = {
        { "", { { NULL, NULL } } },
        { " \t\n\v\f\r ", { { NULL, NULL } } },
        { "quiet", { { "quiet", NULL } } },
        { "  a=1   b  ", { { "a", "1" }, { "b", NULL } } },
        { "a=\tb", { { "a", "" }, { "b", NULL } } },
        { "a\240b", { { "a", NULL }, { "b", NULL } } },
        { "a=b=c", { { "a", "b=c" } } },
        { "a==b", { { "a", "=b" } } },
        { "=x", { { "=x", NULL } } },
        { "=", { { "=", NULL } } },
        { "a=", { { "a", "" } } },
        { "=x=y", { { "=x", "y" } } },
        { "a=\"b c\" d", { { "a", "b c" }, { "d", NULL } } },
        { "a=\"b\"c", { { "a", "b\"c" } } },
        { "a=\"b\"\"c\"", { { "a", "b\"\"c" } } },
        { "a=b\" \"c", { { "a", "b\" \"c" } } },
        { "\"a b\"=c d", { { "a b\"", "c" }, { "d", NULL } } },
        { "\"a b=c d\" e", { { "a b", "c d" }, { "e", NULL } } },
        { "\"a=\"b c\" d", { { "a", "b" }, { "c\" d", NULL } } },
        { "\"a b\"", { { "a b", NULL } } },
        { "a\"b\"", { { "a\"b\"", NULL } } },
        { "a=b\"c\"", { { "a", "b\"c\"" } } },
        { "\"--\" x", { { "--", NULL }, { "x", NULL } } },
        { "console=\" root=x lockdown=y", { { "console", " root=x lockdown=y" } } },
        { "\"", { { "", NULL } } },
        { "\"\"", { { "", NULL } } },
        { "\"=x\"", { { "=x", NULL } } },
        { "\"=x=y\"", { { "=x", "y" } } },
        { "a=\"", { { "a", "" } } },
        { "a=\"\"", { { "a", "" } } },
        { "x -- y=1", { { "x", NULL }, { "--", NULL }, { "y", "1" } } },
};

static void words_are_cut_as_the_kernel_cuts_them(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(kernel_cases) / sizeof(kernel_cases[0]); i++) {
                const struct span line = exact(span_of(kernel_cases[i].line));
                struct span rest = line;
                struct cmdline_word w;
                size_t n = 0;

                while (cmdline_next(&rest, &w)) {
                        assert_non_null(kernel_cases[i].words[n].name);
                        assert_span(w.name, kernel_cases[i].words[n].name);
                        assert_int_equal(w.has_value, kernel_cases[i].words[n].value != NULL);
                        assert_span(w.value, w.has_value ? kernel_cases[i].words[n].value : "");
                        assert_true(w.value.n <= w.whole.n);
                        assert_int_equal(w.quoted, memchr(w.whole.p, '"', w.whole.n) != NULL);
                        n++;
                }
                assert_null(kernel_cases[i].words[n].name);
                assert_int_equal(rest.n, 0);
                exact_free(line);
        }
}

/* The table above is our reading; the oracle is another one. They must agree. */
static void the_oracle_agrees_about_the_words(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(kernel_cases) / sizeof(kernel_cases[0]); i++) {
                char copy[64], *at = copy, *name, *value;
                size_t n = 0;

                strcpy(copy, kernel_cases[i].line);
                while (oracle_isspace(*at))
                        at++;
                while (*at != '\0') {
                        at = oracle_next_arg(at, &name, &value);
                        assert_string_equal(name, kernel_cases[i].words[n].name);
                        if (kernel_cases[i].words[n].value)
                                assert_string_equal(value, kernel_cases[i].words[n].value);
                        else
                                assert_null(value);
                        n++;
                }
                assert_null(kernel_cases[i].words[n].name);
        }
}

static void a_whole_word_keeps_its_quotes(void **state) {
        struct span rest = span_of(" \"a b\"=c  d=\"e\" ");
        struct cmdline_word w;

        (void) state;
        assert_true(cmdline_next(&rest, &w));
        assert_span(w.whole, "\"a b\"=c");
        assert_true(cmdline_next(&rest, &w));
        assert_span(w.whole, "d=\"e\"");
        assert_false(cmdline_next(&rest, &w));
}

static void the_early_scan_knows_no_quotes(void **state) {
        struct span rest = span_of("\001foo=\"x nosmap y\"\t--\037a\240b ");
        static const char want[][10] = { "foo=\"x", "nosmap", "y\"", "--", "a\240b" };
        struct span word;

        (void) state;
        for (size_t i = 0; i < 5; i++) {
                assert_true(cmdline_next_early(&rest, &word));
                assert_span(word, want[i]);
        }
        assert_false(cmdline_next_early(&rest, &word));
        assert_int_equal(rest.n, 0);
}

static void a_line_without_a_nul_ends_where_its_bytes_end(void **state) {
        static const char *const lines[] = { "a bc", "a b=\"c d\"", "a bc\"", "a \"" };

        (void) state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                const struct span line = exact(span_of(lines[i]));
                struct span rest = line, word;
                struct cmdline_word w;
                size_t n = 0;

                while (cmdline_next(&rest, &w))
                        n++;
                assert_int_equal(n, 2);
                rest = line;
                while (cmdline_next_early(&rest, &word))
                        assert_true(word.p + word.n <= line.p + line.n);
                exact_free(line);
        }
}

/* The kernel's line is a C string. */
static void a_nul_ends_the_line(void **state) {
        struct span line = { (const uint8_t *) "a b\0c \" -- d", 12 }, rest = line, word;
        struct cmdline_word w;
        size_t at;

        (void) state;
        assert_true(cmdline_next(&rest, &w) && cmdline_next(&rest, &w));
        assert_span(w.name, "b");
        assert_false(cmdline_next(&rest, &w));
        rest = line;
        assert_true(cmdline_next_early(&rest, &word) && cmdline_next_early(&rest, &word));
        assert_span(word, "b");
        assert_false(cmdline_next_early(&rest, &word));
        assert_true(cmdline_balanced(line));
        assert_false(cmdline_find_dashes(line, &at));
}

static void an_open_quote_is_seen(void **state) {
        (void) state;
        assert_true(cmdline_balanced(span_of("")));
        assert_true(cmdline_balanced(span_of("a=\"b c\" \"\"")));
        assert_false(cmdline_balanced(span_of("console=\"")));
        assert_false(cmdline_balanced(span_of("a=\"b\" \"c")));
        assert_false(cmdline_balanced(span_of("a=\"b\\\" c\"")));
}

static void the_dashes_are_a_word_of_their_own(void **state) {
        static const struct {
                char line[24];
                int at;
        } cases[] = {
                { "", -1 },           { "a b", -1 },   { "--", 0 },          { "a -- b", 2 },        { "a --", 2 },
                { "a -- b -- c", 2 }, { "a --x", -1 }, { "a --=x -- y", 7 }, { "a=\"x -- y\"", -1 }, { "a \"--\" b", 2 },
                { "a=-- b", -1 },     { "---", -1 },   { " -- a", 1 },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                size_t at = 999;

                if (cmdline_find_dashes(span_of(cases[i].line), &at) != (cases[i].at >= 0) ||
                    (cases[i].at >= 0 && (int) at != cases[i].at))
                        fail_msg("\"%s\": %zu", cases[i].line, at);
                if (cases[i].at < 0)
                        assert_int_equal(at, 999);
        }
}

static void names_are_equal_but_for_dash_and_underscore(void **state) {
        (void) state;
        assert_true(cmdline_name_eq(span_of("log-buf_len"), span_of("log_buf-len")));
        assert_true(cmdline_name_eq(span_of(""), span_of("")));
        assert_false(cmdline_name_eq(span_of("init"), span_of("INIT")));
        assert_false(cmdline_name_eq(span_of("a"), span_of("ab")));
        assert_false(cmdline_name_eq(span_of("a.b"), span_of("a_b")));
}

static void an_overlay_holds_no_byte_that_means_something_elsewhere(void **state) {
        char buf[200];
        struct text why = TEXT_IN(buf);

        (void) state;
        for (unsigned c = 0; c < 256; c++) {
                const uint8_t byte[2] = { 'a', (uint8_t) c };
                const bool ok = c >= 0x20 && c <= 0x7e && !strchr("\"'\\`$*?[", (int) c);

                text_clear(&why);
                assert_int_equal(cmdline_bytes_ok((struct span) { byte, 2 }, &why), ok);
                assert_int_equal(why.len == 0, ok);
        }
        text_clear(&why);
        assert_false(cmdline_bytes_ok(span_of("abc\tx"), &why));
        assert_string_equal(
                buf, "byte 4 is \\x09: an overlay holds printable ASCII without quotes, backslash, backtick, $, *, ? and [");
        assert_true(cmdline_bytes_ok(span_of(""), &why));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(words_are_cut_as_the_kernel_cuts_them),
                cmocka_unit_test(the_oracle_agrees_about_the_words),
                cmocka_unit_test(a_whole_word_keeps_its_quotes),
                cmocka_unit_test(the_early_scan_knows_no_quotes),
                cmocka_unit_test(a_line_without_a_nul_ends_where_its_bytes_end),
                cmocka_unit_test(a_nul_ends_the_line),
                cmocka_unit_test(an_open_quote_is_seen),
                cmocka_unit_test(the_dashes_are_a_word_of_their_own),
                cmocka_unit_test(names_are_equal_but_for_dash_and_underscore),
                cmocka_unit_test(an_overlay_holds_no_byte_that_means_something_elsewhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
