/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/words.h"

#include <stdlib.h>
#include <string.h>

#include "judge/plan_job.h"
#include "overlay.h"

#define FLAGS_MAX 32u /* bytes of " sensitive repeat" */

static bool in_name(uint8_t c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

bool word_possible(const struct cmdline_word *word, struct text *why) {
        struct span name = word->name;

        if (!cmdline_bytes_ok(word->whole, why) || !overlay_word_ok(word, why))
                return false;
        for (size_t i = 0; i < name.n; i++)
                if (!in_name(name.p[i])) {
                        text_str(why, "no rule can have such a name: A-Z a-z 0-9 _ - . only");
                        return false;
                }
        if (name.n + FLAGS_MAX <= POLICY_RULE_BYTES)
                return true;
        text_str(why, "its name is longer than a rule may be");
        return false;
}

bool word_refused(const struct cmdline_word *word, struct text *why) {
        char buf[256], unused[256];
        struct text clause = TEXT_IN(buf), ignored = TEXT_IN(unused);

        if (word_possible(word, &clause))
                return false;
        text_quoted(why, word->whole);
        text_cat(why, " refused: ", buf, NULL);
        if (!cmdline_bytes_ok(word->whole, &ignored))
                text_str(why, "; put it into the UKI's own line, or do without");
        return true;
}

/* What a pattern cannot spell becomes `?`, which is exactly that one byte or another. */
void word_rule(const struct cmdline_word *word, bool repeat, bool override, struct text *ret) {
        text_bytes(ret, word->name);
        if (word->has_value)
                text_char(ret, '=');
        for (size_t i = 0; i < word->value.n; i++) {
                char c = (char) word->value.p[i];

                text_char(ret, strchr("\"'\\`$[]{}*?", c) ? '?' : c);
        }
        text_cat(ret, policy_sensitive(word) ? " sensitive" : "", repeat ? " repeat" : override ? " override" : "", NULL);
}

/* The widest rules that there can be for these words. Those beyond the limit need none: there the number is refused. */
static void widest(struct span text, struct text *ret) {
        size_t n = 0;

        text_str(ret, "@version 1\n");
        for (struct cmdline_word w; n <= OVERLAY_WORDS_MAX && cmdline_next(&text, &w); n++) {
                text_bytes(ret, w.name);
                text_cat(ret, w.has_value ? "=*" : "", policy_sensitive(&w) ? " sensitive" : "", " repeat\n", NULL);
        }
}

static bool each_possible(struct span text, struct text *why) {
        for (struct cmdline_word w; cmdline_next(&text, &w);) {
                char buf[256];
                struct text clause = TEXT_IN(buf);

                if (word_possible(&w, &clause))
                        continue;
                text_quoted(why, w.whole);
                text_cat(why, ": ", buf, NULL);
                return false;
        }
        return true;
}

bool words_possible(struct span text, struct text *why) {
        struct policy *policy = need(sizeof(*policy));
        struct overlay *overlay = need(sizeof(*overlay));
        size_t cap = POLICY_SIZE_MAX + 1;
        char *buf = need(cap);
        struct text rules = text_in(buf, cap);

        bool ok = each_possible(text, why);
        if (ok)
                widest(text, &rules);
        ok = ok && policy_parse(text_span(&rules), policy, why) && overlay_begin(overlay, span_of(""), policy, NULL, why) &&
             overlay_add(overlay, text, false, why);
        free(buf);
        free(overlay);
        free(policy);
        return ok;
}

static bool came_before(struct span text, const struct cmdline_word *word) {
        for (struct cmdline_word w; cmdline_next(&text, &w) && w.whole.p < word->whole.p;)
                if (cmdline_name_eq(w.name, word->name))
                        return true;
        return false;
}

/* Whether the rule is all that is missing: the policy is judged with it. */
static bool would_admit(const struct policy *own, const char *rule, const struct policy_query *q) {
        size_t cap = POLICY_SIZE_MAX + POLICY_RULE_BYTES;
        char *buf = need(cap), unused[512];
        struct text text = text_in(buf, cap), ignored = TEXT_IN(unused);
        struct policy *with = need(sizeof(*with));

        text_bytes(&text, span_trim_nul(own->text));
        text_cat(&text, "\n", rule, "\n", NULL);
        bool would = policy_parse(text_span(&text), with, &ignored) && policy_admits(with, false, q, &ignored);
        free(with);
        free(buf);
        return would;
}

void words_judge(const struct policy *own, struct span text, void (*each)(void *arg, const struct word_answer *answer),
                 void *arg) {
        struct span rest = text;
        struct word_answer a;

        while (cmdline_next(&rest, &a.word)) {
                const struct policy_query q = { .word = a.word, .again = came_before(text, &a.word) };
                struct text why = TEXT_IN(a.why), rule = TEXT_IN(a.rule);

                bool possible = !word_refused(&a.word, &why);
                a.admitted = possible && policy_admits(own, false, &q, &why);
                if (!a.admitted)
                        word_rule(&a.word, q.again, false, &rule);
                if (!a.admitted && (!possible || !would_admit(own, a.rule, &q)))
                        text_clear(&rule);
                each(arg, &a);
        }
}

bool words_policy(const struct host *h, struct policy_file *ret) {
        struct plan_job *job = need(sizeof(*job));
        enum exit_code code;
        char buf[512];
        struct text ignored = TEXT_IN(buf);

        memset(job, 0, sizeof(*job));
        job->machine = plan_this_machine();
        job->esp_root = h->esp ? strdup(h->esp) : NULL;
        bool there = gather_policy(job, &code, &ignored) && job->own.present;
        if (there)
                *ret = job->own;
        plan_job_clear(job);
        free(job);
        return there;
}
