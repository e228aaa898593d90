/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a policy: lines, comments and the sizes; what a line says is policy_rule.c's and policy_directive.c's matter. */
#include "policy_parse.h"

bool policy_fail(const struct policy_parser *ps, const char *before, struct span what, const char *after) {
        text_str(ps->why, "policy line ");
        text_dec(ps->why, ps->line);
        text_cat(ps->why, ": ", before, NULL);
        if (what.p)
                text_quoted(ps->why, what);
        text_str(ps->why, after);
        return false;
}

bool policy_fail_version(const struct policy_parser *ps, struct span what) {
        return policy_fail(ps, "", what, " stands before \"@version 1\", which must be the first line");
}

bool policy_take_word(struct span *rest, struct span *ret) {
        size_t from = 0, to;

        while (from < rest->n && rest->p[from] == ' ')
                from++;
        for (to = from; to < rest->n && rest->p[to] != ' '; to++)
                ;
        *ret = (struct span) { rest->p + from, to - from };
        *rest = (struct span) { rest->p + to, rest->n - to };
        return ret->n > 0;
}

static bool printable(const struct policy_parser *ps, struct span line) {
        for (size_t i = 0; i < line.n; i++) {
                const struct span byte = { line.p + i, 1 };

                if (line.p[i] >= 0x20 && line.p[i] <= 0x7e)
                        continue;
                if (line.p[i] == '\r')
                        return policy_fail(ps, "", byte, " is a carriage return; save the policy with Unix line ends");
                if (line.p[i] == '\t')
                        return policy_fail(ps, "", byte, " is a tab; write blanks");
                return policy_fail(ps, "the byte ", byte, " is outside printable ASCII; remove it, in a comment too");
        }
        return true;
}

/* Without its comment and without blanks at both ends. A `#` inside a word is part of the word. */
static struct span strip(struct span line) {
        size_t end = line.n, start = 0;

        for (size_t i = 0; i < line.n; i++)
                if (line.p[i] == '#' && (i == 0 || line.p[i - 1] == ' ')) {
                        end = i;
                        break;
                }
        while (end > 0 && line.p[end - 1] == ' ')
                end--;
        while (start < end && line.p[start] == ' ')
                start++;
        return span_between(line, start, end);
}

bool policy_next_rule(struct span *rest, struct text *ret) {
        struct span line, word;

        text_clear(ret);
        while (ret->len == 0 && span_line(rest, &line))
                for (line = strip(line); policy_take_word(&line, &word);) {
                        text_str(ret, ret->len > 0 ? " " : "");
                        text_bytes(ret, word);
                }
        return ret->len > 0;
}

static bool parse_line(struct policy_parser *ps, struct span line) {
        struct span body;

        if (!printable(ps, line))
                return false;
        body = strip(line);
        if (body.n == 0)
                return true;
        if (body.n > POLICY_RULE_BYTES)
                return policy_fail(ps, "a rule of more than " LIMIT_TEXT(POLICY_RULE_BYTES) " bytes: ", span_between(body, 0, 40),
                                   "...; shorten it");
        if (body.p[0] == '@')
                return policy_directive(ps, body);
        if (!(ps->seen & POLICY_SEEN_VERSION))
                return policy_fail_version(ps, body);
        return policy_rule(ps, body);
}

bool policy_parse(struct span section, struct policy *ret, struct text *why) {
        struct policy_parser ps = { .pol = ret, .why = why };
        struct span rest, line;

        memset(ret, 0, sizeof(*ret));
        ret->text = rest = span_trim_nul(section);
        if (rest.n > POLICY_SIZE_MAX) {
                text_str(why, "the policy has ");
                text_dec(why, rest.n);
                text_str(why, " bytes; at most " LIMIT_TEXT(POLICY_SIZE_MAX) " are read");
                return false;
        }
        while (span_line(&rest, &line)) {
                ps.line++;
                if (!parse_line(&ps, line))
                        return false;
        }
        if (!(ps.seen & POLICY_SEEN_VERSION)) {
                ps.line = 1;
                return policy_fail(&ps, "", (struct span) { NULL, 0 },
                                   "the policy is empty; its first line must be \"@version 1\"");
        }
        return true;
}
