/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <stdarg.h>
#include <string.h>

struct text text_in(char *buf, size_t cap) {
        buf[0] = '\0';
        return (struct text) { .p = buf, .cap = cap };
}

void text_clear(struct text *t) {
        t->len = 0;
        t->cut = false;
        t->p[0] = '\0';
}

void text_bytes(struct text *t, struct span s) {
        if (t->cut || s.n >= t->cap - t->len) {
                /* Sticky: a sentence with a hole in it would say something else. */
                t->cut = t->cut || s.n > 0;
                return;
        }
        if (s.n > 0)
                memmove(t->p + t->len, s.p, s.n);
        t->len += s.n;
        t->p[t->len] = '\0';
}

void text_str(struct text *t, const char *s) {
        text_bytes(t, span_of(s));
}

void text_char(struct text *t, char c) {
        text_bytes(t, (struct span) { .p = (const uint8_t *) &c, .n = 1 });
}

static char digit(unsigned value) {
        return (char) (value < 10 ? '0' + value : 'a' + (value - 10));
}

/* value in base 10 or 16, without leading zeros. */
static void number(struct text *t, uint64_t value, unsigned base) {
        char digits[20];
        size_t at = sizeof(digits);

        do {
                digits[--at] = digit((unsigned) (value % base));
                value /= base;
        } while (value > 0);
        text_bytes(t, (struct span) { .p = (const uint8_t *) digits + at, .n = sizeof(digits) - at });
}

void text_dec(struct text *t, uint64_t value) {
        number(t, value, 10);
}

void text_hexnum(struct text *t, uint64_t value) {
        if (t->cap - t->len <= sizeof("0x") - 1 + 16) { /* whole or not at all, prefix included */
                t->cut = true;
                return;
        }
        text_str(t, "0x");
        number(t, value, 16);
}

void text_hex(struct text *t, struct span s) {
        if ((t->cap - t->len - 1) / 2 < s.n)
                t->cut = true;
        for (size_t i = 0; i < s.n; i++) {
                text_char(t, digit(s.p[i] >> 4));
                text_char(t, digit(s.p[i] & 15));
        }
}

void text_shown(struct text *t, struct span s, size_t max_bytes) {
        size_t n = s.n < max_bytes ? s.n : max_bytes;

        for (size_t i = 0; i < n; i++) {
                const char escaped[] = { '\\', 'x', digit(s.p[i] >> 4), digit(s.p[i] & 15), '\0' };

                if (s.p[i] >= 0x20 && s.p[i] <= 0x7e)
                        text_char(t, (char) s.p[i]);
                else
                        text_str(t, escaped);
        }
        if (n < s.n)
                text_str(t, "...");
}

void text_quoted(struct text *t, struct span s) {
        text_char(t, '"');
        text_shown(t, s, 80);
        text_char(t, '"');
}

void text_cat(struct text *t, const char *first, ...) {
        va_list args;

        va_start(args, first);
        for (const char *s = first; s; s = va_arg(args, const char *)) /* NOLINT(clang-analyzer-valist.Uninitialized): it is */
                text_str(t, s);
        va_end(args);
}

struct span text_span(const struct text *t) {
        return (struct span) { .p = (const uint8_t *) t->p, .n = t->len };
}
