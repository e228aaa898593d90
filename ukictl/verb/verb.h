/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb of ukictl: what it takes, what it says of itself, what it does. Parsing, --help and completion read the same rows. A new
 * verb is a file with a struct verb in it, and a row in VERBS. */
#pragma once

#include "host/host.h"
#include "out.h"

/* clang-format off */
/* In the order of `ukictl --help`. */
#define VERBS(row)                                                                                          \
        row(load) row(exec) row(run) row(unload) row(status) row(confirm) row(list) row(install) row(update) \
        row(remove) row(plan) row(predict) row(verify) row(policy) row(kexec) row(addon) row(kdump)
/* clang-format on */

/* What a verb is called with; the first member of what it works on. */
struct call {
        struct host host;
        char **args; /* what is no option */
        size_t n_args;
};

#define OPTION_LIST_MAX 64
struct option_list {
        const char *v[OPTION_LIST_MAX];
        size_t n;
};

enum option_kind {
        OPTION_FLAG,   /* bool */
        OPTION_TEXT,   /* const char * */
        OPTION_LIST,   /* struct option_list */
        OPTION_CHOICE, /* int: 1 is the first of value; 0: not given */
        /* not offered: */
        OPTION_ALIAS,   /* text */
        OPTION_IGNORED, /* kexec's, and means nothing here */
        OPTION_REFUSED, /* kexec's; help is the reason */
};

struct option_row {
        const char *name;
        char letter; /* 0: none */
        enum option_kind kind;
        const char *value; /* "FILE", "DIR", "NAME"; what may be chosen, "this|that"; NULL: takes none */
        size_t at;         /* of what it sets, in what the verb works on */
        const char *help;  /* lines; NULL: its name is enough, at the end of --help */
};

/* clang-format off */
#define OPTION(kind, type, member, name, value, help) { name, 0, OPTION_##kind, value, offsetof(type, member), help }
#define OPTION_LETTER(letter, kind, type, member, name, value, help) \
        { name, letter, OPTION_##kind, value, offsetof(type, member), help }
#define OPTION_OF_CALL(kind, member, name, value, help) OPTION(kind, struct call, member, name, value, help)
#define OPTION_JSON OPTION_OF_CALL(FLAG, host.json, "json", NULL, NULL)
/* Of every verb that works on the machine. */
#define OPTIONS_HOST                                                     \
        OPTION_OF_CALL(TEXT, host.esp_path, "esp-path", "DIR", NULL),    \
        OPTION_OF_CALL(TEXT, host.boot_path, "boot-path", "DIR", NULL),  \
        OPTION_OF_CALL(TEXT, host.efivars_path, "efivars", "DIR", NULL), \
        OPTION_OF_CALL(TEXT, host.root, "root", "DIR", NULL),            \
        OPTION_OF_CALL(FLAG, host.dry_run, "dry-run", NULL, NULL),       \
        OPTION_OF_CALL(FLAG, host.quiet, "quiet", NULL, NULL),           \
        OPTION_JSON
/* Of those that do the same on each ESP, if that is asked for. */
#define OPTION_ALL_ESPS(help) OPTION_OF_CALL(FLAG, host.all_esps, "all-esps", NULL, help)
#define DO_IT_ON_EACH "do it on each ESP of the machine: those of /etc/fstab too"
#define OPTION_KEXEC(letter, name, value) { name, letter, OPTION_IGNORED, value, 0, NULL }
#define OPTION_KEXEC_TEXT(name, type, member) { name, 0, OPTION_ALIAS, "TEXT", offsetof(type, member), NULL }
#define OPTION_NOT_HERE(letter, name, value, why) { name, letter, OPTION_REFUSED, value, 0, why }
#define OPTIONS_END { .name = NULL }
/* clang-format on */

/* What is looked for before a verb runs, in this order; each with all before it. */
enum verb_needs { NEEDS_NOTHING, NEEDS_HOST, NEEDS_ESP };

/* .miscounted of those that want one. */
#define VERB_ONE_UKI "name one UKI, or none"

struct verb {
        const char *name, *summary; /* summary: a line of `ukictl --help` */
        const char *usage;          /* what follows the name */
        const char *about;          /* lines of --help before the options */
        const char *end;            /* and after them: exit codes */
        const struct option_row *options;
        const char *arguments;  /* for completion: what they are, as option_row.value; NULL: nothing that can be offered */
        size_t least, most;     /* arguments */
        const char *miscounted; /* the sentence, if they are fewer or more */
        bool writes;            /* so that it is root's to do */
        enum verb_needs needs;
        bool all_at_once; /* with --all-esps it looks at each ESP itself, for most of what it says is the machine's */
        bool files_alone; /* below --root variables need not be there: a system that is being built has none */
        size_t size;      /* of what it works on; begins as zeros */
        void (*begin)(void *job);
        bool (*holds)(const void *job,
                      struct text *why); /* that the options go together, else a sentence of usage; NULL: they do */
        /* EXIT_OK, or a sentence in why; without one the code alone is the answer. */
        enum exit_code (*run)(void *job, struct text *why);
        void (*finish)(void *job);       /* what begin and run left; also after a failure */
        const struct verb *const *verbs; /* of its own, until NULL: then it has options and run by them */
        const struct verb *unnamed;      /* which of those is meant where an option stands in its place; NULL: none */
};

#define VERB_DECLARE(name) extern const struct verb verb_##name;
VERBS(VERB_DECLARE)

#define VERB_WHY_MAX 16384 /* bytes of a sentence: a path three times */
/* verb/verb_work.c. Says why, if it is a sentence: one that has a hole, for what it names does not fit, is none. Returns code. */
int verb_fail(bool json, enum exit_code code, struct text *why);
/* argv[0]: the verb's name. Returns an exit code. */
int verb_main(const struct verb *verb, int argc, char **argv);
/* verb/verb_words.c: options of every verb may stand before it: `ukictl --root DIR list`. The first word that is none goes to
 * argv[1], and they behind it. */
void verb_to_front(int argc, char **argv);
/* For what fails before options are read. */
bool verb_wants_json(int argc, char **argv);
/* Of the words of another program only the options; argv is left as it is. False: one of them has no row, and nothing is said. */
bool verb_options(const struct option_row *rows, struct call *call, int argc, char *const *argv);
/* ukictl under the name kexec; argv as kexec got it. Returns an exit code. */
int kexec_main(int argc, char **argv);
/* The words by which one verb calls another on the same machine. */
#define VERB_WORDS_MAX 24
struct verb_words {
        char *v[VERB_WORDS_MAX]; /* room for all that is ever said, and NULL */
        int n;
};
struct verb_words verb_words_for(const struct host *h, const char *verb);
void verb_words_say(struct verb_words *w, const char *word, const char *value);
/* verb/verb_help.c: what the rows say; before stands in front of the first line. */
void verb_help(const struct verb *verb, const char *before);
/* verb/verb_complete.c, for the shells: a line "WORD|HELP" for each word that may stand where `word` (what there is of it) is
 * typed, after argv; no name on a FAT has this bar in it. "|FILE" and "|DIR" stand for files and folders. verb: what argv asks
 * for; NULL: one of verbs may follow. */
void verb_complete(const struct verb *const *verbs, const struct verb *verb, int argc, char **argv, const char *word);
