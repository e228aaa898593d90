/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "oracle_cmdline.h"
#include "policy.h"

enum { AGAIN = 1, IN_SIGNED = 2, UNAUTHENTICATED = 4 };

static struct policy pol;

static void load(const char *rules) {
        char why_buf[256];
        static char text[2048];
        struct text why = TEXT_IN(why_buf);

        snprintf(text, sizeof(text), "@version 1\n%s\n", rules);
        if (!policy_parse(span_of(text), &pol, &why))
                fail_msg("%s", why_buf);
}

static struct cmdline_word word_of(const char *line) {
        struct span rest = span_of(line);
        struct cmdline_word w;

        assert_true(cmdline_next(&rest, &w));
        assert_int_equal(rest.n, 0);
        return w;
}

/* NULL: admitted; otherwise the clause. */
static const char *judge(bool of_uki, const char *word, unsigned how) {
        static char said[512];
        struct text why = TEXT_IN(said);
        const struct policy_query q = {
                .word = word_of(word),
                .again = how & AGAIN,
                .in_signed = how & IN_SIGNED,
                .unauthenticated = how & UNAUTHENTICATED,
        };
        const bool ok = policy_admits(&pol, of_uki, &q, &why);

        assert_int_equal(ok, why.len == 0);
        return ok ? NULL : said;
}

/* One rule text each; want is empty for "admitted", else the whole clause. Rules stand from line 2. */
static const struct {
        char rules[72], word[40];
        unsigned how;
        char want[150];
} cases[] = {
        /* Whole words, name and value, never a prefix. */
        { "quiet", "quiet", 0, "" },
        { "quiet", "quiet=", 0, "\"quiet=\" refused: it has a value, which is not in policy line 2 (quiet)" },
        { "quiet", "quiet1", 0, "\"quiet1\" refused: no rule for \"quiet1\"" },
        { "console", "console=x", 0, "\"console=x\" refused: it has a value, which is not in policy line 2 (console)" },
        { "foo=*", "foo=", 0, "" },
        { "foo=*", "foo=bar=baz", 0, "" },
        { "foo=*", "foo", 0, "\"foo\" refused: it has no value, as wanted by policy line 2 (foo=*)" },
        { "foo=", "foo=", 0, "" },
        { "foo=", "foo=x", 0, "\"foo=x\" refused: value \"x\" does not match policy line 2 (foo=)" },
        { "\nloglevel=?", "loglevel=x", 0, "" },
        { "\nloglevel=?", "loglevel=12", 0, "\"loglevel=12\" refused: value \"12\" does not match policy line 3 (loglevel=?)" },
        { "loglevel=?", "loglevel=", 0, "\"loglevel=\" refused: value \"\" does not match policy line 2 (loglevel=?)" },
        { "foo=a\nfoo\nfoo=b", "foo=b", 0, "" },
        { "foo\nfoo=b", "foo=c", 0, "\"foo=c\" refused: value \"c\" does not match policy line 3 (foo=b)" },
        { "foo=b\nfoo=d\nfoo", "foo=c", 0, "\"foo=c\" refused: value \"c\" does not match policy line 2 (foo=b)" },
        { "!foo=a\nfoo=b", "foo=c", 0, "\"foo=c\" refused: value \"c\" does not match policy line 3 (foo=b)" },
        { "foo\nfoo repeat", "foo=c", 0, "\"foo=c\" refused: it has a value, which is not in policy line 2 (foo)" },
        { "a_b=1\na_b=2", "a-b=1", 0,
          "\"a-b=1\" refused: no rule for \"a-b\"; names compare byte for byte, and policy line 2 (a_b=1) is spelled "
          "otherwise" },
        { "root=* unsigned\nroot=* sensitive", "root=x", UNAUTHENTICATED,
          "\"root=x\" refused: no single rule has every flag that it needs; "
          "policy line 2 has only some" },
        { "root=* override\nroot=* sensitive", "root=x", IN_SIGNED,
          "\"root=x\" refused: no single rule has every flag that it needs; "
          "policy line 2 has only some" },
        { "quiet", "=x", 0, "\"=x\" refused: no rule for \"=x\"" },
        { "a=b", "a==b", 0, "\"a==b\" refused: value \"=b\" does not match policy line 2 (a=b)" },
        { "", "crashkernel=256M", 0, "\"crashkernel=256M\" refused: no rule for \"crashkernel\"" },
        /* Allow compares byte for byte. */
        { "log_buf_len=*", "log-buf-len=1M", 0,
          "\"log-buf-len=1M\" refused: no rule for \"log-buf-len\"; names compare byte for byte, and "
          "policy line 2 (log_buf_len=*) is spelled otherwise" },
        { "quiet", "QUIET", 0, "\"QUIET\" refused: sensitive (becomes init's environment), no rule with that flag" },
        /* Deny beats allow in any order, folded, and a bare name denies every value. */
        { "!crashkernel=*,high\ncrashkernel=*", "crashkernel=1G,high", 0,
          "\"crashkernel=1G,high\" refused: denied by policy line 2" },
        { "crashkernel=*\n!crashkernel=*,high", "crashkernel=1G,high", 0,
          "\"crashkernel=1G,high\" refused: denied by policy line 3" },
        { "crashkernel=*\n!crashkernel=*,high", "crashkernel=1G,low", 0, "" },
        { "log-buf-len=*\n!log_buf_len", "log-buf-len=1M", 0, "\"log-buf-len=1M\" refused: denied by policy line 3" },
        { "a=*\na\n!a", "a", 0, "\"a\" refused: denied by policy line 4" },
        { "a=*\na\n!a", "a=", 0, "\"a=\" refused: denied by policy line 4" },
        { "a=*\na\n!a=", "a", 0, "" },
        { "a=*\na\n!a=", "a=", 0, "\"a=\" refused: denied by policy line 4" },
        { "a=*\na\n!a=*", "a", 0, "" },
        { "ab=*\n!a=*", "ab=1", 0, "" },
        { "usbcore.quirks=*\n!usbcore.*", "usbcore.quirks=1", 0, "\"usbcore.quirks=1\" refused: denied by policy line 3" },
        { "usb-core.x\n!usb_core.*", "usb-core.x", 0, "\"usb-core.x\" refused: denied by policy line 3" },
        { "usbcor=*\n!usbcore*", "usbcor=1", 0, "" },
        { "usbcore=*\n!usbcore*", "usbcore=1", 0, "\"usbcore=1\" refused: denied by policy line 3" },
        { "a.b=*\na.b\n!a.*=1", "a.b=2", 0, "" },
        { "a.b=*\na.b\n!a.*=1", "a.b", 0, "" },
        { "a.b=*\na.b\n!a.*=1", "a.b=1", 0, "\"a.b=1\" refused: denied by policy line 4" },
        { "!quiet", "quiet", 0, "\"quiet\" refused: denied by policy line 2" },
        /* The sensitive set. */
        { "", "init=/bin/sh", 0, "\"init=/bin/sh\" refused: sensitive (control of PID 1), no rule with that flag" },
        { "init=*", "init=/bin/sh", 0, "\"init=/bin/sh\" refused: sensitive (control of PID 1), no rule with that flag" },
        { "init=* override", "init=/x", IN_SIGNED, "\"init=/x\" refused: sensitive (control of PID 1), no rule with that flag" },
        { "init=/sbin/init sensitive", "init=/sbin/init", 0, "" },
        { "init=/sbin/init sensitive", "init=/bin/sh", 0,
          "\"init=/bin/sh\" refused: sensitive (control of PID 1), no rule with that flag" },
        { "dm_mod.create=*\ndm-mod.create=* sensitive", "dm-mod.create=x", 0, "" },
        { "console=*", "console=uart8250,io,0x3f8", 0,
          "\"console=uart8250,io,0x3f8\" refused: sensitive (early console at any address), "
          "no rule with that flag" },
        { "console=*", "console=ttyS0,115200n8", 0, "" },
        { "console=* sensitive", "console=uart,io,0x3f8", 0, "" },
        { "root=* sensitive", "root=/dev/sda", UNAUTHENTICATED,
          "\"root=/dev/sda\" refused: not signed; no rule with the flag unsigned" },
        { "root=* sensitive\nroot=* unsigned", "root=/x", UNAUTHENTICATED,
          "\"root=/x\" refused: not signed; no rule with the flag "
          "unsigned" },
        { "init=* sensitive\n!init", "init=x", 0, "\"init=x\" refused: denied by policy line 3" },
        /* Repeats and what is signed. */
        { "crashkernel=*", "crashkernel=1M", AGAIN,
          "\"crashkernel=1M\" refused: appears twice; policy line 2 has no flag repeat" },
        { "crashkernel=* override", "crashkernel=1M", AGAIN,
          "\"crashkernel=1M\" refused: appears twice; policy line 2 has no flag repeat" },
        { "crashkernel=* repeat", "crashkernel=1M", AGAIN, "" },
        { "crashkernel=*", "crashkernel=1M", IN_SIGNED,
          "\"crashkernel=1M\" refused: already in the signed command line; policy line 2 has "
          "no flag override" },
        { "crashkernel=* override", "crashkernel=1M", IN_SIGNED, "" },
        { "crashkernel=* repeat", "crashkernel=1M", IN_SIGNED, "" },
        { "crashkernel=* repeat", "crashkernel=1M", IN_SIGNED | AGAIN, "" },
        { "crashkernel=* override", "crashkernel=1M", IN_SIGNED | AGAIN,
          "\"crashkernel=1M\" refused: appears twice; policy line 2 has no "
          "flag repeat" },
        { "a=1\na=* repeat", "a=1", AGAIN, "" },
        /* What nobody signed. */
        { "log_buf_len=*", "log_buf_len=1M", UNAUTHENTICATED,
          "\"log_buf_len=1M\" refused: not signed; no rule with the flag unsigned" },
        { "log_buf_len=* unsigned", "log_buf_len=1M", UNAUTHENTICATED, "" },
        { "log_buf_len=* unsigned", "log_buf_len=1M", 0, "" },
        { "a=* unsigned", "a=1", UNAUTHENTICATED | IN_SIGNED,
          "\"a=1\" refused: already in the signed command line; policy line 2 has no flag "
          "override" },
        { "a=* unsigned override", "a=1", UNAUTHENTICATED | IN_SIGNED, "" },
        { "a=* unsigned\na=* override", "a=1", UNAUTHENTICATED | IN_SIGNED,
          "\"a=1\" refused: already in the signed command line; policy "
          "line 2 has no flag override" },
        { "", "a=1", UNAUTHENTICATED, "\"a=1\" refused: no rule for \"a\"" },
};

static void each_word_gets_its_verdict(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *said;

                load(cases[i].rules);
                said = judge(false, cases[i].word, cases[i].how);
                if (strcmp(said ? said : "", cases[i].want) != 0)
                        fail_msg("[%s] %s (%u): %s\nwanted %s", cases[i].rules, cases[i].word, cases[i].how,
                                 said ? said : "admitted", cases[i].want);
        }
}

/* Two halves of a right in two rules are not one right. */
static void one_rule_needs_every_flag(void **state) {
        (void) state;
        load("a=* repeat\na=* unsigned");
        assert_string_equal(judge(false, "a=1", AGAIN | UNAUTHENTICATED),
                            "\"a=1\" refused: not signed; no rule with the flag unsigned");
        load("init=* sensitive\ninit=* repeat");
        assert_string_equal(judge(false, "init=1", AGAIN), "\"init=1\" refused: appears twice; policy line 2 has no flag repeat");
        load("init=* repeat\ninit=* sensitive");
        assert_string_equal(judge(false, "init=1", AGAIN),
                            "\"init=1\" refused: no single rule has every flag that it needs; policy line 2 "
                            "has only some");
        load("init=* repeat sensitive");
        assert_null(judge(false, "init=1", AGAIN));
}

static void the_verdict_names_whose_policy_it_was(void **state) {
        (void) state;
        load("a=1\n!b");
        assert_string_equal(judge(true, "a=2", 0), "\"a=2\" refused: value \"2\" does not match policy line 2 of the UKI (a=1)");
        assert_string_equal(judge(true, "b", 0), "\"b\" refused: denied by policy line 3 of the UKI");
        assert_string_equal(judge(true, "c", 0), "\"c\" refused: the UKI's policy has no rule for \"c\"");
        assert_string_equal(judge(true, "a=1", AGAIN),
                            "\"a=1\" refused: appears twice; policy line 2 of the UKI has no flag repeat");
        assert_string_equal(judge(true, "init=x", 0),
                            "\"init=x\" refused: sensitive (control of PID 1), no rule with that flag in the UKI's policy");
}

static void the_first_rule_that_fits_matches(void **state) {
        struct cmdline_word w;

        (void) state;
        load("!a\na=1\na=* unsigned\ninit=*");
        w = word_of("a=1");
        assert_ptr_equal(policy_match(&pol, &w), &pol.rules[1]);
        w = word_of("a=2");
        assert_ptr_equal(policy_match(&pol, &w), &pol.rules[2]);
        w = word_of("init=x");
        assert_ptr_equal(policy_match(&pol, &w), &pol.rules[3]);
        w = word_of("a");
        assert_null(policy_match(&pol, &w));
}

static void the_rule_by_which_a_word_passes_has_every_flag(void **state) {
        struct policy_query q = { .unauthenticated = true };

        (void) state;
        load("a=*\na=1 unsigned\na=1 unsigned repeat\nroot=*\nroot=x sensitive");
        q.word = word_of("a=1");
        assert_ptr_equal(policy_rule_of(&pol, &q), &pol.rules[1]);
        q.again = true;
        assert_ptr_equal(policy_rule_of(&pol, &q), &pol.rules[2]);
        q.word = word_of("a=2");
        assert_null(policy_rule_of(&pol, &q));
        q = (struct policy_query) { .word = word_of("root=x") };
        assert_ptr_equal(policy_rule_of(&pol, &q), &pol.rules[4]);
}

/* Every pattern and text of up to 5 bytes over a small alphabet, against the definition. */
static void globs_match_by_their_definition(void **state) {
        static const char letters[] = "*?ab";
        char pattern[6], text[6];

        (void) state;
        for (unsigned long np = 0, n = 1; np <= 5; np++, n *= 4)
                for (unsigned long p = 0; p < n; p++) {
                        for (unsigned long i = 0, x = p; i < np; i++, x /= 4)
                                pattern[i] = letters[x % 4];
                        for (unsigned long nt = 0, m = 1; nt <= 5; nt++, m *= 2)
                                for (unsigned long t = 0; t < m; t++) {
                                        for (unsigned long i = 0, x = t; i < nt; i++, x /= 2)
                                                text[i] = x % 2 ? 'a' : 'b';
                                        if (policy_glob((struct span) { (uint8_t *) pattern, np },
                                                        (struct span) { (uint8_t *) text, nt }) !=
                                            oracle_glob(pattern, np, text, nt))
                                                fail_msg("%.*s on %.*s", (int) np, pattern, (int) nt, text);
                                }
                }
}

/* Would not end in our lifetime if a star could be tried anew for each later one. */
static void a_glob_does_not_blow_up(void **state) {
        static uint8_t text[1024];
        char pattern[130];

        (void) state;
        memset(text, 'a', sizeof(text));
        for (size_t i = 0; i < 64; i++)
                memcpy(pattern + 2 * i, "*a", 2);
        pattern[128] = 'b';
        assert_false(policy_glob((struct span) { (uint8_t *) pattern, 129 }, (struct span) { text, sizeof(text) }));
        pattern[128] = '*';
        assert_true(policy_glob((struct span) { (uint8_t *) pattern, 129 }, (struct span) { text, sizeof(text) }));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_word_gets_its_verdict),
                cmocka_unit_test(one_rule_needs_every_flag),
                cmocka_unit_test(the_verdict_names_whose_policy_it_was),
                cmocka_unit_test(the_first_rule_that_fits_matches),
                cmocka_unit_test(the_rule_by_which_a_word_passes_has_every_flag),
                cmocka_unit_test(globs_match_by_their_definition),
                cmocka_unit_test(a_glob_does_not_blow_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
