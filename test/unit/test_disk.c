/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "disk.h"
#include "exact.h"

static void a_file_is_read_if_it_has_bytes_and_not_too_many(void **state) {
        char buf[128];
        struct text why = TEXT_IN(buf);

        (void) state;
        assert_true(disk_size_fits(1, 100, &why));
        assert_true(disk_size_fits(100, 100, &why));
        assert_string_equal(buf, "");
        assert_false(disk_size_fits(101, 100, &why));
        assert_string_equal(buf, "is larger than the limit of 100 bytes");
        why = TEXT_IN(buf);
        assert_false(disk_size_fits(0, 100, &why));
        assert_string_equal(buf, "is an empty file");
}

static void a_name_is_usable_if_it_can_be_said(void **state) {
        static const struct {
                char name[16], shown[24];
                bool usable;
        } rows[] = {
                { "a b.efi", "a b.efi", true },
                { "\xc3\xa4~1", "\xc3\xa4~1", true },
                { "", "", false },
                { "a\tb", "a\\u0009b", false },
                { "a\x7f", "a\\u007f", false },
                { "a\xff"
                  "b",
                  "a\\xffb", false },
                { "\xf0\x9f\x98\x80", "\\xf0\\x9f\\x98\\x80", false },
                { "a\xc3", "a\\xc3", false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char buf[64];
                struct text shown = TEXT_IN(buf);
                struct span name = exact(span_of(rows[i].name));

                assert_int_equal(disk_name(name, &shown), rows[i].usable);
                assert_string_equal(buf, rows[i].shown);
                exact_free(name);
        }
}

static void a_name_has_at_most_255_bytes(void **state) {
        uint8_t name[256];
        char buf[300], small[10];
        struct text shown = TEXT_IN(buf), cut = TEXT_IN(small);

        (void) state;
        memset(name, 'n', sizeof(name));
        assert_true(disk_name((struct span) { name, 255 }, &shown));
        text_clear(&shown);
        assert_false(disk_name((struct span) { name, 256 }, &shown));
        assert_false(disk_name((struct span) { name, 10 }, &cut));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_file_is_read_if_it_has_bytes_and_not_too_many),
                cmocka_unit_test(a_name_is_usable_if_it_can_be_said),
                cmocka_unit_test(a_name_has_at_most_255_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
