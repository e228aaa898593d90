/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "utf8.h"

static void goes_there_and_back(void **state) {
        (void) state;
        for (uint32_t c = 0; c <= 0xffff; c++) {
                char buf[8];
                struct text t = TEXT_IN(buf);
                struct span s;
                uint16_t got = 1;

                if (utf8_is_surrogate((uint16_t) c))
                        continue;
                utf8_put(&t, (uint16_t) c);
                assert_int_equal(t.len, c < 0x80 ? 1 : c < 0x800 ? 2 : 3);
                s = text_span(&t);
                assert_true(utf8_next(&s, &got));
                assert_int_equal(got, c);
                assert_int_equal(s.n, 0);
        }
}

static void surrogates_have_an_end_on_either_side(void **state) {
        (void) state;
        assert_false(utf8_is_surrogate(0xd7ff));
        assert_true(utf8_is_surrogate(0xd800) && utf8_is_surrogate(0xdfff));
        assert_false(utf8_is_surrogate(0xe000));
}

static void writes_what_everybody_reads(void **state) {
        char buf[32];
        struct text t = TEXT_IN(buf);

        (void) state;
        utf8_put(&t, 'B');
        utf8_put(&t, 0xfc);
        utf8_put(&t, 0x20ac);
        utf8_put(&t, 0xffff);
        assert_string_equal(buf, "B\xc3\xbc\xe2\x82\xac\xef\xbf\xbf");
}

static void refuses_what_has_another_spelling_or_none(void **state) {
        /* clang-format off */
        static const char *const bad[] = {
                "\x80", "\xbf", "\xc3", "\xc3x", "\xe2\x82", "\xe2\x82x", "\xe2x\xac", "\xff", "\xfe", "\xf8",
                "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", /* longer than need be */
                "\xed\xa0\x80", "\xed\xbf\xbf",                         /* surrogates */
                "\xf0\x9f\x98\x80",                                     /* above U+FFFF */
        };
        /* clang-format on */
        uint16_t got = 7;

        (void) state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct span s = span_of(bad[i]);

                assert_false(utf8_next(&s, &got));
                assert_ptr_equal(s.p, bad[i]);
                assert_int_equal(s.n, strlen(bad[i]));
        }
        assert_false(utf8_next(&(struct span) { NULL, 0 }, &got));
        assert_int_equal(got, 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(goes_there_and_back),
                cmocka_unit_test(surrogates_have_an_end_on_either_side),
                cmocka_unit_test(writes_what_everybody_reads),
                cmocka_unit_test(refuses_what_has_another_spelling_or_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
