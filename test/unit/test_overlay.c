/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "overlay_help.h"

static void assert_refused(const char *line, const char *want) {
        const struct overlay before = o;

        assert_false(add(line, false));
        assert_string_equal(said, want);
        assert_memory_equal(&before, &o, sizeof(o)); /* all or nothing */
}

static void assert_line(const char *want) {
        const char *have = compose("", CMDLINE_MAX);

        if (!have)
                fail_msg("%s", said);
        assert_string_equal(have, want);
}

/* What systemd-stub makes of the same parts, byte for byte. */
static void the_line_is_composed_as_the_stub_does(void **state) {
        static const struct {
                const char *base, *addons[5], *extra, *want;
        } cases[] = {
                { "root=x quiet", { "a=1" }, "", "root=x quiet a=1" },
                { "root=x", { "a=1 b=2", "c=3", "d" }, "smbios=1", "root=x a=1 b=2 c=3 d smbios=1" },
                { "", { "a=1", "c=3" }, "", "a=1 c=3" },
                { "", { NULL }, "", "" },
                { "root=x", { NULL }, "", "root=x" },
                { "", { NULL }, "smbios=1", "smbios=1" },
                { "root=x", { "  a=1   b=2  ", "", "   ", " c=3 " }, " s\t1\n", "root=x a=1   b=2   c=3 s 1" },
                { "root=x", { "a=1" }, " \n ", "root=x a=1" },
                { "f=\"x  y\"  z", { "a=1" }, "g=\"p q\"", "f=\"x  y\"  z a=1 g=\"p q\"" },
        };

        (void) state;
        load(&own, "d\na=*\nb=*\nc=*");
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *have;

                assert_true(begin(cases[i].base));
                for (size_t k = 0; cases[i].addons[k]; k++)
                        assert_true(add(cases[i].addons[k], false));
                have = compose(cases[i].extra, CMDLINE_MAX);
                assert_non_null(have);
                assert_string_equal(have, cases[i].want);
        }
}

static void words_go_before_the_dashes(void **state) {
        (void) state;
        load(&own, "a=*\nb=*");
        assert_true(begin("root=x -- b=1 sh"));
        assert_true(o.splits);
        assert_int_equal(o.dashes_at, 7);
        assert_line("root=x -- b=1 sh");
        /* b=1 is init's word: no parameter, so no override. */
        assert_true(add("a=1 b=2", false));
        assert_line("root=x a=1 b=2 -- b=1 sh");
        assert_string_equal(compose("s=1", CMDLINE_MAX), "root=x a=1 b=2 -- b=1 sh s=1");

        assert_true(begin("-- sh"));
        assert_true(add("a=1", false));
        assert_line("a=1 -- sh");

        assert_true(begin("x \"--\" sh"));
        assert_true(add("a=1", false));
        assert_line("x a=1 \"--\" sh");

        assert_true(begin("x --"));
        assert_true(add("a=1", false));
        assert_line("x a=1 --");

        assert_true(begin("x=\"-- y\""));
        assert_false(o.splits);
        assert_true(add("a=1", false));
        assert_line("x=\"-- y\" a=1");
}

/* The kernel's isspace takes 0xA0 for a blank, the early scan does not: glued to it, a word would be two things. */
static void a_word_about_which_the_tokenizers_disagree_is_refused(void **state) {
        (void) state;
        load(&own, "a=*");
        assert_true(begin("x\xa0-- y"));
        assert_true(add("a=1", false));
        assert_null(compose("", CMDLINE_MAX));
        assert_string_equal(said,
                            "\"x\\xa0--\" would not stand unchanged in the composed line as the kernel's early scan reads it");
        assert_true(begin("x\xa0"));
        assert_true(add("a=1", false));
        assert_line("x\xa0 a=1");
}

static void nothing_is_added_to_a_signed_line_with_an_open_quote(void **state) {
        (void) state;
        load(&own, "a=*");
        assert_false(begin("root=x console=\""));
        assert_string_equal(said, "the signed command line opens a quote and does not close it, so nothing can be added to it");
        assert_refused("a=1", "the signed command line opens a quote and does not close it, so nothing can be added to it");
        assert_line("root=x console=\"");
}

static void bytes_that_mean_something_elsewhere_are_refused(void **state) {
        (void) state;
        load(&own, "console=*\na=*");
        assert_true(begin("root=x lockdown=y"));
        assert_refused("console=\"",
                       "byte 9 is \": an overlay holds printable ASCII without quotes, backslash, backtick, $, *, ? and [");
        assert_refused("a=1\vb",
                       "byte 4 is \\x0b: an overlay holds printable ASCII without quotes, backslash, backtick, $, *, ? and [");
        assert_refused("\001a=1",
                       "byte 1 is \\x01: an overlay holds printable ASCII without quotes, backslash, backtick, $, *, ? and [");
        assert_refused("a=\xa0",
                       "byte 3 is \\xa0: an overlay holds printable ASCII without quotes, backslash, backtick, $, *, ? and [");
        assert_refused("a='1'",
                       "byte 3 is ': an overlay holds printable ASCII without quotes, backslash, backtick, $, *, ? and [");
        /* the early scan of x86 would find a word of its own in there */
        load(&own, "dyndbg=* sensitive");
        assert_true(begin("root=x lockdown=y"));
        assert_refused("dyndbg=\"x nosmap\"",
                       "byte 8 is \": an overlay holds printable ASCII without quotes, backslash, backtick, $, *, ? and [");
        assert_line("root=x lockdown=y");
}

/* A name is what the kernel takes for one, whatever stands around it. */
static void a_sensitive_name_is_one_in_every_spelling(void **state) {
        static const struct {
                const char *word, *want;
        } cases[] = {
                { "init=", "\"init=\" refused: sensitive (control of PID 1), no rule with that flag" },
                { "INIT=", "\"INIT=\" refused: sensitive (becomes init's environment), no rule with that flag" },
                { "in-it=", "\"in-it=\" refused: no rule for \"in-it\"" },
                { "rd.in_it=", "\"rd.in_it=\" refused: sensitive (control of PID 1), no rule with that flag" },
                { "module.sig-enforce=0",
                  "\"module.sig-enforce=0\" refused: sensitive (module loading and signatures), no rule with that flag" },
                { "module.sig_enforce =0",
                  "\"module.sig_enforce\" refused: sensitive (module loading and signatures), no rule with that flag" },
                { "a=1 =0", "\"=0\" refused: no rule for \"=0\"" },
        };

        (void) state;
        load(&own, "a=*\ninit=*\nINIT=*\nrd.in_it=*\nmodule.sig-enforce=*\nmodule.sig_enforce");
        assert_true(begin("root=x"));
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_refused(cases[i].word, cases[i].want);
        assert_line("root=x");
}

static void dashes_are_never_accepted(void **state) {
        static const char want[] = "\"--\" refused: what follows it would go to init, and an overlay has no say there";

        (void) state;
        load(&own, "a=*\n--x\ninit=* sensitive");
        assert_true(begin("root=x"));
        assert_refused("--", want);
        assert_refused("a=1 -- init=/x", want);
        assert_refused("-- init=/x", want);
        assert_refused(" -- ", want);
        assert_true(add(" --x", false));
        assert_refused("--y", "\"--y\" refused: no rule for \"--y\"");
}

static void an_addon_is_taken_whole_or_not_at_all(void **state) {
        (void) state;
        load(&own, "a=*\nb=*\nc=*");
        assert_true(begin("root=x"));
        assert_true(add("a=1", false));
        assert_refused("b=1 c=1 init=/bin/sh", "\"init=/bin/sh\" refused: sensitive (control of PID 1), no rule with that flag");
        assert_true(add("b=1", false));
        assert_line("root=x a=1 b=1");
        assert_int_equal(o.n_words, 2);
        assert_int_equal(o.signed_len, 7);
}

static void a_name_appears_twice_only_with_the_flag_repeat(void **state) {
        (void) state;
        load(&own, "crashkernel=*\nconsole=* repeat\nlog_buf_len=*\nlog-buf-len=*");
        assert_true(begin("root=x console=tty0"));
        assert_true(add("crashkernel=1M console=tty1 console=ttyS0", false));
        assert_refused("crashkernel=2M", "\"crashkernel=2M\" refused: appears twice; policy line 2 has no flag repeat");
        assert_refused("log_buf_len=1 log-buf-len=2",
                       "\"log-buf-len=2\" refused: appears twice; policy line 5 has no flag repeat");
        assert_true(add("log_buf_len=1", false));
        assert_refused("log-buf-len=2", "\"log-buf-len=2\" refused: appears twice; policy line 5 has no flag repeat");
        assert_true(add("console=hvc0", false));
}

static void a_signed_name_is_set_again_only_with_the_flag_override(void **state) {
        (void) state;
        load(&own, "a=*\nlog-buf-len=*\nb=* override\nroot=* sensitive");
        assert_true(begin("a log_buf_len=1M b=1 root=atomix \"c=a=1 d\" -- e"));
        assert_refused("a=1", "\"a=1\" refused: already in the signed command line; policy line 2 has no flag override");
        assert_refused("log-buf-len=2",
                       "\"log-buf-len=2\" refused: already in the signed command line; policy line 3 has no flag override");
        assert_refused("root=soci:x",
                       "\"root=soci:x\" refused: already in the signed command line; policy line 5 has no flag override");
        assert_true(add("b=2", false));
}

static void both_policies_must_allow_a_word(void **state) {
        struct text why = TEXT_IN(said);

        (void) state;
        load(&own, "a=*\nb=*\nc=* repeat");
        load(&uki, "a=1\nc=*\nq=*\n!b");
        assert_true(overlay_begin(&o, span_of("root=x"), &own, &uki, &why));
        assert_true(add("a=1", false));
        assert_refused("b=1", "\"b=1\" refused: denied by policy line 5 of the UKI");
        assert_refused("q=1", "\"q=1\" refused: no rule for \"q\"");
        assert_true(add("c=1", false));
        assert_refused("c=2", "\"c=2\" refused: appears twice; policy line 3 of the UKI has no flag repeat");
        assert_line("root=x a=1 c=1");
}

static void without_a_policy_nothing_is_allowed(void **state) {
        struct text why = TEXT_IN(said);

        (void) state;
        load(&uki, "a=*");
        assert_true(overlay_begin(&o, span_of("root=x"), NULL, &uki, &why));
        assert_refused("a=1", "\"a=1\" refused: ukiload has no policy, so nothing is allowed");
        assert_true(add("", false));
        assert_line("root=x");
}

static void an_unsigned_word_needs_the_flag_unsigned(void **state) {
        (void) state;
        load(&own, "a=*\nb=* unsigned\nc=*");
        assert_true(begin("root=x"));
        assert_true(add("a=1", false));
        assert_false(add("c=1", true));
        assert_string_equal(said, "\"c=1\" refused: not signed; no rule with the flag unsigned");
        assert_true(add("b=1", true));
        assert_line("root=x a=1 b=1");
        assert_int_equal(o.n_words, 2);
        assert_int_equal(o.n_signed_words, 1);
        assert_int_equal(o.signed_len, 3);
        assert_refused("c=1", "signed words must be added before those of a request");
}

static char big[8192];

static const char *filled(const char *head, size_t n) {
        memset(big, 'x', n);
        big[n] = '\0';
        memcpy(big, head, strlen(head));
        return big;
}

static void all_addons_together_add_1024_bytes(void **state) {
        (void) state;
        load(&own, "a=*\nb=*");
        assert_true(begin("root=x"));
        assert_false(add(filled("a=", 1025), false));
        assert_string_equal(said, "the overlay would have 1025 bytes, and all addons together may have 1024");
        assert_false(add(filled("a=", 4097), false));
        assert_string_equal(said, "its line has 4097 bytes; an addon may have 4096");
        assert_true(add(filled("a=", 1023), false));
        assert_true(begin("root=x"));
        assert_true(add(filled("a=", 1024), false));
        assert_false(add("b=1", false));
        assert_string_equal(said, "the overlay would have 1028 bytes, and all addons together may have 1024");

        /* The blank between two addons counts. */
        assert_true(begin("root=x"));
        assert_true(add(filled("a=", 1020), false));
        assert_false(add("b=12", false));
        assert_string_equal(said, "the overlay would have 1025 bytes, and all addons together may have 1024");
        assert_true(add("b=1", false));
        assert_int_equal(o.line.len, 1024);
        assert_false(o.line.cut);
}

static void all_addons_together_add_64_words(void **state) {
        size_t n = 0;

        (void) state;
        load(&own, "a=* repeat");
        assert_true(begin("root=x"));
        for (size_t i = 0; i < 64; i++)
                n += (size_t) snprintf(big + n, sizeof(big) - n, "a=%zu ", i);
        assert_true(add(big, false));
        assert_int_equal(o.n_words, 64);
        assert_refused("a=64", "\"a=64\" refused: it would be one word too many: all addons together may add 64");
        assert_true(begin("root=x"));
        assert_true(add("a=1", false));
        assert_refused(big, "\"a=63\" refused: it would be one word too many: all addons together may add 64");
}

static void the_line_is_never_cut(void **state) {
        char base[CMDLINE_MAX + 1];

        (void) state;
        load(&own, "a=*");
        memset(base, 'r', 2040);
        base[2040] = '\0';
        assert_true(begin(base));
        assert_true(add("a=1", false));
        assert_non_null(compose("", 2044));
        assert_null(compose("", 2043));
        assert_string_equal(said, "the command line would be longer than the 2043 bytes that the kernel takes; it is never cut");
        assert_non_null(compose("x", CMDLINE_MAX)); /* 2046 */
        assert_non_null(compose("x1", CMDLINE_MAX));
        assert_null(compose("x12", CMDLINE_MAX));
        assert_string_equal(said, "the command line would be longer than the 2047 bytes that the kernel takes; it is never cut");
        assert_null(compose(filled("x", 4000), CMDLINE_MAX));
        /* With nothing added the signed line alone is held to the limit too. */
        assert_true(begin(base));
        assert_null(compose("", 2039));
        assert_non_null(compose("", 2040));
}

/* The faults of an older tool of this kind, stubby, each with what it let through or refused wrongly. */

/* An open quote in the overlay swallowed the signed words behind it. */
static void an_open_quote_swallows_no_signed_word(void **state) {
        (void) state;
        load(&own, "console=* repeat");
        assert_true(begin("root=atomix lockdown=confidentiality module.sig_enforce=1"));
        assert_false(add("console=\"", false));
        assert_line("root=atomix lockdown=confidentiality module.sig_enforce=1");
}

/* Nothing to add: garbage of the heap stood behind the signed line. */
static void nothing_to_add_leaves_the_signed_line(void **state) {
        (void) state;
        load(&own, "console=*");
        assert_true(begin("root=x quiet"));
        assert_true(add("", false));
        assert_line("root=x quiet");
}

/* More than 128 characters counted as too many words, and a signed line was held to the allow-list. */
static void words_are_counted_and_not_characters(void **state) {
        (void) state;
        load(&own, "a=*");
        assert_true(begin("root=x lockdown=integrity init=/sbin/init"));
        assert_true(add(filled("a=", 600), false));
        assert_int_equal(o.n_words, 1);
        assert_non_null(compose("", CMDLINE_MAX));
}

/* A prefix was a match, and the last root= won over the signed one. */
static void a_prefix_is_no_match_and_the_last_root_does_not_win(void **state) {
        (void) state;
        load(&own, "root=soci:* sensitive\nconsole=ttyS0");
        assert_true(begin("root=atomix"));
        assert_refused("root=soci:evil",
                       "\"root=soci:evil\" refused: already in the signed command line; policy line 2 has no flag override");
        assert_refused("console=ttyS0,115200",
                       "\"console=ttyS0,115200\" refused: value \"ttyS0,115200\" does not match policy line 3 (console=ttyS0)");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_line_is_composed_as_the_stub_does),
                cmocka_unit_test(words_go_before_the_dashes),
                cmocka_unit_test(a_word_about_which_the_tokenizers_disagree_is_refused),
                cmocka_unit_test(nothing_is_added_to_a_signed_line_with_an_open_quote),
                cmocka_unit_test(bytes_that_mean_something_elsewhere_are_refused),
                cmocka_unit_test(a_sensitive_name_is_one_in_every_spelling),
                cmocka_unit_test(dashes_are_never_accepted),
                cmocka_unit_test(an_addon_is_taken_whole_or_not_at_all),
                cmocka_unit_test(a_name_appears_twice_only_with_the_flag_repeat),
                cmocka_unit_test(a_signed_name_is_set_again_only_with_the_flag_override),
                cmocka_unit_test(both_policies_must_allow_a_word),
                cmocka_unit_test(without_a_policy_nothing_is_allowed),
                cmocka_unit_test(an_unsigned_word_needs_the_flag_unsigned),
                cmocka_unit_test(all_addons_together_add_1024_bytes),
                cmocka_unit_test(all_addons_together_add_64_words),
                cmocka_unit_test(the_line_is_never_cut),
                cmocka_unit_test(an_open_quote_swallows_no_signed_word),
                cmocka_unit_test(nothing_to_add_leaves_the_signed_line),
                cmocka_unit_test(words_are_counted_and_not_characters),
                cmocka_unit_test(a_prefix_is_no_match_and_the_last_root_does_not_win),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
