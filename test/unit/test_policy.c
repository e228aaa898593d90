/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy.h"

static struct policy pol;
static char said[512];

static bool parse_span(struct span s) {
        struct text why = TEXT_IN(said);

        return policy_parse(s, &pol, &why);
}

static bool parse(const char *text) {
        return parse_span(span_of(text));
}

static void assert_span(struct span have, const char *want) {
        if (!span_eq_str(have, want))
                fail_msg("have \"%.*s\", want \"%s\"", (int) have.n, (const char *) have.p, want);
}

/* The example of the language's description, every line of it. */
static const char full[] = "@version 1                   # mandatory first line\n"
                           "@on-violation skip           # the default\n"
                           "@require audit=1             # must stand\n"
                           "quiet                        # a flag\n"
                           "loglevel=?                   # ? is exactly one byte\n"
                           "console=ttyS?,*    repeat    # may occur more than once\n"
                           "crashkernel=*      override\n"
                           "amdgpu.dcdebugmask=0x*       # module.param form, too\n"
                           "root=UUID=*        sensitive\n"
                           "log_buf_len=*      unsigned\n"
                           "!crashkernel=*,high          # deny a value\n"
                           "!usbcore.*                   # deny a family\n";

static void a_policy_of_the_whole_language_is_read(void **state) {
        static const struct {
                char name[20], value[12];
                bool has_value, deny, family;
                unsigned flags;
        } want[] = {
                { "quiet", "", false, false, false, 0 },
                { "loglevel", "?", true, false, false, 0 },
                { "console", "ttyS?,*", true, false, false, POLICY_REPEAT },
                { "crashkernel", "*", true, false, false, POLICY_OVERRIDE },
                { "amdgpu.dcdebugmask", "0x*", true, false, false, 0 },
                { "root", "UUID=*", true, false, false, POLICY_SENSITIVE },
                { "log_buf_len", "*", true, false, false, POLICY_UNSIGNED },
                { "crashkernel", "*,high", true, true, false, 0 },
                { "usbcore.", "", false, true, true, 0 },
        };

        (void) state;
        assert_true(parse(full));
        assert_string_equal(said, "");
        assert_int_equal(pol.n_rules, 9);
        for (size_t i = 0; i < 9; i++) {
                assert_span(pol.rules[i].name, want[i].name);
                assert_int_equal(pol.rules[i].has_value, want[i].has_value);
                if (want[i].has_value)
                        assert_span(pol.rules[i].value, want[i].value);
                assert_int_equal(pol.rules[i].deny, want[i].deny);
                assert_int_equal(pol.rules[i].family, want[i].family);
                assert_int_equal(pol.rules[i].flags, want[i].flags);
                assert_int_equal(pol.rules[i].line, i + 4);
        }
        assert_int_equal(pol.n_require, 1);
        assert_span(pol.require[0].word, "audit=1");
        assert_int_equal(pol.require[0].line, 3);
        assert_false(pol.abort_on_violation || pol.requests_off || pol.handoff_kernel || pol.measure);
        assert_int_equal(pol.sections, 0);
}

static void directives_are_read(void **state) {
        (void) state;
        assert_true(parse(
                "# first a comment\n\n   @version   1  \n@on-violation abort\n@require quiet\n@require console=ttyS0,115200\n"
                "@allow-sections .initrd .dtb\n@handoff kernel\n@requests off\n@measure # at last"));
        assert_true(pol.abort_on_violation && pol.requests_off && pol.handoff_kernel && pol.measure);
        assert_int_equal(pol.sections, POLICY_INITRD | POLICY_DTB);
        assert_int_equal(pol.n_require, 2);
        assert_span(pol.require[1].word, "console=ttyS0,115200");
        assert_int_equal(pol.n_rules, 0);
        assert_true(parse("@version 1\n@allow-sections .ucode\n"));
        assert_int_equal(pol.sections, POLICY_UCODE);
        assert_false(pol.abort_on_violation || pol.requests_off || pol.handoff_kernel || pol.measure);
}

static void rules_of_every_form_are_accepted(void **state) {
        /* clang-format off */
        static const char rules[][40] = {
                "quiet", "a-b_c.D9", "a=", "a=#x", "a=b=c", "a=!x", "!a", "!a=", "!a=*", "!rd.*=1", "a=*?*?", "a=@,:;/()<>|&%^~+",
                "s=x repeat override", "x= sensitive repeat override", "a   unsigned   repeat", "-b sensitive", "a=--", "--x",
        };
        /* clang-format on */

        (void) state;
        for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
                char text[80];

                snprintf(text, sizeof(text), "@version 1\n%s", rules[i]);
                if (!parse(text))
                        fail_msg("\"%s\": %s", rules[i], said);
                assert_int_equal(pol.n_rules, 1);
        }
}

static void padding_and_a_missing_last_newline_do_not_matter(void **state) {
        static const uint8_t padded[] = "@version 1\nquiet\0\0\0\0";

        (void) state;
        assert_true(parse_span((struct span) { padded, sizeof(padded) }));
        assert_int_equal(pol.n_rules, 1);
        assert_span(pol.text, "@version 1\nquiet");
}

/* What follows "@version 1\n", and the whole sentence. */
static const struct {
        char text[64], want[200];
} refused[] = {
        { "a=[x]", "policy line 2: \"[\" is reserved in a value pattern; write \"*\" or \"?\" or a literal" },
        { "quiet\n\na=\"x\"", "policy line 4: \"\"\" is reserved in a value pattern; write \"*\" or \"?\" or a literal" },
        { "a='x'", "policy line 2: \"'\" is reserved in a value pattern; write \"*\" or \"?\" or a literal" },
        { "a=\\x", "policy line 2: \"\\\" is reserved in a value pattern; write \"*\" or \"?\" or a literal" },
        { "a=`x", "policy line 2: \"`\" is reserved in a value pattern; write \"*\" or \"?\" or a literal" },
        { "a=$x", "policy line 2: \"$\" is reserved in a value pattern; write \"*\" or \"?\" or a literal" },
        { "a=x]", "policy line 2: \"]\" is reserved in a value pattern; write \"*\" or \"?\" or a literal" },
        { "a={x", "policy line 2: \"{\" is reserved in a value pattern; write \"*\" or \"?\" or a literal" },
        { "a=x}", "policy line 2: \"}\" is reserved in a value pattern; write \"*\" or \"?\" or a literal" },
        { "*", "policy line 2: \"*\": an allow rule needs a literal name; wildcards stand in values only" },
        { "amdgpu.*", "policy line 2: \"amdgpu.*\": an allow rule needs a literal name; wildcards stand in values only" },
        { "amdgpu.*=1", "policy line 2: \"amdgpu.*\": an allow rule needs a literal name; wildcards stand in values only" },
        { "a*b=1", "policy line 2: \"*\" cannot stand in a parameter's name; use A-Z a-z 0-9 _ - ." },
        { "!a*b", "policy line 2: \"*\" cannot stand in a parameter's name; use A-Z a-z 0-9 _ - ." },
        { "!a**", "policy line 2: \"*\" cannot stand in a parameter's name; use A-Z a-z 0-9 _ - ." },
        { "a?=1", "policy line 2: \"?\" cannot stand in a parameter's name; use A-Z a-z 0-9 _ - ." },
        { "a#b", "policy line 2: \"#\" cannot stand in a parameter's name; use A-Z a-z 0-9 _ - ." },
        { "!!a", "policy line 2: \"!\" cannot stand in a parameter's name; use A-Z a-z 0-9 _ - ." },
        { "a,b", "policy line 2: \",\" cannot stand in a parameter's name; use A-Z a-z 0-9 _ - ." },
        { "=x", "policy line 2: a name is missing; write at least one letter before \"=\"" },
        { "!=x", "policy line 2: a name is missing; write at least one letter before \"=\"" },
        { "!", "policy line 2: \"!\" stands alone; write the denied name right behind it" },
        { "! a", "policy line 2: \"!\" stands alone; write the denied name right behind it" },
        { "!*", "policy line 2: \"!*\" denies every name; without any allow rule everything is refused already" },
        { "--", "policy line 2: \"--\" hands words to init and is never accepted; remove it" },
        { "a b",
          "policy line 2: unknown flag \"b\"; flags are repeat, override, sensitive and unsigned, and one line holds one rule" },
        { "a Repeat",
          "policy line 2: unknown flag \"Repeat\"; flags are repeat, override, sensitive and unsigned, and one line holds one "
          "rule" },
        { "a repeat repeat", "policy line 2: \"repeat\" is given twice; remove one" },
        { "!a repeat", "policy line 2: \"repeat\": a deny rule takes no flags; it always holds" },
        { "a unsigned sensitive",
          "policy line 2: \"unsigned\" and \"sensitive\" in one rule: what is sensitive must come from something "
          "signed; remove one of the two" },
        { "@version 1", "policy line 2: \"@version\" stands here once more; a policy has one" },
        { "@on-violation skip\n@on-violation skip", "policy line 3: \"@on-violation\" stands here once more; a policy has one" },
        { "@on-violation", "policy line 2: \"@on-violation\" has to be followed by one of the words \"skip\" and \"abort\"" },
        { "@on-violation base", "policy line 2: \"base\" is no way to meet a violation; write \"skip\" or \"abort\"" },
        { "@on-violation skip abort", "policy line 2: \"abort\" is too much; the directive takes one word" },
        { "@require", "policy line 2: \"@require\" needs a word, such as \"audit=1\"" },
        { "@require a b", "policy line 2: \"b\" is too much; the directive takes one word" },
        { "@require a=*", "policy line 2: \"*\" is a wildcard, but here the word must be literal" },
        { "@require a=[", "policy line 2: \"[\" is reserved in a value; overlays cannot hold it" },
        { "@require =a", "policy line 2: a name is missing; write at least one letter before \"=\"" },
        { "@require --", "policy line 2: \"--\" hands words to init and is never accepted; remove it" },
        { "@require a\n@require a", "policy line 3: \"a\" is required twice; remove one" },
        { "@allow-sections", "policy line 2: \"@allow-sections\" needs one or more of .initrd .ucode .dtb" },
        { "@allow-sections .linux", "policy line 2: \".linux\" cannot be allowed; write one or more of .initrd .ucode .dtb" },
        { "@allow-sections .dtb .dtb", "policy line 2: \".dtb\" is allowed twice; remove one" },
        { "@allow-sections .dtb\n@allow-sections .ucode",
          "policy line 3: \"@allow-sections\" stands here once more; a policy has one" },
        { "@handoff", "policy line 2: \"@handoff\" has to be followed by the word \"kernel\"" },
        { "@handoff stub", "policy line 2: \"stub\" is no handoff that a policy can ask for; write \"kernel\"" },
        { "@handoff kernel\n@handoff kernel", "policy line 3: \"@handoff\" stands here once more; a policy has one" },
        { "@requests", "policy line 2: \"@requests\" takes no value but the word \"off\"" },
        { "@requests on", "policy line 2: \"on\": requests can only be turned \"off\"; leave the line out to keep them" },
        { "@requests off\n@requests off", "policy line 3: \"@requests\" stands here once more; a policy has one" },
        { "@measure 12", "policy line 2: \"12\" is too much; nothing stands behind \"@measure\"" },
        { "@measure\n@measure", "policy line 3: \"@measure\" stands here once more; a policy has one" },
        { "@include x",
          "policy line 2: unknown directive \"@include\"; known are @version, @on-violation, @require, @allow-sections, "
          "@handoff, @requests and @measure" },
        { "quiet\r\n", "policy line 2: \"\\x0d\" is a carriage return; save the policy with Unix line ends" },
        { "quiet\trepeat", "policy line 2: \"\\x09\" is a tab; write blanks" },
        { "quiet # caf\xc3\xa9", "policy line 2: the byte \"\\xc3\" is outside printable ASCII; remove it, in a comment too" },
        { "qui\x7f", "policy line 2: the byte \"\\x7f\" is outside printable ASCII; remove it, in a comment too" },
};

static void each_fault_of_a_rule_is_refused_with_its_sentence(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
                char text[128];

                snprintf(text, sizeof(text), "@version 1\n%s", refused[i].text);
                if (parse(text))
                        fail_msg("accepted: %s", refused[i].text);
                assert_string_equal(said, refused[i].want);
        }
}

static void the_version_comes_first(void **state) {
        static const struct {
                char text[40], want[120];
        } cases[] = {
                { "", "policy line 1: the policy is empty; its first line must be \"@version 1\"" },
                { "# only this\n\n", "policy line 1: the policy is empty; its first line must be \"@version 1\"" },
                { "quiet\n@version 1\n", "policy line 1: \"quiet\" stands before \"@version 1\", which must be the first line" },
                { "\n@measure\n@version 1\n",
                  "policy line 2: \"@measure\" stands before \"@version 1\", which must be the first line" },
                { "@version 2\n", "policy line 1: version \"2\" is not known to this ukiload, which knows version 1" },
                { "@version 01\n", "policy line 1: version \"01\" is not known to this ukiload, which knows version 1" },
                { "@version\n", "policy line 1: \"@version\" needs a number; write \"@version 1\"" },
                { "@version 1 x\n", "policy line 1: \"x\" is too much; the directive takes one word" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_false(parse(cases[i].text));
                assert_string_equal(said, cases[i].want);
        }
}

static void a_nul_inside_is_refused(void **state) {
        static const uint8_t text[] = "@version 1\nqui\0et\n";

        (void) state;
        assert_false(parse_span((struct span) { text, sizeof(text) }));
        assert_string_equal(said, "policy line 2: the byte \"\\x00\" is outside printable ASCII; remove it, in a comment too");
}

static char big[POLICY_SIZE_MAX + 64];

static void a_policy_has_at_most_16384_bytes(void **state) {
        (void) state;
        memset(big, '#', sizeof(big));
        memcpy(big, "@version 1\n", 11);
        assert_true(parse_span((struct span) { (const uint8_t *) big, POLICY_SIZE_MAX }));
        assert_false(parse_span((struct span) { (const uint8_t *) big, POLICY_SIZE_MAX + 1 }));
        assert_string_equal(said, "the policy has 16385 bytes; at most 16384 are read");
}

static void a_rule_has_at_most_256_bytes(void **state) {
        (void) state;
        for (size_t n = 256; n <= 257; n++) {
                memset(big, 0, sizeof(big));
                strcpy(big, "@version 1\n   ");
                memset(big + 14, 'a', n);
                strcpy(big + 14 + n, "   # a comment does not count\n");
                assert_int_equal(parse(big), n == 256);
        }
        assert_string_equal(
                said,
                "policy line 2: a rule of more than 256 bytes: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"...; shorten it");
}

static void fill(size_t n, const char *format) {
        size_t len = (size_t) snprintf(big, sizeof(big), "@version 1\n");

        for (size_t i = 0; i < n; i++)
                len += (size_t) snprintf(big + len, sizeof(big) - len, format, i);
}

static void a_policy_has_at_most_256_rules(void **state) {
        (void) state;
        fill(256, "a%zu\n");
        assert_true(parse(big));
        assert_int_equal(pol.n_rules, 256);
        fill(257, "a%zu\n");
        assert_false(parse(big));
        assert_string_equal(said, "policy line 258: \"a256\" would be one rule too many; a policy holds at most 256");
}

/* More text than there may be is refused by its length alone, before anything is counted. */
static void ten_thousand_rules_are_refused_by_their_size(void **state) {
        const size_t room = 11 + 10000 * 8;
        char *text = malloc(room);
        size_t len = 0;

        (void) state;
        assert_non_null(text);
        len += (size_t) snprintf(text, room, "@version 1\n");
        for (size_t i = 0; i < 10000; i++)
                len += (size_t) snprintf(text + len, room - len, "a%zu\n", i);
        assert_false(parse_span((struct span) { (const uint8_t *) text, len }));
        assert_string_equal(said, "the policy has 58901 bytes; at most 16384 are read");
        free(text);
}

static void a_policy_has_at_most_32_requirements(void **state) {
        (void) state;
        fill(32, "@require a%zu\n");
        assert_true(parse(big));
        fill(33, "@require a%zu\n");
        assert_false(parse(big));
        assert_string_equal(said, "policy line 34: \"a32\" would be one requirement too many; a policy holds at most 32");
}

static void rules_are_taken_without_what_only_people_read(void **state) {
        struct span rest = span_of("# a policy\n@version 1 # first\n\n   console=*   repeat  \na#b\n  # end");
        char buf[POLICY_RULE_BYTES + 1];
        struct text rule = TEXT_IN(buf);

        (void) state;
        assert_true(policy_next_rule(&rest, &rule));
        assert_string_equal(buf, "@version 1");
        assert_true(policy_next_rule(&rest, &rule));
        assert_string_equal(buf, "console=* repeat");
        assert_true(policy_next_rule(&rest, &rule));
        assert_string_equal(buf, "a#b");
        assert_false(policy_next_rule(&rest, &rule));
        assert_string_equal(buf, "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_policy_of_the_whole_language_is_read),
                cmocka_unit_test(directives_are_read),
                cmocka_unit_test(rules_of_every_form_are_accepted),
                cmocka_unit_test(padding_and_a_missing_last_newline_do_not_matter),
                cmocka_unit_test(each_fault_of_a_rule_is_refused_with_its_sentence),
                cmocka_unit_test(the_version_comes_first),
                cmocka_unit_test(a_nul_inside_is_refused),
                cmocka_unit_test(a_policy_has_at_most_16384_bytes),
                cmocka_unit_test(a_rule_has_at_most_256_bytes),
                cmocka_unit_test(a_policy_has_at_most_256_rules),
                cmocka_unit_test(ten_thousand_rules_are_refused_by_their_size),
                cmocka_unit_test(a_policy_has_at_most_32_requirements),
                cmocka_unit_test(rules_are_taken_without_what_only_people_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
