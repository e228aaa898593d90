/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl: what firmware will do with a unified kernel image, said on the host. */
#include <stdio.h>
#include <string.h>

#include "letters.h"
#include "verb/verb.h"

#ifndef UKILOAD_VERSION
#define UKILOAD_VERSION "unknown"
#endif

#define POINT(name) &verb_##name,
static const struct verb *const verbs[] = { VERBS(POINT) };
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int help(void) {
        puts("usage: ukictl VERB [OPTION]... [ARGUMENT]...\n");
        for (size_t i = 0; i < N_VERBS; i++)
                out_say("  %-8s %s", verbs[i]->name, verbs[i]->summary);
        puts("\nEach verb knows --help and --json.\n"
             "Exit codes: 0 ok, 1 failure, 2 usage, 3 nothing armed, 4 not root, 5 format,\n"
             "6 signature or SBAT, 7 policy, or a request that does not hold, 8 no firmware,\n"
             "ESP or entry, 9 NVRAM, 10 armed by somebody else, 11 the next boot is not ours.");
        return EXIT_OK;
}

static int complete(void) {
        for (size_t i = 0; i < N_VERBS; i++) {
                out_say(". %s ", verbs[i]->name);
                verb_complete(verbs[i]);
        }
        return EXIT_OK;
}

static int run(const char *asked, int argc, char **argv) {
        for (size_t i = 0; i < N_VERBS; i++) {
                char name[64];

                if (strcmp(asked, verbs[i]->name) != 0)
                        continue;
                snprintf(name, sizeof(name), "ukictl %s", verbs[i]->name);
                argv[0] = name;
                return verb_main(verbs[i], argc, argv);
        }
        out_warn("there is no verb \"%s\"; see ukictl --help", asked);
        return EXIT_USAGE;
}

static bool is_named(const char *path, const char *name) {
        const char *slash = path ? strrchr(path, '/') : NULL;

        return path && strcmp(slash ? slash + 1 : path, name) == 0;
}

int main(int argc, char **argv) {
        if (is_named(argv[0], "kexec"))
                return kexec_main(argc, argv);
        if (argc < 2) {
                fputs("ukictl: no verb given; see ukictl --help\n", stderr);
                return EXIT_USAGE;
        }
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
                return help();
        if (strcmp(argv[1], "--complete") == 0) /* for completion/ */
                return complete();
        if (strcmp(argv[1], "--version") == 0) {
                puts("ukictl " UKILOAD_VERSION);
                return EXIT_OK;
        }
        const char *asked = letters_verb(&argc, argv);
        return asked ? run(asked, argc, argv) : run(argv[1], argc - 1, argv + 1);
}
