/* SPDX-License-Identifier: BSD-2-Clause */
#include "letters.h"

#include <stddef.h>
#include <string.h>

static const struct letter {
        char letter;
        const char *name, *verb;
} letters[] = {
        /* kexec -S -l asks for the status of what -l loaded, and -e -f is -e in a hurry: the first that is there decides */
        { 'S', "--status", "status" }, { 'u', "--unload", "unload" }, { 'e', "--exec", "exec" },
        { 'f', "--force", "run" },     { 'l', "--load", "load" },     { 'p', "--load-panic", "load" },
};

/* "-l", or "-la" among letters without a value. */
static bool has_letter(const char *word, char letter) {
        return word[0] == '-' && word[1] != '-' && strspn(word + 1, "SufleasidxypchV") == strlen(word + 1) &&
               strchr(word + 1, letter);
}

static void drop(int *argc, char **argv, int at) {
        memmove(&argv[at], &argv[at + 1], (size_t) (*argc - at) * sizeof(*argv));
        (*argc)--;
}

/* Takes the letter out of its word, or the whole word. */
static void take_out(int *argc, char **argv, int at, char letter) {
        char *where = argv[at][1] == '-' ? NULL : strchr(argv[at] + 1, letter);

        if (where && argv[at][2])
                memmove(where, where + 1, strlen(where));
        else
                drop(argc, argv, at);
}

static int find(int argc, char **argv, const struct letter *l) {
        for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
                if (strcmp(argv[i], l->name) == 0 || has_letter(argv[i], l->letter))
                        return i;
        return 0;
}

bool letters_load_alone(int argc, char **argv) {
        int f = find(argc, argv, &letters[3]), l = find(argc, argv, &letters[4]);

        return l > 0 && (l > f || (l == f && strchr(argv[l], 'l') > strchr(argv[f], 'f')));
}

static const char *load_or_run(int *argc, char **argv) {
        const struct letter *force = &letters[3], *load = &letters[4];
        bool loads = letters_load_alone(*argc, argv);
        int f = find(*argc, argv, force);

        if (f > 0)
                take_out(argc, argv, f, force->letter);
        int l = find(*argc, argv, load);
        if (l > 0)
                take_out(argc, argv, l, load->letter);
        return loads ? load->verb : force->verb;
}

const char *letters_verb(int *argc, char **argv) {
        static char status[] = "-S";

        if (*argc < 2 || argv[1][0] != '-')
                return NULL;
        for (size_t k = 0; k < sizeof(letters) / sizeof(letters[0]); k++) {
                int i = find(*argc, argv, &letters[k]);

                if (i == 0)
                        continue;
                /* Who uses kexec's letter expects kexec's exit code. */
                if (strchr("fl", letters[k].letter))
                        return load_or_run(argc, argv);
                if (letters[k].letter == 'S')
                        argv[i] = argv[i][1] == '-' ? status : argv[i];
                else if (letters[k].letter != 'p') /* which load refuses, and says why */
                        take_out(argc, argv, i, letters[k].letter);
                return letters[k].verb;
        }
        return NULL;
}
