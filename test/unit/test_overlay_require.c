/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "overlay_help.h"

static bool required(void) {
        struct text why = TEXT_IN(said);

        return overlay_requirements(&o, &why);
}

static void a_required_word_stands_in_what_is_signed(void **state) {
        static const struct {
                const char *rules, *base, *signed_words, *request;
                const char *want;
        } cases[] = {
                { "@require audit=1", "root=x audit=1", "", "", NULL },
                { "@require audit=1", "root=x", "", "",
                  "\"audit=1\" is required by policy line 2, but stands neither in the signed command line nor in a signed addon" },
                { "@require a=1\na=*", "root=x", "a=1", "", NULL },
                { "@require a=1\na=* unsigned", "root=x", "", "a=1",
                  "\"a=1\" is required by policy line 2, but stands neither in the signed command line nor in a signed addon" },
                { "@require a=1\na=* override", "a=1", "a=2", "",
                  "\"a=1\" is required by policy line 2, but \"a=2\" comes later and the last one "
                  "holds" },
                { "@require a_b=1\na-b=* override unsigned", "a_b=1", "", "a-b=2",
                  "\"a_b=1\" is required by policy line 2, but \"a-b=2\" comes later and the last one holds" },
                { "@require a=1\na=* override", "a=2", "a=1", "", NULL },
                { "@require a=1\na=* repeat unsigned", "a=1", "a=2", "a=1",
                  "\"a=1\" is required by policy line 2, but \"a=2\" comes later and the last one holds" },
                { "@require a=1", "a=1 a=2", "", "",
                  "\"a=1\" is required by policy line 2, but \"a=2\" comes later and the last one holds" },
                { "@require a=1", "x -- a=1", "", "",
                  "\"a=1\" is required by policy line 2, but stands neither in the signed command line nor in a signed addon" },
                { "@require a=1", "a=1 -- a=2", "", "", NULL },
                { "@require a=1", "x=\"a=1 b\"", "", "",
                  "\"a=1\" is required by policy line 2, but stands neither in the signed command line nor in a signed addon" },
                { "@require a=1", "a=\"1\"", "", "",
                  "\"a=1\" is required by policy line 2, but \"a=\"1\"\" comes later and the last one holds" },
                { "@require quiet", "quietx quiet=1", "", "",
                  "\"quiet\" is required by policy line 2, but \"quiet=1\" comes later and the last one holds" },
                { "@require console=ttyS0\nconsole=* repeat", "console=ttyS0", "console=tty0", "", NULL },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                load(&own, cases[i].rules);
                assert_true(begin(cases[i].base));
                assert_true(add(cases[i].signed_words, false));
                assert_true(add(cases[i].request, true));
                assert_int_equal(required(), cases[i].want == NULL);
                assert_string_equal(said, cases[i].want ? cases[i].want : "");
        }
}

static void either_policy_may_require(void **state) {
        struct text why = TEXT_IN(said);

        (void) state;
        load(&own, "@require a=1");
        load(&uki, "@measure\n@require b");
        assert_true(overlay_begin(&o, span_of("a=1"), &own, &uki, &why));
        assert_false(required());
        assert_string_equal(
                said,
                "\"b\" is required by policy line 3 of the UKI, but stands neither in the signed command line nor in a signed addon");
        assert_true(overlay_begin(&o, span_of("a=1 b"), &own, &uki, &(struct text) { said, sizeof(said), 0, false }));
        assert_true(required());
}

static void without_a_policy_nothing_is_required(void **state) {
        struct text why = TEXT_IN(said);

        (void) state;
        assert_true(overlay_begin(&o, span_of("a=1"), NULL, NULL, &why));
        assert_true(required());
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_required_word_stands_in_what_is_signed),
                cmocka_unit_test(either_policy_may_require),
                cmocka_unit_test(without_a_policy_nothing_is_required),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
