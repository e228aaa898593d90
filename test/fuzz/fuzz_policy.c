/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy up to the first NUL, then words to judge. What parses must parse alike when it is written out again; a verdict must
 * hold against the rules read plainly, and must never grow milder when more is asked. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../unit/oracle_cmdline.h"
#include "must.h"
#include "policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy first, second;
static char printed[4 * POLICY_SIZE_MAX];

static void print_rule(struct text *out, const struct policy_rule *r) {
        if (r->deny)
                text_char(out, '!');
        text_bytes(out, r->name);
        if (r->family)
                text_char(out, '*');
        if (r->has_value) {
                text_char(out, '=');
                text_bytes(out, r->value);
        }
        text_cat(out, r->flags & POLICY_REPEAT ? " repeat" : "", r->flags & POLICY_OVERRIDE ? " override" : "",
                 r->flags & POLICY_SENSITIVE ? " sensitive" : "", r->flags & POLICY_UNSIGNED ? " unsigned" : "", "\n", NULL);
}

static void print_policy(struct text *out, const struct policy *pol) {
        text_str(out, "@version 1\n");
        if (pol->abort_on_violation)
                text_str(out, "@on-violation abort\n");
        if (pol->requests_off)
                text_str(out, "@requests off\n");
        if (pol->handoff_kernel)
                text_str(out, "@handoff kernel\n");
        if (pol->measure)
                text_str(out, "@measure\n");
        if (pol->sections)
                text_cat(out, "@allow-sections", pol->sections & POLICY_INITRD ? " .initrd" : "",
                         pol->sections & POLICY_UCODE ? " .ucode" : "", pol->sections & POLICY_DTB ? " .dtb" : "", "\n", NULL);
        for (size_t i = 0; i < pol->n_require; i++) {
                text_str(out, "@require ");
                text_bytes(out, pol->require[i].word);
                text_char(out, '\n');
        }
        for (size_t i = 0; i < pol->n_rules; i++)
                print_rule(out, &pol->rules[i]);
}

static void check_round_trip(void) {
        char why_buf[256];
        struct text out = TEXT_IN(printed), why = TEXT_IN(why_buf);

        print_policy(&out, &first);
        MUST(!out.cut);
        if (!policy_parse(text_span(&out), &second, &why)) {
                MUST(out.len > POLICY_SIZE_MAX);
                return;
        }
        MUST(first.abort_on_violation == second.abort_on_violation && first.requests_off == second.requests_off);
        MUST(first.handoff_kernel == second.handoff_kernel && first.measure == second.measure &&
             first.sections == second.sections);
        MUST(first.n_rules == second.n_rules && first.n_require == second.n_require);
        for (size_t i = 0; i < first.n_require; i++)
                MUST(span_eq(first.require[i].word, second.require[i].word));
        for (size_t i = 0; i < first.n_rules; i++) {
                const struct policy_rule *a = &first.rules[i], *b = &second.rules[i];

                MUST(span_eq(a->name, b->name) && a->has_value == b->has_value && (!a->has_value || span_eq(a->value, b->value)));
                MUST(a->deny == b->deny && a->family == b->family && a->flags == b->flags);
                MUST(!a->deny || a->flags == 0);
                MUST(a->deny || !a->family);
                MUST((a->flags & (POLICY_UNSIGNED | POLICY_SENSITIVE)) != (POLICY_UNSIGNED | POLICY_SENSITIVE));
        }
}

static bool same_folded(struct span a, const uint8_t *b, size_t n) {
        if (a.n != n)
                return false;
        for (size_t i = 0; i < n; i++)
                if ((a.p[i] == '-' ? '_' : a.p[i]) != (b[i] == '-' ? '_' : b[i]))
                        return false;
        return true;
}

/* A deny rule read plainly. */
static bool plainly_denied(const struct policy_rule *r, const struct cmdline_word *w) {
        const size_t n = r->family && w->name.n >= r->name.n ? r->name.n : w->name.n;

        return r->deny && same_folded(r->name, w->name.p, n) &&
               (!r->has_value || (w->has_value && policy_glob(r->value, w->value)));
}

static bool ask(const struct cmdline_word *w, unsigned how) {
        char why_buf[512];
        struct text why = TEXT_IN(why_buf);
        const struct policy_query q = { .word = *w, .again = how & 1, .in_signed = how & 2, .unauthenticated = how & 4 };
        const bool ok = policy_admits(&first, how & 1, &q, &why);

        MUST(ok == (why.len == 0));
        MUST(ok || (why_buf[0] == '"' && strstr(why_buf, " refused: ")));
        return ok;
}

static void check_word(const struct cmdline_word *w) {
        const struct policy_rule *match = policy_match(&first, w);
        const char *sensitive = policy_sensitive(w);
        bool verdict[8], denied = false, has_flag = false;

        for (size_t i = 0; i < first.n_rules; i++) {
                const struct policy_rule *r = &first.rules[i];

                denied |= plainly_denied(r, w);
                has_flag |= !r->deny && span_eq(r->name, w->name) && (r->flags & POLICY_SENSITIVE);
        }
        for (unsigned how = 0; how < 8; how++) {
                verdict[how] = ask(w, how);
                MUST(!verdict[how] || (match && !denied && (!sensitive || has_flag)));
                MUST(!verdict[how] || !sensitive || !(how & 4));
                for (unsigned bit = 1; bit < 8; bit <<= 1)
                        MUST(!(how & bit) || !verdict[how] || verdict[how & ~bit]);
        }
        MUST(verdict[0] || !match || denied || sensitive);
}

static void ignore_note(void *arg, unsigned line, const char *sentence) {
        (void) arg;
        MUST(line > 0 && sentence[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
        const size_t n = nul ? (size_t) (nul - data) : size;
        char why_buf[256];
        struct text why = TEXT_IN(why_buf);
        struct span words = { data + n, 0 };
        struct cmdline_word w;

        if (!policy_parse((struct span) { data, n }, &first, &why)) {
                MUST(why.len > 0);
                return 0;
        }
        MUST(why.len == 0);
        check_round_trip();
        policy_lint(&first, ignore_note, NULL);
        if (nul)
                words = (struct span) { nul + 1, size - n - 1 };
        for (unsigned i = 0; i < 16 && cmdline_next(&words, &w); i++)
                check_word(&w);
        return 0;
}
