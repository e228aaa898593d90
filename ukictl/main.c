/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl: what firmware will do with a unified kernel image, said on the host. */
#include <stdio.h>
#include <string.h>

#include "letters.h"
#include "out.h"
#include "ukictl.h"

#ifndef UKILOAD_VERSION
#define UKILOAD_VERSION "unknown"
#endif

static const struct verb {
        const char *name;
        int (*run)(int argc, char **argv);
        const char *summary;
} verbs[] = {
        { "load", verb_load, "check a UKI as firmware will, and arm one boot of it (-l)" },
        { "exec", verb_exec, "reboot into what is armed (-e)" },
        { "run", verb_run, "load and exec in one (-f)" },
        { "unload", verb_unload, "take back what is armed (-u)" },
        { "status", verb_status, "what is armed, and what became of the last reload (-S)" },
        { "confirm", verb_confirm, "record that this reload is good" },
        { "list", verb_list, "UKIs and addons, each with its verdict" },
        { "install", verb_install, "put ukiload on the ESP, with its one boot entry" },
        { "remove", verb_remove, "take ukiload off the machine" },
        { "plan", verb_plan, "print what ukiload would start, with which command line, and why" },
        { "predict", verb_predict, "print the PCR values that a plan will produce" },
        { "verify", verb_verify, "check images and addons as firmware will: format, signature, SBAT" },
        { "policy", verb_policy, "check, lint, embed, suggest or show a policy" },
        { "kexec", verb_kexec, "whether kexec and systemctl kexec take UKIs through firmware" },
        { "addon", verb_addon, "write an addon, signed if a key is given" },
};

static void help(void) {
        puts("usage: ukictl VERB [OPTION]... [ARGUMENT]...\n");
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
                out_say("  %-8s %s", verbs[i].name, verbs[i].summary);
        puts("\nEach verb knows --help and --json.\n"
             "Exit codes: 0 ok, 1 failure, 2 usage, 3 nothing armed, 4 not root, 5 format,\n"
             "6 signature or SBAT, 7 policy, or a request that does not hold, 8 no firmware,\n"
             "ESP or entry, 9 NVRAM, 10 armed by somebody else, 11 the next boot is not ours.");
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
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
                help();
                return EXIT_OK;
        }
        if (strcmp(argv[1], "--version") == 0) {
                puts("ukictl " UKILOAD_VERSION);
                return EXIT_OK;
        }
        const char *asked = letters_verb(&argc, argv);
        if (!asked) {
                asked = argv[1];
                argv++;
                argc--;
        }
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                if (strcmp(asked, verbs[i].name) != 0)
                        continue;
                char name[64];
                snprintf(name, sizeof(name), "ukictl %s", verbs[i].name);
                argv[0] = name;
                return verbs[i].run(argc, argv);
        }
        out_warn("there is no verb \"%s\"; see ukictl --help", asked);
        return EXIT_USAGE;
}
