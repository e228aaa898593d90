/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "initrd.h"

static struct initrd list;

static const struct {
        const char *pieces[4];
        size_t size;
        const char *whole;
} cases[] = {
        { { NULL }, 0, "" },
        { { "abc" }, 3, "abc" }, /* alone: as it is */
        { { "abcd" }, 4, "abcd" },
        { { "", "abcde", "" }, 5, "abcde" }, /* empty ones do not count */
        { { "abc", "defg" }, 8, "abc\0defg" },
        { { "a", "b" }, 8, "a\0\0\0b\0\0\0" }, /* the last one is padded too */
        { { "ab", "cdef", "ghijk", "l" }, 20, "ab\0\0cdefghijk\0\0\0l\0\0\0" },
};

static void begin(size_t i) {
        list.n = 0;
        for (size_t k = 0; k < 4 && cases[i].pieces[k]; k++)
                assert_true(initrd_add(&list, span_of(cases[i].pieces[k])));
}

static void the_pieces_are_joined_with_their_padding(void **state) {
        uint8_t buf[32];
        size_t size;

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                begin(i);
                assert_true(initrd_size(&list, &size));
                assert_int_equal(size, cases[i].size);
                memset(buf, 0xee, sizeof(buf));
                assert_true(initrd_read(&list, buf, size));
                assert_memory_equal(buf, cases[i].whole, size);
                assert_int_equal(buf[size], 0xee);
                if (size == 0)
                        continue;
                memset(buf, 0xee, sizeof(buf));
                assert_false(initrd_read(&list, buf, size - 1));
                assert_int_equal(buf[0], 0xee);
        }
}

static void the_joined_bytes_come_in_parts_too(void **state) {
        uint8_t buf[32], *p;
        struct span part;
        size_t k;

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                begin(i);
                for (p = buf, k = 0; initrd_part(&list, k, &part); p += part.n, k++)
                        memcpy(p, part.p, part.n);
                assert_int_equal(p - buf, cases[i].size);
                assert_memory_equal(buf, cases[i].whole, cases[i].size);
                assert_int_equal(k, 2 * list.n);
        }
}

static void a_full_list_takes_nothing_more(void **state) {
        (void) state;
        list.n = 0;
        for (size_t i = 0; i < INITRD_PIECES_MAX; i++)
                assert_true(initrd_add(&list, span_of("x")));
        assert_true(initrd_add(&list, span_of("")));
        assert_false(initrd_add(&list, span_of("y")));
        assert_int_equal(list.n, INITRD_PIECES_MAX);
}

/* Only the sum is looked at here, never the bytes. */
static void too_large_for_a_number(void **state) {
        static const uint8_t byte;
        size_t size = 77;

        (void) state;
        list.n = 0;
        assert_true(initrd_add(&list, (struct span) { &byte, SIZE_MAX }));
        assert_true(initrd_size(&list, &size));
        assert_int_equal(size, SIZE_MAX);
        list.piece[0].n = SIZE_MAX - 8;
        assert_true(initrd_add(&list, (struct span) { &byte, 1 }));
        assert_true(initrd_size(&list, &size));
        assert_int_equal(size, SIZE_MAX - 3);
        list.piece[1].n = 5;
        size = 77;
        assert_false(initrd_size(&list, &size));
        assert_false(initrd_read(&list, NULL, SIZE_MAX));
        list.piece[1].n = SIZE_MAX;
        assert_false(initrd_size(&list, &size));
        assert_int_equal(size, 77);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_pieces_are_joined_with_their_padding),
                cmocka_unit_test(the_joined_bytes_come_in_parts_too),
                cmocka_unit_test(a_full_list_takes_nothing_more),
                cmocka_unit_test(too_large_for_a_number),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
