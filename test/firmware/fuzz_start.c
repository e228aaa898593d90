/* SPDX-License-Identifier: BSD-2-Clause */
/* Random machines, started twice, under the oracle of judge.c: any bytes are a machine (random.c). Seeds:
 * test/fuzz/seeds_start.c. */
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct machine *m = machine_random(data, size);

        for (unsigned boot = 0; boot < 2; boot++) {
                const char *why;

                machine_start(m);
                why = machine_judge(m);
                if (why) {
                        fprintf(stderr, "boot %u: %s\n--- screen\n%s\n--- status\n%s\n", boot, why, m->screen, m->child.status);
                        abort();
                }
                machine_power_cycle(m);
        }
        machine_free(m);
        return 0;
}
