/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ring.h"

/* `tail` entries and then `round` again and again: after how many it is seen. 0: not within `most`. */
static uint32_t seen_after(uint32_t tail, uint32_t round, uint32_t most) {
        struct ring r = { 0 };

        for (uint32_t i = 0; i < most; i++) {
                uint32_t entry = i < tail ? i : tail + (i - tail) % round;

                if (ring_closes(&r, (struct span) { (const uint8_t *) &entry, sizeof(entry) }))
                        return i;
        }
        return 0;
}

static void a_ring_is_seen_within_three_rounds_wherever_it_begins(void **state) {
        (void) state;
        for (uint32_t tail = 0; tail < 70; tail++)
                for (uint32_t round = 1; round < 70; round++) {
                        uint32_t after = seen_after(tail, round, 1000);

                        assert_true(after >= tail + round);
                        assert_true(after <= 3 * (tail + round));
                }
}

static void a_list_whose_entries_all_differ_is_none(void **state) {
        (void) state;
        assert_int_equal(seen_after(65536, 1, 65536), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_ring_is_seen_within_three_rounds_wherever_it_begins),
                cmocka_unit_test(a_list_whose_entries_all_differ_is_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
