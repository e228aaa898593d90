/* SPDX-License-Identifier: BSD-2-Clause */
/* What to say of a word that --append wants and nobody offers: which rule is missing, or how to make the addon. */
#include <string.h>

#include "judge/words.h"
#include "verb/load_inside.h"

/* Of a file's name and of what a shell takes as it stands. */
static bool is_plain(uint8_t c, const char *more) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(more, c));
}

static void write_name(struct span name, struct text *t) {
        for (size_t i = 0; i < name.n && i < 40; i++)
                text_char(t, is_plain(name.p[i], "._-") ? (char) name.p[i] : '-');
        text_str(t, ADDON_TAIL);
}

/* Quotes are in none that a policy can admit. */
static void write_word(struct span word, struct text *t) {
        bool plain = true;

        for (size_t i = 0; i < word.n; i++)
                plain = plain && is_plain(word.p[i], "._-=:,/@%+");
        text_str(t, plain ? "" : "'");
        text_bytes(t, word);
        text_str(t, plain ? "" : "'");
}

/* The same parameter with other values. */
static void list_alike(const struct pool *pool, struct span name, struct text *t) {
        size_t n = 0;

        for (size_t i = 0; i < pool->n; i++) {
                struct span rest = pool->v[i].usable ? pool->v[i].addon.cmdline : (struct span) { NULL, 0 };

                for (struct cmdline_word w; cmdline_next(&rest, &w);) {
                        if (!cmdline_name_eq(w.name, name))
                                continue;
                        text_cat(t, n++ == 0 ? " (" : ", ", "addon ", pool->v[i].name, ": ", NULL);
                        text_quoted(t, w.whole);
                }
        }
        text_str(t, n > 0 ? ")" : "");
}

struct missing {
        const struct load_job *job;
        const struct pool *pool;
        struct text *why;
};

static void make_one(const struct missing *m, const struct cmdline_word *word) {
        text_str(m->why, "--append: no addon says ");
        text_quoted(m->why, word->whole);
        list_alike(m->pool, word->name, m->why);
        text_str(m->why, "; make one, put it there and load again: `ukictl addon make --cmdline ");
        write_word(word->whole, m->why);
        text_str(m->why, " -o ");
        write_name(word->name, m->why);
        text_str(m->why, "` `ukictl addon install ");
        write_name(word->name, m->why);
        text_str(m->why, "`");
}

static void say(void *arg, const struct word_answer *a) {
        const struct missing *m = arg;

        if (a->admitted) {
                make_one(m, &a->word);
                return;
        }
        text_cat(m->why, "--append: ", a->why, NULL);
        if (a->rule[0])
                text_cat(m->why, ", and from an addon as well: put the rule \"", a->rule,
                         "\" into the policy and install that with `ukictl install --policy FILE`", NULL);
        else
                text_str(m->why, ", and no other rule would let it through: leave it out");
}

bool load_takes_unsigned(const struct load_job *job, const char *word) {
        struct policy_query q = { .unauthenticated = true };
        struct span rest = span_of(word);
        char buf[512];
        struct text ignored = TEXT_IN(buf);

        return job->boot->plan->own.present && cmdline_next(&rest, &q.word) &&
               policy_admits(&job->boot->plan->own.policy, false, &q, &ignored);
}

void load_say_missing(const struct load_job *job, const struct pool *pool, const char *word, struct text *why) {
        struct missing m = { job, pool, why };

        text_str(why, "--append: ");
        if (!words_possible(span_of(word), why)) {
                text_str(why, "; neither an addon nor a request can say it, whatever the policy: leave it out");
                return;
        }
        text_clear(why);
        if (job->boot->plan->own.present)
                words_judge(&job->boot->plan->own.policy, span_of(word), say, &m);
        else
                text_str(why,
                         "--append: the installed ukiload carries no policy and lets no word through: install one that does");
}
