/* SPDX-License-Identifier: BSD-2-Clause */
/* --append and --reuse-cmdline: each word comes from a signed addon that says just that, or as an unsigned word that the policy
 * lets through, or not at all. Every try is a whole plan, so that nothing is promised that firmware would refuse. */
#include "verb/load_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"

/* Of a running command line, what belongs to how it was booted and not to the kernel. */
static bool is_loaders(struct span name) {
        return span_eq_str(name, "BOOT_IMAGE") || span_eq_str(name, "initrd");
}

static enum exit_code want(struct load_job *job, struct span line, bool must, struct text *why) {
        struct cmdline_word word;

        while (cmdline_next(&line, &word)) {
                if (!must && is_loaders(word.name))
                        continue;
                if (job->n_wanted == LOAD_WORDS_MAX) {
                        text_str(why, "more than " LIMIT_TEXT(LOAD_WORDS_MAX) " words: leave some out");
                        return EXIT_REFUSED;
                }
                struct load_word *w = &job->wanted[job->n_wanted++];
                w->text = need(word.whole.n + 1);
                memcpy(w->text, word.whole.p, word.whole.n);
                w->text[word.whole.n] = '\0';
                w->must = must;
        }
        return EXIT_OK;
}

static enum exit_code collect(struct load_job *job, struct text *why) {
        char buf[4096];
        struct text line = TEXT_IN(buf);
        enum exit_code code = EXIT_OK;

        if (job->reuse && !host_read(&job->boot->host, "/proc/cmdline", &line)) {
                text_str(why, "/proc/cmdline cannot be read, so that --reuse-cmdline has nothing to reuse");
                return EXIT_FAILED;
        }
        if (job->reuse)
                code = want(job, text_span(&line), false, why);
        if (code == EXIT_OK && job->append)
                code = want(job, span_of(job->append), true, why);
        return code;
}

static bool in_line(const struct plan *plan, const char *text) {
        struct span rest = { (const uint8_t *) plan->line, plan->line_len };

        for (struct cmdline_word word; cmdline_next(&rest, &word);)
                if (span_eq_str(word.whole, text))
                        return true;
        return false;
}

static void mark_in_line(struct load_job *job) {
        for (size_t i = 0; i < job->n_wanted; i++)
                if (job->wanted[i].fate == WORD_PENDING && in_line(&job->boot->plan->plan, job->wanted[i].text))
                        job->wanted[i].fate = WORD_IN_LINE;
}

static size_t count_words(struct span line) {
        struct cmdline_word word;
        size_t n = 0;

        while (cmdline_next(&line, &word))
                n++;
        return n;
}

/* Whether the addon's words are the pending ones from i on. */
static bool says_from(const struct load_job *job, size_t i, struct span words) {
        struct cmdline_word word;

        for (; cmdline_next(&words, &word); i++)
                if (i >= job->n_wanted || job->wanted[i].fate != WORD_PENDING || !span_eq_str(word.whole, job->wanted[i].text))
                        return false;
        return true;
}

static bool only_words(const struct pool_addon *a) {
        return a->usable && a->addon.cmdline.n > 0 && a->addon.initrd.n == 0 && a->addon.ucode.n == 0 && a->addon.dtb.n == 0;
}

static bool take_addon(struct load_job *job, const char *name, struct text *why) {
        struct plan_job *p = job->boot->plan;

        if (p->n_addons >= REQUEST_ADDONS_MAX) {
                text_str(why, "more addons than a request can name, which is " LIMIT_TEXT(REQUEST_ADDONS_MAX));
                return false;
        }
        p->addons[p->n_addons++] = name;
        if (next_boot_plan_again(job->boot, why) == EXIT_OK)
                return true;
        p->n_addons--;
        return false;
}

/* Where the words of this addon stand among the pending ones, takes it. Keeps the reason of a failure: it is the best answer if
 * nobody else has them. */
static void try_addon(struct load_job *job, const struct pool_addon *a, struct text *refusal) {
        size_t n = count_words(a->addon.cmdline);
        char buf[1024];

        for (size_t i = 0; n > 0 && i + n <= job->n_wanted; i++) {
                struct text why = TEXT_IN(buf);

                if (!says_from(job, i, a->addon.cmdline))
                        continue;
                if (!take_addon(job, a->name, &why)) {
                        if (refusal->len == 0)
                                text_cat(refusal, "addon \"", a->name, "\" says it, but: ", buf, NULL);
                        return;
                }
                for (size_t k = 0; k < n; k++) {
                        job->wanted[i + k].fate = WORD_ADDON;
                        snprintf(job->wanted[i + k].addon, sizeof(job->wanted[i + k].addon), "%s", a->name);
                }
                return;
        }
}

/* Those with many words first: one addon for all of them is what its author meant. */
static void try_addons(struct load_job *job, const struct pool *pool, struct text *refusal) {
        for (size_t n = LOAD_WORDS_MAX; n > 0; n--)
                for (size_t i = 0; i < pool->n; i++)
                        if (only_words(&pool->v[i]) && count_words(pool->v[i].addon.cmdline) == n)
                                try_addon(job, &pool->v[i], refusal);
}

static void try_unsigned(struct load_job *job, struct load_word *w, struct text *refusal) {
        size_t before = job->boot->words.len;
        char buf[1024];
        struct text why = TEXT_IN(buf);

        if (strncmp(w->text, "ukiload.", 8) == 0 || w->text[0] == '@') {
                text_quoted(refusal, span_of(w->text));
                text_str(refusal, " is no kernel parameter but a word for ukiload, which ukictl writes itself: leave it out");
                return;
        }
        text_cat(&job->boot->words, before > 0 ? " " : "", w->text, NULL);
        if (!job->boot->words.cut && next_boot_plan_again(job->boot, &why) == EXIT_OK) {
                w->fate = WORD_UNSIGNED;
                return;
        }
        job->boot->words.len = before;
        job->boot->words_buf[before] = '\0';
        job->boot->words.cut = false;
        /* A rule takes it, and something else speaks against it. */
        if (refusal->len == 0 && load_takes_unsigned(job, w->text))
                text_str(refusal, buf);
}

/* A word that is asked for twice is one. */
static bool is_at_home(const struct load_job *job, const char *text) {
        for (size_t i = 0; i < job->n_wanted; i++)
                if ((job->wanted[i].fate == WORD_ADDON || job->wanted[i].fate == WORD_UNSIGNED) &&
                    strcmp(job->wanted[i].text, text) == 0)
                        return true;
        return false;
}

/* What is left has no home. */
static enum exit_code settle(struct load_job *job, const struct pool *pool, const char *refusal, struct text *why) {
        for (size_t i = 0; i < job->n_wanted; i++) {
                struct load_word *w = &job->wanted[i];

                if (w->fate != WORD_PENDING)
                        continue;
                if (w->must) {
                        if (refusal[0])
                                text_cat(why, "--append: ", refusal, NULL);
                        else
                                load_say_missing(job, pool, w->text, why);
                        return EXIT_REFUSED;
                }
                w->fate = WORD_NOT_KEPT;
        }
        return EXIT_OK;
}

enum exit_code load_words(struct load_job *job, struct text *why) {
        char buf[1024], unused[1024];
        struct text refusal = TEXT_IN(buf);
        struct pool pool;
        enum exit_code code = collect(job, why);

        if (code != EXIT_OK || job->n_wanted == 0)
                return code;
        mark_in_line(job);
        pool_read(job->boot->volume, &job->boot->plan->plan.uki, &pool);
        try_addons(job, &pool, &refusal);
        for (size_t i = 0; i < job->n_wanted; i++) {
                struct text said = TEXT_IN(unused);
                struct load_word *w = &job->wanted[i];

                if (w->fate == WORD_PENDING && is_at_home(job, w->text))
                        w->fate = WORD_IN_LINE;
                if (w->fate == WORD_PENDING)
                        try_unsigned(job, w, w->must ? &refusal : &said);
        }
        code = settle(job, &pool, buf, why);
        /* The names of addons lie in the pool. */
        for (size_t i = 0; i < job->boot->plan->n_addons; i++)
                for (size_t k = 0; k < pool.n; k++)
                        if (job->boot->plan->addons[i] == pool.v[k].name)
                                job->boot->plan->addons[i] = names_add(&job->picked, pool.v[k].name);
        pool_free(&pool);
        return code == EXIT_OK ? next_boot_plan_again(job->boot, why) : code;
}
