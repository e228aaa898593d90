/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

struct linter {
        const struct policy *pol;
        void (*note)(void *arg, unsigned line, const char *sentence);
        void *arg;
};

static bool is_star(struct span s) {
        return s.n == 1 && s.p[0] == '*';
}

/* Whatever fits pattern b fits pattern a. A wildcard of b counts as a byte that only a wildcard of a can take, and its `*` only
 * where a has one too; that never says yes wrongly for `?` and for a lone `*`, and is left undecided (false) otherwise. */
static bool pattern_covers(struct span a, struct span b) {
        if (is_star(a) || span_eq(a, b))
                return true;
        for (size_t i = 0; i < b.n; i++)
                if (b.p[i] == '*' || b.p[i] == '?')
                        return false;
        return policy_glob(a, b);
}

static bool value_covers(const struct policy_rule *a, const struct policy_rule *b) {
        return a->has_value == b->has_value && (!a->has_value || pattern_covers(a->value, b->value));
}

/* `repeat` includes `override`. */
static unsigned effective(unsigned flags) {
        return flags & POLICY_REPEAT ? flags | POLICY_OVERRIDE : flags;
}

static bool allow_covers(const struct policy_rule *a, const struct policy_rule *b) {
        return !a->deny && span_eq(a->name, b->name) && value_covers(a, b) && (effective(b->flags) & ~effective(a->flags)) == 0;
}

static bool deny_covers(const struct policy_rule *a, const struct policy_rule *b) {
        struct span name = b->name;

        if (!a->deny)
                return false;
        if (a->family && name.n > a->name.n)
                name.n = a->name.n;
        return cmdline_name_eq(a->name, name) && (!a->has_value || value_covers(a, b));
}

static struct cmdline_word as_word(const struct policy_rule *r) {
        return (struct cmdline_word) { .whole = r->name, .name = r->name, .value = r->value, .has_value = r->has_value };
}

static void note_line(const struct linter *l, unsigned line, const char *before, unsigned other, const char *after) {
        char buf[160];
        struct text t = TEXT_IN(buf);

        text_str(&t, before);
        text_dec(&t, other);
        text_str(&t, after);
        l->note(l->arg, line, buf);
}

static void lint_shadow(const struct linter *l, size_t i) {
        const struct policy_rule *r = &l->pol->rules[i];

        for (size_t k = 0; k < l->pol->n_rules; k++)
                if (deny_covers(&l->pol->rules[k], r)) {
                        note_line(l, r->line, "allows nothing: line ", l->pol->rules[k].line, " denies all of it");
                        return;
                }
        for (size_t k = 0; k < l->pol->n_rules; k++) {
                const struct policy_rule *a = &l->pol->rules[k];

                if (k != i && allow_covers(a, r) && (k < i || !allow_covers(r, a))) {
                        note_line(l, r->line, "adds nothing: line ", a->line, " allows all of it already");
                        return;
                }
        }
}

static void lint_sensitive(const struct linter *l, const struct policy_rule *r) {
        const struct cmdline_word word = as_word(r);
        const char *reason = policy_sensitive(&word);
        char buf[160];
        struct text t = TEXT_IN(buf);

        if (reason && !(r->flags & POLICY_SENSITIVE)) {
                text_cat(&t, "allows nothing: the parameter is sensitive (", reason, "), and the rule has no flag sensitive",
                         NULL);
                l->note(l->arg, r->line, buf);
        } else if (!reason && (r->flags & POLICY_SENSITIVE) && !r->has_value)
                l->note(l->arg, r->line, "has the flag sensitive, but the parameter is not in the sensitive set");
}

/* A pattern that takes console=uart too: with the flag that is a write to any address, without it a surprise for the author. */
static void lint_console(const struct linter *l, const struct policy_rule *r) {
        const struct cmdline_word word = as_word(r);

        if (!r->has_value || !span_eq_str(r->name, "console") || !policy_glob(r->value, span_of("uart8250,mmio32,0xfe000000")))
                return;
        if (r->flags & POLICY_SENSITIVE)
                l->note(l->arg, r->line,
                        "lets console=uart... through, which makes the kernel write to any address that it names");
        else if (!policy_sensitive(&word))
                l->note(l->arg, r->line,
                        "takes console=uart... too, which stays refused as sensitive; name the kinds of console, "
                        "such as console=ttyS?,*");
}

static void lint_requests_off(const struct linter *l, const struct policy_rule *r) {
        if (l->pol->requests_off && (r->flags & POLICY_UNSIGNED))
                l->note(l->arg, r->line, "has the flag unsigned, but \"@requests off\" refuses every request");
}

static void lint_require(const struct linter *l, size_t i) {
        const unsigned line = l->pol->require[i].line;
        struct span rest = l->pol->require[i].word, other;
        struct cmdline_word word, second;

        if (!cmdline_next(&rest, &word))
                return;
        if (!policy_match(l->pol, &word))
                l->note(l->arg, line, "no rule allows the required word, so only the signed command line can bring it");
        for (size_t k = 0; k < l->pol->n_rules; k++) {
                const struct policy_rule *r = &l->pol->rules[k];

                if (!r->deny && (effective(r->flags) & POLICY_OVERRIDE) && cmdline_name_eq(r->name, word.name) &&
                    !(r->has_value == word.has_value && span_eq(r->value, word.value)))
                        note_line(l, line, "line ", r->line, " may replace the required word, and then nothing is started");
        }
        for (size_t k = 0; k < i; k++) {
                other = l->pol->require[k].word;
                if (cmdline_next(&other, &second) && cmdline_name_eq(second.name, word.name) &&
                    !span_eq_str(word.name, "console"))
                        note_line(l, line, "cannot be met together with line ", l->pol->require[k].line,
                                  ": of one parameter the last one holds");
        }
}

void policy_lint(const struct policy *pol, void (*note)(void *arg, unsigned line, const char *sentence), void *arg) {
        const struct linter l = { pol, note, arg };
        bool any = false;

        for (size_t i = 0; i < pol->n_rules; i++) {
                if (pol->rules[i].deny)
                        continue;
                any = true;
                lint_shadow(&l, i);
                lint_sensitive(&l, &pol->rules[i]);
                lint_console(&l, &pol->rules[i]);
                lint_requests_off(&l, &pol->rules[i]);
        }
        for (size_t i = 0; i < pol->n_require; i++)
                lint_require(&l, i);
        if (!any)
                note(arg, 1, "has no allow rule, so every word of every addon is refused");
}
