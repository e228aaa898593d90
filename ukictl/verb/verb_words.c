/* SPDX-License-Identifier: BSD-2-Clause */
/* What was typed: where the verb stands among it, and why a word of it is none. */
#include <getopt.h>
#include <string.h>

#include "near.h"
#include "verb/verb_inside.h"

static const struct option_row of_every_verb[] = { OPTIONS_HOST, OPTIONS_END };

/* "--root", "--root=DIR", or the beginning of one, as getopt has it. NULL: it is no option of every verb. */
static const struct option_row *find_row(const char *word) {
        size_t n = strcspn(word, "=");

        if (strncmp(word, "--", 2) != 0 || n <= 2)
                return NULL;
        for (const struct option_row *row = of_every_verb; row->name; row++)
                if (strncmp(row->name, word + 2, n - 2) == 0)
                        return row;
        return NULL;
}

void verb_to_front(int argc, char **argv) {
        int at = 1;

        while (at < argc && argv[at][0] == '-') {
                const struct option_row *row = find_row(argv[at]);

                if (!row)
                        return;
                at += row->value && !strchr(argv[at], '=') ? 2 : 1;
        }
        if (at >= argc)
                return;
        char *verb = argv[at];
        memmove(&argv[2], &argv[1], (size_t) (at - 1) * sizeof(*argv));
        argv[1] = verb;
}

bool verb_wants_json(int argc, char **argv) {
        for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
                if (strcmp(argv[i], "--json") == 0)
                        return true;
        return false;
}

static void say_no_such(const struct option_row *row, const char *word, struct text *why) {
        char buf[64];
        struct text name = TEXT_IN(buf);
        struct span s = { (const uint8_t *) word, strcspn(word, "=") };

        text_bytes(&name, s);
        struct near near = near_begin(s.n > 2 && !name.cut ? buf + 2 : "");
        for (; row->name || row->letter; row++)
                if (row->name && row->kind != OPTION_IGNORED && row->kind != OPTION_REFUSED)
                        near_try(&near, row->name);
        text_quoted(why, s);
        text_str(why, " is no option of this verb");
        if (near.best)
                text_cat(why, ": did you mean \"--", near.best, "\"?", NULL);
}

void verb_say_wrong(const struct option_row *rows, int c, char **argv, struct text *why) {
        /* Behind the last of a word's letters getopt is at the next word already; a long option it has just left. */
        const char *word = argv[optind - 1];
        char letter[] = { '-', (char) optopt, '\0' };
        bool by_letter = optopt > 0 && optopt < VERB_LONG_BASE;

        if (c == '?' && optopt < VERB_LONG_BASE) {
                say_no_such(rows, by_letter ? letter : word, why);
                return;
        }
        text_quoted(why, span_of(by_letter ? letter : word));
        text_str(why, c == ':' ? " wants a value behind it" : " is an option that takes no value");
}

void verb_words_say(struct verb_words *w, const char *word, const char *value) {
        w->v[w->n++] = (char *) word;
        if (value)
                w->v[w->n++] = (char *) value;
        w->v[w->n] = NULL;
}

struct verb_words verb_words_for(const struct host *h, const char *verb) {
        const char *paths[][2] = { { "--root", h->root[0] ? h->root : NULL },
                                   { "--esp-path", h->esp_path },
                                   { "--boot-path", h->boot_path },
                                   { "--efivars", h->efivars_path } };
        struct verb_words w = { .n = 0 };

        verb_words_say(&w, verb, NULL);
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
                if (paths[i][1])
                        verb_words_say(&w, paths[i][0], paths[i][1]);
        if (h->dry_run)
                verb_words_say(&w, "--dry-run", NULL);
        if (h->quiet)
                verb_words_say(&w, "--quiet", NULL);
        return w;
}
