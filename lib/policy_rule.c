/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy_parse.h"

static bool is_name_byte(uint8_t c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* Reserved so that a later version can give them a meaning without changing that of an older policy. */
static bool is_reserved(uint8_t c) {
        /* clang-format off */
        switch (c) {
        case '"': case '\'': case '\\': case '`': case '$': case '[': case ']': case '{': case '}':
                return true;
        default:
                return false;
        }
        /* clang-format on */
}

bool policy_name_ok(const struct policy_parser *ps, struct span name) {
        if (name.n == 0)
                return policy_fail(ps, "", (struct span) { NULL, 0 },
                                   "a name is missing; write at least one letter before \"=\"");
        for (size_t i = 0; i < name.n; i++)
                if (!is_name_byte(name.p[i]))
                        return policy_fail(ps, "", span_between(name, i, i + 1),
                                           " cannot stand in a parameter's name; use A-Z a-z 0-9 _ - .");
        if (span_eq_str(name, "--"))
                return policy_fail(ps, "", name, " hands words to init and is never accepted; remove it");
        return true;
}

bool policy_value_ok(const struct policy_parser *ps, struct span value, bool wild) {
        for (size_t i = 0; i < value.n; i++) {
                const struct span byte = { value.p + i, 1 };
                const bool star = value.p[i] == '*' || value.p[i] == '?';

                if (star && !wild)
                        return policy_fail(ps, "", byte, " is a wildcard, but here the word must be literal");
                if (is_reserved(value.p[i]))
                        return policy_fail(ps, "", byte,
                                           wild ? " is reserved in a value pattern; write \"*\" or \"?\" or a literal"
                                                : " is reserved in a value; overlays cannot hold it");
        }
        return true;
}

bool policy_split(struct span word, struct span *ret_name, struct span *ret_value) {
        size_t at = 0;

        while (at < word.n && word.p[at] != '=')
                at++;
        *ret_name = span_between(word, 0, at);
        *ret_value = span_between(word, at, at);
        if (at == word.n)
                return false;
        *ret_value = span_from(word, at + 1);
        return true;
}

static bool parse_subject(const struct policy_parser *ps, struct span word, struct policy_rule *r) {
        struct span name;

        r->deny = word.p[0] == '!';
        if (r->deny)
                word = span_from(word, 1);
        if (word.n == 0)
                return policy_fail(ps, "", (struct span) { NULL, 0 },
                                   "\"!\" stands alone; write the denied name right behind it");
        r->has_value = policy_split(word, &name, &r->value);

        if (name.n > 0 && name.p[name.n - 1] == '*') {
                if (!r->deny)
                        return policy_fail(ps, "", name, ": an allow rule needs a literal name; wildcards stand in values only");
                if (name.n == 1)
                        return policy_fail(ps, "", (struct span) { word.p - 1, word.n + 1 },
                                           " denies every name; without any allow rule everything is refused already");
                r->family = true;
                name.n--;
        }
        r->name = name;
        return policy_name_ok(ps, name) && policy_value_ok(ps, r->value, true);
}

static unsigned flag_named(struct span word) {
        if (span_eq_str(word, "repeat"))
                return POLICY_REPEAT;
        if (span_eq_str(word, "override"))
                return POLICY_OVERRIDE;
        if (span_eq_str(word, "sensitive"))
                return POLICY_SENSITIVE;
        if (span_eq_str(word, "unsigned"))
                return POLICY_UNSIGNED;
        return 0;
}

static bool parse_flags(const struct policy_parser *ps, struct span rest, struct policy_rule *r) {
        struct span word;

        while (policy_take_word(&rest, &word)) {
                const unsigned flag = flag_named(word);

                if (flag == 0)
                        return policy_fail(ps, "unknown flag ", word,
                                           "; flags are repeat, override, sensitive and unsigned, and one line holds one rule");
                if (r->deny)
                        return policy_fail(ps, "", word, ": a deny rule takes no flags; it always holds");
                if (r->flags & flag)
                        return policy_fail(ps, "", word, " is given twice; remove one");
                r->flags |= flag;
        }
        if ((r->flags & POLICY_UNSIGNED) && (r->flags & POLICY_SENSITIVE))
                return policy_fail(
                        ps, "", (struct span) { NULL, 0 },
                        "\"unsigned\" and \"sensitive\" in one rule: what is sensitive must come from something signed; "
                        "remove one of the two");
        return true;
}

bool policy_rule(struct policy_parser *ps, struct span body) {
        struct policy_rule r = { .line = ps->line };
        struct span word;

        policy_take_word(&body, &word);
        if (!parse_subject(ps, word, &r) || !parse_flags(ps, body, &r))
                return false;
        if (ps->pol->n_rules == POLICY_RULES_MAX)
                return policy_fail(ps, "", word,
                                   " would be one rule too many; a policy holds at most " LIMIT_TEXT(POLICY_RULES_MAX));
        ps->pol->rules[ps->pol->n_rules++] = r;
        return true;
}
