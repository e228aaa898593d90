/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl: what firmware will do with a unified kernel image, said on the host. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "letters.h"
#include "near.h"
#include "verb/verb.h"

#ifndef UKILOAD_VERSION
#define UKILOAD_VERSION "unknown"
#endif

#define POINT(name) &verb_##name,
static const struct verb *const verbs[] = { VERBS(POINT) NULL };
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]) - 1)

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

static int unknown(const char *asked, bool json) {
        struct near near = near_begin(asked);

        for (size_t i = 0; i < N_VERBS; i++)
                near_try(&near, verbs[i]->name);
        if (near.best)
                return out_fail(json, EXIT_USAGE, "there is no verb \"%s\": did you mean \"%s\"?", asked, near.best);
        return out_fail(json, EXIT_USAGE,
                        asked[0] == '-' ? "\"%s\" is no option that can stand alone; see ukictl --help"
                                        : "there is no verb \"%s\"; see ukictl --help",
                        asked);
}

static int run(const char *asked, int argc, char **argv) {
        for (size_t i = 0; i < N_VERBS; i++) {
                static char name[64]; /* as long as argv */

                if (strcmp(asked, verbs[i]->name) != 0)
                        continue;
                snprintf(name, sizeof(name), "ukictl %s", verbs[i]->name);
                argv[0] = name;
                return verb_main(verbs[i], argc, argv);
        }
        return unknown(asked, verb_wants_json(argc, argv));
}

/* "help VERB...": argv has room for what is appended, for "help" has gone. */
static int help_of(int argc, char **argv) {
        static char asked[] = "--help";

        argv[argc] = asked;
        return run(argv[1], argc, argv + 1);
}

static bool is_one_of(const char *word, const char *const *words) {
        while (*words && strcmp(word, *words) != 0)
                words++;
        return *words != NULL;
}

static int dispatch(int argc, char **argv) {
        static const char *const help_words[] = { "--help", "-h", NULL }, *const version_words[] = { "--version", "-v", "-V",
                                                                                                     NULL };

        if (is_one_of(argv[1], help_words) || (argc == 2 && strcmp(argv[1], "help") == 0))
                return help();
        if (strcmp(argv[1], "help") == 0)
                return help_of(argc - 1, argv + 1);
        if (is_one_of(argv[1], version_words)) {
                puts("ukictl " UKILOAD_VERSION);
                return EXIT_OK;
        }
        verb_to_front(argc, argv);
        const char *asked = letters_verb(&argc, argv);
        return asked ? run(asked, argc, argv) : run(argv[1], argc - 1, argv + 1);
}

/* bash cuts "--option=value" into three words. */
static int join(int argc, char **argv) {
        int n = 1;

        for (int i = 1; i < argc; i++) {
                bool cut = n > 1 && strcmp(argv[i], "=") == 0 && strncmp(argv[n - 1], "--", 2) == 0;
                char *whole = NULL;

                if (cut && asprintf(&whole, "%s=%s", argv[n - 1], i + 1 < argc ? argv[i + 1] : "") >= 0) {
                        argv[n - 1] = whole; /* for the life of the program */
                        i++;
                } else
                        argv[n++] = argv[i];
        }
        return n;
}

/* argv: "--complete", the words that were typed, and what there is of the next one. */
static int complete(int argc, char **argv) {
        const struct verb *verb = NULL;
        int n = join(argc, argv);
        const char *word = n > 1 ? argv[--n] : "";

        verb_to_front(n, argv);
        const char *asked = letters_verb(&n, argv);
        int at = asked ? 1 : 2;
        if (!asked && n > 1)
                asked = argv[1];
        for (size_t i = 0; asked && i < N_VERBS; i++)
                if (strcmp(asked, verbs[i]->name) == 0)
                        verb = verbs[i];
        verb_complete(verbs, verb, verb ? n - at : n - 1, verb ? argv + at : argv + 1, word);
        return EXIT_OK;
}

static bool is_named(const char *path, const char *name) {
        const char *slash = path ? strrchr(path, '/') : NULL;

        return path && strcmp(slash ? slash + 1 : path, name) == 0;
}

/* What is asked for is often a text, for a file: one that did not come to it must not look like success. Whoever has closed the
 * output wants none. */
static int printed(int code) {
        errno = 0;
        if (fflush(stdout) == 0 && !ferror(stdout))
                return code;
        if (code != EXIT_OK || errno == EBADF)
                return code;
        return out_fail(false, EXIT_FAILED, "what was to be printed could not be written: %s; what was to be done is done",
                        strerror(errno));
}

int main(int argc, char **argv) {
        if (is_named(argv[0], "kexec"))
                return kexec_main(argc, argv);
        if (argc < 2) {
                fputs("ukictl: no verb given; see ukictl --help\n", stderr);
                return EXIT_USAGE;
        }
        if (strcmp(argv[1], "--complete") == 0) /* for completion/ */
                return complete(argc - 1, argv + 1);
        return printed(dispatch(argc, argv));
}
