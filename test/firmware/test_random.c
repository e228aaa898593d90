/* SPDX-License-Identifier: BSD-2-Clause */
/* Random machines, the same ones each time; fuzz_start looks for others. */
#include <stdio.h>

#include "machine.h"

#define MACHINES 3000u

static void the_oracle_holds_for_random_machines(void **state) {
        uint64_t seed = 1;
        unsigned started = 0;

        (void) state;
        for (unsigned i = 0; i < MACHINES; i++) {
                uint8_t bytes[160];
                struct machine *m;
                const char *why;

                for (size_t k = 0; k < sizeof(bytes); k++) {
                        seed = seed * 6364136223846793005u + 1442695040888963407u;
                        bytes[k] = (uint8_t) (seed >> 56);
                }
                m = machine_random(bytes, sizeof(bytes));
                for (unsigned boot = 0; boot < 2; boot++) { /* and once more, with what the first left behind */
                        machine_start(m);
                        why = machine_judge(m);
                        if (why)
                                fail_msg("machine %u, boot %u: %s\n--- screen\n%s\n--- status\n%s", i, boot, why, m->screen,
                                         m->child.status);
                        started += m->n_started;
                        machine_power_cycle(m);
                }
                machine_free(m);
        }
        print_message("# %u of %u starts started something\n", started, 2 * MACHINES);
        assert_true(started > MACHINES / 3);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(the_oracle_holds_for_random_machines) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
