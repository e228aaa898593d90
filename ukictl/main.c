/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl: what firmware will do with a unified kernel image, said on the host. */
#include <stdio.h>
#include <string.h>

#include "ukictl.h"

#ifndef UKILOAD_VERSION
#define UKILOAD_VERSION "unknown"
#endif

static const struct verb {
        const char *name;
        int (*run)(int argc, char **argv);
        const char *summary;
} verbs[] = {
        { "plan", verb_plan, "print what ukiload would start, with which command line, and why" },
        { "predict", verb_predict, "print the PCR values that a plan will produce" },
        { "verify", verb_verify, "check images and addons as firmware will: format, signature, SBAT" },
        { "policy", verb_policy, "check, lint, embed, suggest or show a policy" },
        { "addon", verb_addon, "write an addon, signed if a key is given" },
};

static void help(void) {
        puts("usage: ukictl VERB [OPTION]... [ARGUMENT]...\n");
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
                printf("  %-8s %s\n", verbs[i].name, verbs[i].summary);
        puts("\nEach verb knows --help and --json.\n"
             "Exit codes: 0 ok, 1 failure, 2 usage, 5 image refused (format), 6 signature or SBAT refused,\n"
             "7 refused by policy, or the request does not hold.");
}

int main(int argc, char **argv) {
        if (argc < 2) {
                fputs("ukictl: no verb given; see ukictl --help\n", stderr);
                return EXIT_USAGE;
        }
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
                help();
                return EXIT_OK;
        }
        if (strcmp(argv[1], "--version") == 0) {
                puts("ukictl " UKILOAD_VERSION);
                return EXIT_OK;
        }
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                if (strcmp(argv[1], verbs[i].name) != 0)
                        continue;
                char name[64];
                snprintf(name, sizeof(name), "ukictl %s", verbs[i].name);
                argv[1] = name;
                return verbs[i].run(argc - 1, argv + 1);
        }
        fprintf(stderr, "ukictl: there is no verb \"%s\"; see ukictl --help\n", argv[1]);
        return EXIT_USAGE;
}
