/* SPDX-License-Identifier: BSD-2-Clause */
/* The second look by itself: composed lines as overlay_compose never writes them. Whatever breaks the first look must stop
 * here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "overlay_inside.h"

#define GONE(word)  "\"" word "\" would not stand unchanged in the composed line as the kernel reads it"
#define EARLY(word) "\"" word "\" would not stand unchanged in the composed line as the kernel's early scan reads it"

static struct policy pol;
static struct overlay o;

/* Signed line, overlay, what the stub adds, the line to judge, the clause (empty: sound). */
static const struct {
        char base[40], overlay[16], extra[16], line[56], want[120];
} cases[] = {
        { "root=x q=1", "a=1 b=2", "s=1", "root=x q=1 a=1 b=2 s=1", "" },
        { "root=x  q=1", "a=1", "", " root=x q=1   a=1 ", "" },
        { "root=x -- sh", "a=1", "s", "root=x a=1 -- sh s", "" },
        { "-- sh", "a=1", "", "a=1 -- sh", "" },
        { "", "a=1", "", "a=1", "" },
        { "f=\"x y\" z", "a=1", "", "f=\"x y\" z a=1", "" },
        { "root=x q=1", "a=1", "", "root=x a=1", GONE("q=1") },
        { "root=x q=1", "a=1", "", "root=x q=2 a=1", GONE("q=1") },
        { "root=x q=1", "a=1", "", "q=1 root=x a=1", GONE("root=x") },
        { "root=x q=1", "a=1", "", "root=x a=1 q=1", GONE("q=1") },
        { "root=x -- sh", "a=1", "", "root=x -- sh a=1", GONE("a=1") },
        { "root=x", "a=1 b=2", "", "root=x a=1", GONE("b=2") },
        { "root=x", "a=1", "s=1", "root=x a=1", GONE("s=1") },
        { "root=x", "a=1", "", "", GONE("root=x") },
        { "q l=1", "a=1", "", "q a=\" l=1", GONE("l=1") },
        { "root=x", "a=1", "", "root=x a=1 init=/x",
          "\"init=/x\" would appear in the composed line without standing in any of its parts" },
        { "f=\"x y\"", "a=1", "", "f=\"x  y\" a=1", GONE("f=\"x y\"") },
        { "x\xa0-- y", "a=1", "", "x\xa0 a=1 -- y", EARLY("x\\xa0--") },
        { "x y", "a=1", "", "x\xa0y a=1", EARLY("x") },
};

static void the_second_look_stops_what_breaks_the_first(void **state) {
        char said[512];
        struct text why = TEXT_IN(said);

        (void) state;
        assert_true(policy_parse(span_of("@version 1\na=*\nb=*\n"), &pol, &why));
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                text_clear(&why);
                assert_true(overlay_begin(&o, span_of(cases[i].base), &pol, NULL, &why));
                assert_true(overlay_add(&o, span_of(cases[i].overlay), false, &why));
                if (overlay_judge(&o, span_of(cases[i].extra), span_of(cases[i].line), &why) != (cases[i].want[0] == '\0'))
                        fail_msg("%s: %s", cases[i].line, said);
                assert_string_equal(said, cases[i].want);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(the_second_look_stops_what_breaks_the_first) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
