/* SPDX-License-Identifier: BSD-2-Clause */
#include "sbat.h"

struct row {
        struct span component;
        uint32_t generation;
};

/* Takes what stands before the next `until` off *rest, the separator too. */
static struct span cut_at(struct span *rest, uint8_t until) {
        struct span head = *rest;
        size_t n = 0;

        while (n < rest->n && rest->p[n] != until)
                n++;
        head.n = n;
        (void) span_sub(*rest, n < rest->n ? n + 1 : n, rest->n - (n < rest->n ? n + 1 : n), rest);
        return head;
}

/* The text of a section or variable: up to the first NUL, without a byte order mark. */
static struct span text_of(struct span s) {
        struct span text = cut_at(&s, 0);

        if (span_starts(text, "\xef\xbb\xbf"))
                (void) span_sub(text, 3, text.n - 3, &text);
        return text;
}

/* Takes the next line that is not empty. */
static bool next_line(struct span *rest, struct span *ret) {
        while (rest->n > 0) {
                *ret = cut_at(rest, '\n');
                if (ret->n > 0 && ret->p[ret->n - 1] == '\r')
                        ret->n--;
                if (ret->n > 0)
                        return true;
        }
        return false;
}

static bool number(struct span s, uint32_t *ret) {
        uint32_t value = 0;

        if (s.n == 0 || s.n > 9)
                return false;
        for (size_t i = 0; i < s.n; i++) {
                if (s.p[i] < '0' || s.p[i] > '9')
                        return false;
                value = value * 10 + (uint32_t) (s.p[i] - '0');
        }
        *ret = value;
        return true;
}

/* component,generation and at least `more` further columns. */
static bool row_of(struct span line, size_t more, struct row *ret) {
        ret->component = cut_at(&line, ',');
        if (ret->component.n == 0 || !number(cut_at(&line, ','), &ret->generation))
                return false;
        for (; more > 0; more--)
                if (cut_at(&line, ',').n == 0)
                        return false;
        return true;
}

/* Whether no line of the level asks for a later generation of this component. */
static bool row_allowed(const struct row *row, struct span level, struct text *why) {
        struct span line;
        struct row least;

        while (next_line(&level, &line)) {
                if (!row_of(line, 0, &least)) {
                        text_str(why, "cannot be judged: this machine's SBAT level has the broken line ");
                        text_quoted(why, line);
                        return false;
                }
                if (!span_eq(row->component, least.component) || row->generation >= least.generation)
                        continue;
                text_str(why, "is revoked by SBAT: component ");
                text_quoted(why, row->component);
                text_str(why, " has generation ");
                text_dec(why, row->generation);
                text_str(why, ", the least allowed is ");
                text_dec(why, least.generation);
                return false;
        }
        return true;
}

bool sbat_allowed(struct span sbat, struct span level, struct text *why) {
        struct span line;
        struct row row;

        sbat = text_of(sbat);
        level = text_of(level);
        while (next_line(&sbat, &line)) {
                if (!row_of(line, 4, &row)) {
                        text_str(why, "has the malformed .sbat line ");
                        text_quoted(why, line);
                        return false;
                }
                if (!row_allowed(&row, level, why))
                        return false;
        }
        return true;
}
