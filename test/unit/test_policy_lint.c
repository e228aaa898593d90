/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "policy.h"

static struct policy pol;
static char notes[1024];

static void collect(void *arg, unsigned line, const char *sentence) {
        const size_t len = strlen(notes);

        assert_ptr_equal(arg, notes);
        snprintf(notes + len, sizeof(notes) - len, "%u: %s\n", line, sentence);
}

static const char *lint(const char *rules) {
        static char text[1024];
        char said[256];
        struct text why = TEXT_IN(said);

        snprintf(text, sizeof(text), "@version 1\n%s\n", rules);
        if (!policy_parse(span_of(text), &pol, &why))
                fail_msg("%s", said);
        notes[0] = '\0';
        policy_lint(&pol, collect, notes);
        return notes;
}

/* Rules from line 2; every note that they must give, and no other. */
static const struct {
        char rules[96], want[400];
} cases[] = {
        { "quiet\nloglevel=?\nconsole=ttyS?,* repeat\ncrashkernel=* override\nroot=UUID=* sensitive\n!usbcore.*", "" },
        { "", "1: has no allow rule, so every word of every addon is refused\n" },
        { "!a", "1: has no allow rule, so every word of every addon is refused\n" },
        /* Shadowed by another allow rule, wherever that stands. */
        { "a=*\na=1", "3: adds nothing: line 2 allows all of it already\n" },
        { "a=1\na=*", "2: adds nothing: line 3 allows all of it already\n" },
        { "a=1\na=1", "3: adds nothing: line 2 allows all of it already\n" },
        { "a\na", "3: adds nothing: line 2 allows all of it already\n" },
        { "a=x*\na=xy", "3: adds nothing: line 2 allows all of it already\n" },
        { "a=* repeat\na=* override", "3: adds nothing: line 2 allows all of it already\n" },
        { "a=* repeat\na=1", "3: adds nothing: line 2 allows all of it already\n" },
        { "a=*\na=1 repeat", "" },
        { "a=*\na", "" },
        { "a=x*\na=x?", "" },
        { "a=*\nb=1", "" },
        { "a-b=*\na_b=*", "" },
        { "a=*x\na=y", "" },
        { "a=?\na=?", "3: adds nothing: line 2 allows all of it already\n" },
        { "a=*\na=?", "3: adds nothing: line 2 allows all of it already\n" },
        /* Denied altogether. */
        { "a=1\n!a", "2: allows nothing: line 3 denies all of it\n" },
        { "!a-b.*\na_b.c=1", "3: allows nothing: line 2 denies all of it\n" },
        { "a=12\n!a=1*", "2: allows nothing: line 3 denies all of it\n" },
        { "a=*\n!a=*", "2: allows nothing: line 3 denies all of it\n" },
        { "a=*\n!a=1*", "" },
        { "a\n!a=*", "" },
        { "a=?\n!ab", "" },
        { "ab.c\n!abb.*", "" },
        { "ab\n!a", "" },
        /* The sensitive set. */
        { "init=*", "2: allows nothing: the parameter is sensitive (control of PID 1), and the rule has no flag sensitive\n" },
        { "LANG=*",
          "2: allows nothing: the parameter is sensitive (becomes init's environment), and the rule has no flag sensitive\n" },
        { "console=uart8250,*",
          "2: allows nothing: the parameter is sensitive (early console at any address), and the rule has no flag "
          "sensitive\n" },
        { "quiet sensitive", "2: has the flag sensitive, but the parameter is not in the sensitive set\n" },
        { "console=*", "2: takes console=uart... too, which stays refused as sensitive; name the kinds of console, such as "
                       "console=ttyS?,*\n" },
        { "console=* sensitive", "2: lets console=uart... through, which makes the kernel write to any address that it names\n" },
        { "console=tty*", "" },
        /* Requests that never come. */
        { "@requests off\na=* unsigned", "3: has the flag unsigned, but \"@requests off\" refuses every request\n" },
        { "@requests off\na=*", "" },
        /* Requirements. */
        { "@require a=1\nb", "2: no rule allows the required word, so only the signed command line can bring it\n" },
        { "@require a=1\na=?", "" },
        { "@require a=1\na=* override", "2: line 3 may replace the required word, and then nothing is started\n" },
        { "@require a-b=1\na-b=*\na_b=2 repeat", "2: line 4 may replace the required word, and then nothing is started\n" },
        { "@require a=1\na=1 override", "" },
        { "@require a=1\na=1\nb=* override", "" },
        { "@require a\na\na= override", "2: line 4 may replace the required word, and then nothing is started\n" },
        { "@require a=1\n@require b=2\na=1\nb=2", "" },
        { "@require a=1\n@require a=2\na=*", "3: cannot be met together with line 2: of one parameter the last one holds\n" },
        { "@require console=tty0\n@require console=ttyS0\nconsole=tty?\nconsole=ttyS?", "" },
};

static void the_lint_notes_what_is_surprising(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                if (strcmp(lint(cases[i].rules), cases[i].want) != 0)
                        fail_msg("[%s]\n%swanted\n%s", cases[i].rules, notes, cases[i].want);
}

/* The last name of a policy ends where its bytes do. */
static void a_family_is_longer_than_the_last_name(void **state) {
        struct span text = exact(span_of("@version 1\n!abc*\nab"));
        char said[256];
        struct text why = TEXT_IN(said);

        (void) state;
        assert_true(policy_parse(text, &pol, &why));
        notes[0] = '\0';
        policy_lint(&pol, collect, notes);
        assert_string_equal(notes, "");
        exact_free(text);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(the_lint_notes_what_is_surprising),
                                            cmocka_unit_test(a_family_is_longer_than_the_last_name) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
