/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds for fuzz_start, whose every input is a machine: bytes of a generator, short and long. make_seeds calls this. */
#include <stdio.h>
#include <sys/stat.h>

void seeds_start(const char *dir);

void seeds_start(const char *dir) {
        unsigned long long state = 7;
        char path[4096];

        (void) snprintf(path, sizeof(path), "%s/fuzz_start", dir);
        (void) mkdir(path, 0777);
        for (unsigned i = 0; i < 64; i++) {
                FILE *file;

                (void) snprintf(path, sizeof(path), "%s/fuzz_start/machine-%u", dir, i);
                file = fopen(path, "wb");
                if (!file)
                        return;
                for (unsigned n = 8 + 2 * i; n > 0; n--) {
                        state = state * 6364136223846793005u + 1442695040888963407u;
                        (void) fputc((int) (state >> 56), file);
                }
                (void) fclose(file);
        }
}
