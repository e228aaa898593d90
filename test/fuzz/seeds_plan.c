/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds for fuzz_plan; see there for the parts. make_seeds calls this. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void seeds_plan(const char *dir);

/* clang-format off */
#define SEED(text) { text, sizeof(text) - 1 }
/* clang-format on */
#define POLICY "@version 1\nquiet\ndebug\ncrashkernel=*\nloglevel=? unsigned\n"

static const struct {
        char text[400];
        size_t n;
        /* clang-format off */
} seeds[] = {
        /* stub 257; an addon of each origin */
        SEED("\x40\x9d" POLICY "\0" "\0" "root=a\0" "ukiload.addon=d\0" "\x80quiet\0" "\x01" "debug\0" "\x02" "crashkernel=1M"),
        /* a word before `--`, unsigned words, kernel handoff */
        SEED("\x42\x9d" POLICY "\0" "@version 1\nquiet\nloglevel=?\n@handoff kernel\n\0"
             "root=a -- b\0" "loglevel=7\0" "\x40quiet"),
        /* stub 252, with and without what can be done */
        SEED("\x42\x98" POLICY "\0" "\0" "root=a\0" "\0" "\x40quiet"),
        SEED("\x40\x98" POLICY "\0" "\0" "root=a\0" "ukiload.handoff=stub\0" "\x40quiet"),
        /* sections, abort, untrusted */
        SEED("\x48\x9d" POLICY "@allow-sections .initrd .dtb\n@on-violation abort\n\0" "\0"
             "root=a\0" "\0" "\x44quiet\0" "\x51" "debug"),
        /* profiles, pins, requests off */
        SEED("\x60\x9d" POLICY "\0" "\0" "root=a\0" "@1 ukiload.id=x\0"),
        SEED("\x40\x9d" POLICY "@requests off\n@require audit=1\n\0" "\0" "root=a audit=1\0" "quiet\0" "\xc0quiet"),
};
/* clang-format on */

void seeds_plan(const char *dir) {
        char path[4096];

        (void) snprintf(path, sizeof(path), "%s/fuzz_plan", dir);
        (void) mkdir(path, 0777);
        for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
                (void) snprintf(path, sizeof(path), "%s/fuzz_plan/plan-%zu", dir, i);
                FILE *file = fopen(path, "wb");
                if (!file)
                        continue;
                (void) fwrite(seeds[i].text, 1, seeds[i].n, file);
                (void) fclose(file);
        }
}
