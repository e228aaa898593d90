/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

bool policy_glob(struct span pattern, struct span text) {
        size_t p = 0, t = 0, star = pattern.n, mark = 0; /* star: behind the last `*` seen; mark: where its run ends so far */
        bool starred = false;

        while (t < text.n) {
                if (p < pattern.n && pattern.p[p] == '*') {
                        starred = true;
                        star = ++p;
                        mark = t;
                } else if (p < pattern.n && (pattern.p[p] == '?' || pattern.p[p] == text.p[t])) {
                        p++;
                        t++;
                } else if (starred) {
                        /* Only the last star need ever give way: an earlier one has nothing better to offer. */
                        p = star;
                        t = ++mark;
                } else
                        return false;
        }
        while (p < pattern.n && pattern.p[p] == '*')
                p++;
        return p == pattern.n;
}

static bool value_fits(const struct policy_rule *r, const struct cmdline_word *w) {
        return r->has_value == w->has_value && policy_glob(r->value, w->value); /* without a value both are empty */
}

static bool allows(const struct policy_rule *r, const struct cmdline_word *w) {
        return !r->deny && span_eq(r->name, w->name) && value_fits(r, w);
}

/* A deny rule is wide on purpose: folded, and without a value of its own it takes any. */
static bool denies(const struct policy_rule *r, const struct cmdline_word *w) {
        struct span name = w->name;

        if (!r->deny)
                return false;
        if (r->family && name.n > r->name.n)
                name.n = r->name.n;
        return cmdline_name_eq(r->name, name) && (!r->has_value || value_fits(r, w));
}

const struct policy_rule *policy_match(const struct policy *pol, const struct cmdline_word *word) {
        for (size_t i = 0; i < pol->n_rules; i++)
                if (allows(&pol->rules[i], word))
                        return &pol->rules[i];
        return NULL;
}

/* Behind "policy line ". */
static void name_line(struct text *why, bool of_uki, const struct policy_rule *r) {
        text_dec(why, r->line);
        text_str(why, of_uki ? " of the UKI" : "");
}

static void show_rule(struct text *why, const struct policy_rule *r) {
        text_str(why, " (");
        text_shown(why, r->name, 64);
        if (r->has_value) {
                text_char(why, '=');
                text_shown(why, r->value, 64);
        }
        text_char(why, ')');
}

/* No rule allows the word: the nearest one says best what is wrong. */
static void explain_unlisted(const struct policy *pol, bool of_uki, const struct cmdline_word *w, struct text *why) {
        const struct policy_rule *near = NULL, *twin = NULL;

        for (size_t i = 0; i < pol->n_rules; i++) {
                const struct policy_rule *r = &pol->rules[i];

                if (r->deny)
                        continue;
                if (span_eq(r->name, w->name) && (!near || (r->has_value == w->has_value && near->has_value != w->has_value)))
                        near = r;
                else if (!twin && cmdline_name_eq(r->name, w->name))
                        twin = r;
        }
        if (!near) {
                text_str(why, of_uki ? "the UKI's policy has no rule for " : "no rule for ");
                text_quoted(why, w->name);
                if (twin) {
                        text_str(why, "; names compare byte for byte, and policy line ");
                        name_line(why, of_uki, twin);
                        show_rule(why, twin);
                        text_str(why, " is spelled otherwise");
                }
                return;
        }
        if (w->has_value && near->has_value) {
                text_str(why, "value ");
                text_quoted(why, w->value);
                text_str(why, " does not match policy line ");
        } else
                text_str(why, w->has_value ? "it has a value, which is not in policy line "
                                           : "it has no value, as wanted by policy line ");
        name_line(why, of_uki, near);
        show_rule(why, near);
}

/* One rule must carry every flag: two half rights make no whole one. ret_near: a rule that allows the word, without all of
 * them. */
static const struct policy_rule *find_rule(const struct policy *pol, const struct cmdline_word *w, unsigned flags,
                                           bool any_repeat, const struct policy_rule **ret_near) {
        *ret_near = NULL;
        for (size_t i = 0; i < pol->n_rules; i++) {
                const struct policy_rule *r = &pol->rules[i];

                if (!allows(r, w))
                        continue;
                if ((r->flags & flags) == flags && (!any_repeat || (r->flags & (POLICY_REPEAT | POLICY_OVERRIDE))))
                        return r;
                if (!*ret_near)
                        *ret_near = r;
        }
        return NULL;
}

static unsigned flags_needed(const struct policy_query *q) {
        return (policy_sensitive(&q->word) ? POLICY_SENSITIVE : 0u) | (q->unauthenticated ? POLICY_UNSIGNED : 0u) |
               (q->again ? POLICY_REPEAT : 0u);
}

const struct policy_rule *policy_rule_of(const struct policy *pol, const struct policy_query *q) {
        const struct policy_rule *near;

        return find_rule(pol, &q->word, flags_needed(q), q->in_signed, &near);
}

static void explain_flags(bool of_uki, const struct policy_query *q, const struct policy_rule *near, struct text *why) {
        if (q->unauthenticated && !(near->flags & POLICY_UNSIGNED)) {
                text_str(why, of_uki ? "not signed; no rule with the flag unsigned in the UKI's policy"
                                     : "not signed; no rule with the flag unsigned");
                return;
        }
        if (q->again && !(near->flags & POLICY_REPEAT)) {
                text_str(why, "appears twice; policy line ");
                name_line(why, of_uki, near);
                text_str(why, " has no flag repeat");
                return;
        }
        if (q->in_signed && !(near->flags & (POLICY_REPEAT | POLICY_OVERRIDE))) {
                text_str(why, "already in the signed command line; policy line ");
                name_line(why, of_uki, near);
                text_str(why, " has no flag override");
                return;
        }
        text_str(why, "no single rule has every flag that it needs; policy line ");
        name_line(why, of_uki, near);
        text_str(why, " has only some");
}

bool policy_admits(const struct policy *pol, bool of_uki, const struct policy_query *q, struct text *why) {
        const char *sensitive = policy_sensitive(&q->word);
        const struct policy_rule *near, *other;

        for (size_t i = 0; i < pol->n_rules; i++)
                if (denies(&pol->rules[i], &q->word)) {
                        text_quoted(why, q->word.whole);
                        text_str(why, " refused: denied by policy line ");
                        name_line(why, of_uki, &pol->rules[i]);
                        return false;
                }

        if (find_rule(pol, &q->word, flags_needed(q), q->in_signed, &near))
                return true;

        text_quoted(why, q->word.whole);
        text_str(why, " refused: ");
        if (sensitive && !find_rule(pol, &q->word, POLICY_SENSITIVE, false, &other))
                text_cat(why, "sensitive (", sensitive,
                         of_uki ? "), no rule with that flag in the UKI's policy" : "), no rule with that flag", NULL);
        else if (near)
                explain_flags(of_uki, q, near, why);
        else
                explain_unlisted(pol, of_uki, &q->word, why);
        return false;
}
