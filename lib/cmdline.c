/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmdline.h"

/* The kernel's isspace: its table is Latin-1, so a no-break space separates words too, and UTF-8 text may hold that byte. */
static bool is_blank(uint8_t c) {
        return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

/* The kernel's line is a C string: what stands behind a NUL does not exist for it. */
static bool at_end(struct span s, size_t i) {
        return i >= s.n || s.p[i] == '\0';
}

/* How far the first word of s reaches, and where the `=` is that ends its name (0: none; one that leads is part of the name). */
static size_t measure_word(struct span s, size_t *ret_equals, bool *ret_quoted) {
        const size_t start = s.p[0] == '"' ? 1 : 0;
        bool in_quote = false;
        size_t i;

        *ret_equals = 0;
        *ret_quoted = false;
        for (i = 0; !at_end(s, i); i++) {
                if (s.p[i] == '"') {
                        in_quote = !in_quote;
                        *ret_quoted = true;
                } else if (is_blank(s.p[i]) && !in_quote)
                        break;
                else if (s.p[i] == '=' && *ret_equals == 0 && i > start)
                        *ret_equals = i;
        }
        return i;
}

/* next_arg drops at most one closing quote: the value's, or that of a word whose quote opened before the name. */
static void split_word(struct cmdline_word *w, size_t equals) {
        const struct span all = w->whole;
        const bool opened = all.p[0] == '"'; /* no word is empty */
        const size_t start = opened ? 1 : 0;
        size_t end = all.n;
        bool drop = opened && end > start && all.p[end - 1] == '"';

        w->has_value = equals > 0;
        w->value = span_between(all, end, end);
        if (w->has_value) {
                size_t at = equals + 1;

                if (at < end && all.p[at] == '"') {
                        at++;
                        drop = all.p[end - 1] == '"';
                }
                if (drop)
                        end--;
                w->value = span_between(all, at, end);
                end = equals;
        } else if (drop)
                end--;
        w->name = span_between(all, start, end);
}

bool cmdline_next(struct span *rest, struct cmdline_word *ret) {
        struct span s = *rest;
        size_t n, equals;
        struct cmdline_word w = { .has_value = false };

        while (s.n > 0 && is_blank(s.p[0]))
                s = span_from(s, 1);
        if (at_end(s, 0)) {
                *rest = (struct span) { s.p, 0 };
                return false;
        }

        n = measure_word(s, &equals, &w.quoted);
        w.whole = span_between(s, 0, n);
        split_word(&w, equals);
        *rest = span_from(s, n);
        *ret = w;
        return true;
}

bool cmdline_next_early(struct span *rest, struct span *ret) {
        struct span s = *rest;
        size_t n;

        while (!at_end(s, 0) && s.p[0] <= ' ')
                s = span_from(s, 1);
        for (n = 0; n < s.n && s.p[n] > ' '; n++)
                ;
        *rest = span_from(s, n);
        if (n == 0) {
                *rest = (struct span) { s.p, 0 };
                return false;
        }
        *ret = span_between(s, 0, n);
        return true;
}

bool cmdline_balanced(struct span line) {
        bool open = false;

        for (size_t i = 0; !at_end(line, i); i++)
                if (line.p[i] == '"')
                        open = !open;
        return !open;
}

bool cmdline_find_dashes(struct span line, size_t *ret_at) {
        struct span rest = line;
        struct cmdline_word w;

        while (cmdline_next(&rest, &w))
                if (!w.has_value && span_eq_str(w.name, "--")) {
                        *ret_at = (size_t) (w.whole.p - line.p);
                        return true;
                }
        return false;
}

static uint8_t fold(uint8_t c) {
        return c == '-' ? '_' : c;
}

bool cmdline_name_eq(struct span a, struct span b) {
        if (a.n != b.n)
                return false;
        for (size_t i = 0; i < a.n; i++)
                if (fold(a.p[i]) != fold(b.p[i]))
                        return false;
        return true;
}

/* Quotes would make the tokenizers disagree; the rest means something to a shell, an initrd's script or a policy. */
static bool is_overlay_byte(uint8_t c) {
        if (c < 0x20 || c > 0x7e)
                return false;
        /* clang-format off */
        switch (c) {
        case '"': case '\'': case '\\': case '`': case '$': case '*': case '?': case '[':
                return false;
        default:
                return true;
        }
        /* clang-format on */
}

bool cmdline_bytes_ok(struct span line, struct text *why) {
        for (size_t i = 0; i < line.n; i++) {
                if (is_overlay_byte(line.p[i]))
                        continue;
                text_str(why, "byte ");
                text_dec(why, i + 1);
                text_str(why, " is ");
                text_shown(why, span_between(line, i, i + 1), 1);
                text_str(why, ": an overlay holds printable ASCII without quotes, backslash, backtick, $, *, ? and [");
                return false;
        }
        return true;
}
