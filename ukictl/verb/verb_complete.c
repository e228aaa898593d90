/* SPDX-License-Identifier: BSD-2-Clause */
/* What may follow the words that were typed: the answer to every shell's question. */
#include <string.h>

#include "judge/pool.h"
#include "judge/survey.h"
#include "path.h"
#include "verb/verb_inside.h"

static const struct option_row of_every_verb[] = { OPTIONS_HOST, OPTIONS_END };

struct question {
        const struct option_row *rows;
        const char *word; /* what there is of the word, behind its "--option=" */
        int argc;         /* all the others */
        char **argv;
};

/* The first line of help is enough for a menu. */
static void offer(const struct question *q, const char *dashes, const char *word, size_t n, const char *help) {
        char buf[256];
        struct text whole = TEXT_IN(buf);

        text_str(&whole, dashes);
        text_bytes(&whole, (struct span) { (const uint8_t *) word, n });
        if (!whole.cut && strncmp(buf, q->word, strlen(q->word)) == 0)
                out_say("%s|%.*s", buf, help ? (int) strcspn(help, "\n") : 0, help ? help : "");
}

static const char *said(const struct question *q, const char *option) {
        size_t n = strlen(option);
        const char *value = NULL;

        for (int i = 0; i < q->argc; i++)
                if (strncmp(q->argv[i], option, n) == 0 && q->argv[i][n] == '=')
                        value = q->argv[i] + n + 1;
                else if (strcmp(q->argv[i], option) == 0 && i + 1 < q->argc)
                        value = q->argv[i + 1];
        return value;
}

static void offer_images(const struct question *q, const struct host *host) {
        struct survey survey;

        survey_read(host, &survey);
        for (size_t i = 0; i < survey.n; i++) {
                const char *name = strrchr(survey.v[i].path, '\\') + 1;

                offer(q, "", name, strlen(name), survey.v[i].on_xbootldr ? "UKI (XBOOTLDR)" : "UKI");
        }
        survey_free(&survey);
}

static void offer_addons(const struct question *q, const char *volume) {
        struct pool pool;

        if (!volume)
                return;
        pool_read(volume, NULL, &pool);
        for (size_t i = 0; i < pool.n; i++)
                offer(q, "", pool.v[i].name, strlen(pool.v[i].name), "addon");
        pool_free(&pool);
}

/* Of the machine that the words name. Why there is nothing to offer is not a shell's to say. */
static void offer_names(const struct question *q, bool images) {
        const char *root = said(q, "--root");
        struct host host = { .root = root ? root : "",
                             .esp_path = said(q, "--esp-path"),
                             .boot_path = said(q, "--boot-path"),
                             .no_variables = true };
        char buf[512];
        struct text ignored = TEXT_IN(buf);

        host_begin(&host);
        if (host_open(&host, &ignored) == EXIT_OK) {
                if (images)
                        offer_images(q, &host);
                else {
                        offer_addons(q, host.esp);
                        offer_addons(q, host.xbootldr);
                }
        }
        host_free(&host);
}

/* By the names that the rows have for what a value may be; files are the shell's to find. */
static void offer_value(const struct question *q, const char *value) {
        for (const char *at = value; *at; at += strspn(at, "|")) {
                size_t n = strcspn(at, "|");
                struct span one = { (const uint8_t *) at, n };

                if (span_eq(one, span_of("UKI")) || span_eq(one, span_of("NAME")))
                        offer_names(q, at[0] == 'U');
                if (span_eq(one, span_of("UKI")) || span_eq(one, span_of("FILE")) || span_eq(one, span_of("PATH")))
                        out_say("|FILE");
                else if (span_eq(one, span_of("DIR")))
                        out_say("|DIR");
                else if (at[0] >= 'a' && at[0] <= 'z')
                        offer(q, "", at, n, NULL);
                at += n;
        }
}

/* The option that waits for the word as its value; NULL: none does. */
static const struct option_row *waiting(const struct question *q) {
        const char *last = q->argc > 0 ? q->argv[q->argc - 1] : "";
        bool in_word = strncmp(q->word, "--", 2) == 0 && strchr(q->word, '=');
        const char *name = in_word ? q->word : last;
        size_t n = in_word ? strcspn(name, "=") : strlen(name);

        for (const struct option_row *row = q->rows; row->name || row->letter; row++) {
                bool by_name = row->name && n > 2 && strncmp(name, "--", 2) == 0 && strlen(row->name) == n - 2 &&
                               strncmp(name + 2, row->name, n - 2) == 0;

                if (row->value && (by_name || (n == 2 && name[0] == '-' && name[1] == row->letter)))
                        return row;
        }
        return NULL;
}

static void offer_options(const struct question *q) {
        for (const struct option_row *row = q->rows; row->name || row->letter; row++) {
                if (!row->name || row->kind > OPTION_CHOICE)
                        continue;
                offer(q, "--", row->name, strlen(row->name), row->help);
                if (row->letter)
                        offer(q, "-", (char[]) { row->letter }, 1, row->help);
        }
        offer(q, "--", "help", 4, "what there is to say");
}

static void offer_verbs(const struct question *q, const struct verb *const *verbs, size_t skip) {
        for (; *verbs; verbs++)
                offer(q, "", (*verbs)->name + skip, strlen((*verbs)->name + skip),
                      (*verbs)->summary ? (*verbs)->summary : (*verbs)->about);
}

/* The verb of a verb that was said. */
static const struct verb *inner(const struct verb *verb, int argc, char **argv) {
        for (const struct verb *const *v = verb->verbs; v && *v; v++)
                for (int i = 0; i < argc; i++)
                        if (strcmp(argv[i], (*v)->name + strlen(verb->name) + 1) == 0)
                                return *v;
        return verb;
}

void verb_complete(const struct verb *const *verbs, const struct verb *verb, int argc, char **argv, const char *word) {
        const struct verb *meant = verb ? inner(verb, argc, argv) : NULL;
        struct question q = { meant && meant->options ? meant->options : of_every_verb, word, argc, argv };
        const struct option_row *row = waiting(&q);

        if (row) {
                q.word = strncmp(word, "--", 2) == 0 ? strchr(word, '=') + 1 : word;
                offer_value(&q, row->value);
        } else if (word[0] == '-')
                offer_options(&q);
        else if (!meant)
                offer_verbs(&q, verbs, 0);
        else if (meant->verbs)
                offer_verbs(&q, meant->verbs, strlen(meant->name) + 1);
        else if (meant->arguments)
                offer_value(&q, meant->arguments);
}
