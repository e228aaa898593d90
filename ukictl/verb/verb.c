/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of a verb: its options into what it works on, what it needs looked for, its sentence said. */
#include "verb/verb_inside.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"

#define ROWS_MAX 40u

static bool is_end(const struct option_row *row) {
        return !row->name && !row->letter;
}

static const struct option_row *row_of(const struct option_row *row, int c) {
        if (c >= VERB_LONG_BASE)
                return row + (c - VERB_LONG_BASE);
        while (!is_end(row) && row->letter != c)
                row++;
        return is_end(row) ? NULL : row;
}

/* 1 for the first of "this|that"; 0: none of them. */
static int choice(const char *choices, const char *arg) {
        int n = 1;

        for (const char *at = choices; *at; n++) {
                size_t len = strcspn(at, "|");

                if (strlen(arg) == len && memcmp(at, arg, len) == 0)
                        return n;
                at += len + (at[len] == '|');
        }
        return 0;
}

static bool take_choice(const struct option_row *row, int *to, const char *arg, struct text *why) {
        *to = choice(row->value, arg);
        if (*to)
                return true;
        text_cat(why, "--", row->name, " \"", arg, "\" is no value that it takes: say one of \"", row->value, "\"", NULL);
        return false;
}

static bool take_one_more(const struct option_row *row, struct option_list *to, const char *arg, struct text *why) {
        if (to->n < OPTION_LIST_MAX) {
                to->v[to->n++] = arg;
                return true;
        }
        text_str(why, "more than " LIMIT_TEXT(OPTION_LIST_MAX) " --");
        text_cat(why, row->name, ": leave some out", NULL);
        return false;
}

static bool take(const struct option_row *row, bool by_letter, void *job, const char *arg, struct text *why) {
        char *at = (char *) job + row->at;

        switch (row->kind) {
        case OPTION_FLAG: *(bool *) at = true; return true;
        case OPTION_ALIAS:
        case OPTION_TEXT: *(const char **) (void *) at = arg; return true;
        case OPTION_LIST: return take_one_more(row, (struct option_list *) (void *) at, arg, why);
        case OPTION_CHOICE: return take_choice(row, (int *) (void *) at, arg, why);
        case OPTION_IGNORED: return true;
        case OPTION_REFUSED: break;
        }
        text_cat(why, by_letter ? "-" : "--", by_letter ? (char[]) { row->letter, '\0' } : row->name, ": ", row->help, NULL);
        return false;
}

/* The rows as getopt has them. */
static void for_getopt(const struct option_row *row, struct option *options, char *letters) {
        size_t n = 0;
        int at = VERB_LONG_BASE;

        *letters++ = ':'; /* a missing value is told from an unknown option */
        *letters++ = 'h';
        for (; !is_end(row) && n < ROWS_MAX; row++, at++) {
                if (row->name)
                        options[n++] = (struct option) { row->name, row->value ? required_argument : no_argument, NULL, at };
                if (row->letter) {
                        *letters++ = row->letter;
                        if (row->value)
                                *letters++ = ':';
                }
        }
        *letters = '\0';
        options[n++] = (struct option) { "help", no_argument, NULL, 'h' };
        options[n] = (struct option) { NULL, 0, NULL, 0 };
}

enum parsed { PARSED, PARSED_HELP, PARSED_WRONG };

/* PARSED_WRONG: why has the sentence. */
static enum parsed parse_rows(const struct option_row *rows, struct call *call, int argc, char **argv, struct text *why) {
        struct option options[ROWS_MAX + 2];
        char letters[3 * ROWS_MAX + 3];

        for_getopt(rows, options, letters);
        optind = 0; /* from the first word on, whoever was called before */
        opterr = 0;
        for (int c; (c = getopt_long(argc, argv, letters, options, NULL)) != -1;) {
                const struct option_row *row = c == 'h' || c == '?' || c == ':' ? NULL : row_of(rows, c);

                if (c == 'h')
                        return PARSED_HELP;
                if (!row) {
                        verb_say_wrong(rows, c, argv, why);
                        text_cat(why, "; see ", argv[0], " --help", NULL);
                }
                if (!row || !take(row, c < VERB_LONG_BASE, call, optarg, why))
                        return PARSED_WRONG;
        }
        call->args = argv + optind;
        call->n_args = (size_t) (argc - optind);
        return PARSED;
}

bool verb_options(const struct option_row *rows, struct call *call, int argc, char *const *argv) {
        size_t size = ((size_t) argc + 1) * sizeof(*argv);
        char **words = need(size); /* getopt sorts them, for the life of the program */
        char buf[256];
        struct text ignored = TEXT_IN(buf);

        memcpy(words, argv, size);
        return parse_rows(rows, call, argc, words, &ignored) == PARSED;
}

static enum parsed parse(const struct verb *verb, struct call *call, int argc, char **argv, struct text *why) {
        enum parsed parsed = parse_rows(verb->options, call, argc, argv, why);

        if (parsed != PARSED)
                return parsed;
        if (call->n_args < verb->least || call->n_args > verb->most) {
                text_cat(why, verb->miscounted, "; see ", argv[0], " --help", NULL);
                return PARSED_WRONG;
        }
        /* A script's variable that is not set: this machine was not meant. */
        if (call->host.root && !*call->host.root) {
                text_str(why, "--root names no folder: say one, or leave --root out for this system");
                return PARSED_WRONG;
        }
        if (call->host.all_esps && call->host.esp_path) {
                text_str(why, "--all-esps and --esp-path do not go together: all of them, or the one that is named");
                return PARSED_WRONG;
        }
        return !verb->holds || verb->holds(call, why) ? PARSED : PARSED_WRONG;
}

static int work(const struct verb *verb, struct call *call, int argc, char **argv) {
        char buf[VERB_WHY_MAX];
        struct text why = TEXT_IN(buf);
        enum parsed parsed = parse(verb, call, argc, argv, &why);

        if (parsed == PARSED_HELP) {
                verb_help(verb, "usage: ");
                return EXIT_OK;
        }
        if (parsed == PARSED_WRONG)
                return verb_fail(call->host.json || verb_wants_json(argc, argv), EXIT_USAGE, &why);
        host_begin(&call->host);
        out_quiet(call->host.quiet);
        return call->host.all_esps && !verb->all_at_once ? verb_on_each_esp(verb, call) : verb_work(verb, call);
}

static bool is_help(const char *word) {
        return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* The one of its verbs that is called; NULL: something else was said, and *ret_code is the answer. */
static const struct verb *choose(const struct verb *verb, int argc, char **argv, int *ret_code) {
        const char *asked = argc >= 2 ? argv[1] : NULL;
        struct near near = near_begin(asked ? asked : "");
        char buf[256];
        struct text why = TEXT_IN(buf);

        *ret_code = EXIT_OK;
        if (asked && is_help(asked)) {
                verb_help(verb, "usage: ");
                return NULL;
        }
        text_cat(&why, "\"", verb->name, "\" wants a verb behind it: ", NULL);
        for (const struct verb *const *v = verb->verbs; *v; v++) {
                const char *name = (*v)->name + strlen(verb->name) + 1;

                if (asked && strcmp(asked, name) == 0)
                        return *v;
                near_try(&near, name);
                text_cat(&why, v == verb->verbs ? "" : v[1] ? ", " : " or ", name, NULL);
        }
        if (near.best)
                text_cat(&why, "; did you mean \"", near.best, "\"?", NULL);
        *ret_code = out_fail(verb_wants_json(argc, argv), EXIT_USAGE, "%s; see %s --help", buf, argv[0]);
        return NULL;
}

static int call_verb(const struct verb *verb, int argc, char **argv) {
        struct call *call = need(verb->size);

        memset(call, 0, verb->size);
        if (verb->begin)
                verb->begin(call);
        int r = work(verb, call, argc, argv);
        if (verb->finish)
                verb->finish(call);
        host_free(&call->host);
        free(call);
        return r;
}

int verb_main(const struct verb *verb, int argc, char **argv) {
        int r;

        if (!verb->verbs)
                return call_verb(verb, argc, argv);
        verb_to_front(argc, argv);
        if (verb->unnamed && argc >= 2 && argv[1][0] == '-' && !is_help(argv[1]))
                return call_verb(verb->unnamed, argc, argv);
        const struct verb *chosen = choose(verb, argc, argv, &r);
        if (!chosen)
                return r;
        static char name[64]; /* as long as argv */
        snprintf(name, sizeof(name), "ukictl %s", chosen->name);
        argv[1] = name;
        return call_verb(chosen, argc - 1, argv + 1);
}
