/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "loadopt.h"

#define HEAD        "\1\0\0\0"        /* attributes */
#define TITLE       "a\0\0\0"         /* in UCS-2 */
#define END         "\x7f\xff\4\0"    /* of a whole path */
#define NODE        "\4\4\6\0x\0" END /* a file name and that */
#define BYTES(text) ((struct span) { (const uint8_t *) (text), sizeof(text) - 1 })

static void each_part_lies_behind_the_one_before(void **state) {
        struct span raw = BYTES(HEAD "\x0a\0" TITLE NODE "data"), paths, optional;

        (void) state;
        assert_true(loadopt_open(raw, &paths, &optional));
        assert_true(span_eq(paths, BYTES(NODE)) && span_eq_str(optional, "data"));
        assert_true(loadopt_next_path(&paths) && paths.n == 0);
        assert_true(loadopt_open(BYTES(HEAD "\0\0" TITLE), &paths, &optional));
        assert_true(paths.n == 0 && optional.n == 0 && !loadopt_next_path(&paths));
}

static void a_part_that_is_not_there_is_no_load_option(void **state) {
        static const char whole[] = HEAD "\x0a\0" TITLE NODE;

        (void) state;
        for (size_t n = 0; n < sizeof(whole); n++) {
                struct span raw = exact((struct span) { (const uint8_t *) whole, n }), paths = raw, optional = raw;
                bool is = loadopt_open(raw, &paths, &optional);

                assert_int_equal(is, n == sizeof(whole) - 1);
                assert_true(is || (paths.p == raw.p && optional.n == n));
                exact_free(raw);
        }
}

static void paths_are_taken_off_one_by_one(void **state) {
        static const struct {
                struct span list;
                size_t paths, left;
        } rows[] = {
                { BYTES(NODE END NODE), 3, 0 },    { BYTES("\4\4\2\0\6\0\0\0" END), 0, 12 }, /* nodes that would overlap */
                { BYTES(END "rest"), 1, 4 },       { BYTES("\4\4\6\0x\0"), 0, 6 },           { BYTES("\4\4\3\0" END), 0, 8 },
                { BYTES("\4\4\x80\0" END), 0, 8 }, { BYTES("\x7f\xff\5\0x"), 0, 5 },         { BYTES("\x7f\1\4\0" END), 1, 0 },
                { BYTES("\x7f\xff\4"), 0, 3 },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct span copy = exact(rows[i].list), list = copy;
                size_t n = 0;

                while (loadopt_next_path(&list))
                        n++;
                assert_int_equal(n, rows[i].paths);
                assert_int_equal(list.n, rows[i].left);
                exact_free(copy);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_part_lies_behind_the_one_before),
                cmocka_unit_test(a_part_that_is_not_there_is_no_load_option),
                cmocka_unit_test(paths_are_taken_off_one_by_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
