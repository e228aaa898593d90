/* SPDX-License-Identifier: BSD-2-Clause */
#include "span.h"

#include <string.h>

bool span_sub(struct span s, size_t off, size_t len, struct span *ret) {
        if (off > s.n || len > s.n - off)
                return false;
        /* NULL + 0 is undefined in C, and an empty span may have no pointer. */
        *ret = (struct span) { .p = off > 0 ? s.p + off : s.p, .n = len };
        return true;
}

struct span span_between(struct span s, size_t from, size_t to) {
        if (to > s.n)
                to = s.n;
        if (from > to)
                from = to;
        return (struct span) { .p = from > 0 ? s.p + from : s.p, .n = to - from };
}

struct span span_from(struct span s, size_t from) {
        return span_between(s, from, s.n);
}

bool span_line(struct span *rest, struct span *ret) {
        size_t n = 0;

        if (rest->n == 0)
                return false;
        while (n < rest->n && rest->p[n] != '\n')
                n++;
        *ret = span_between(*rest, 0, n);
        *rest = span_from(*rest, n + 1);
        return true;
}

bool span_u16(struct span s, size_t off, uint16_t *ret) {
        struct span b;

        if (!span_sub(s, off, 2, &b))
                return false;
        *ret = (uint16_t) (b.p[0] | b.p[1] << 8);
        return true;
}

bool span_u32(struct span s, size_t off, uint32_t *ret) {
        struct span b;

        if (!span_sub(s, off, 4, &b))
                return false;
        *ret = (uint32_t) b.p[0] | (uint32_t) b.p[1] << 8 | (uint32_t) b.p[2] << 16 | (uint32_t) b.p[3] << 24;
        return true;
}

bool span_u64(struct span s, size_t off, uint64_t *ret) {
        uint32_t low, high;

        if (!span_u32(s, off, &low) || !span_u32(s, off + 4, &high)) /* off + 4 lies in s if the first half does */
                return false;
        *ret = (uint64_t) high << 32 | low;
        return true;
}

static bool hex_digit(uint8_t c, uint8_t *ret) {
        if (c >= '0' && c <= '9')
                *ret = (uint8_t) (c - '0');
        else if (c >= 'a' && c <= 'f')
                *ret = (uint8_t) (c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
                *ret = (uint8_t) (c - 'A' + 10);
        else
                return false;
        return true;
}

bool span_hex(struct span s, uint8_t *ret, size_t n) {
        if (s.n != 2 * n)
                return false;
        for (size_t i = 0; i < n; i++) {
                uint8_t high, low;

                if (!hex_digit(s.p[2 * i], &high) || !hex_digit(s.p[2 * i + 1], &low))
                        return false;
                ret[i] = (uint8_t) (high << 4 | low);
        }
        return true;
}

bool span_eq(struct span a, struct span b) {
        return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_eq_str(struct span s, const char *str) {
        return span_eq(s, span_of(str));
}

bool span_starts(struct span s, const char *str) {
        struct span head;

        return span_sub(s, 0, strlen(str), &head) && span_eq_str(head, str);
}

/* The last n bytes of s, or nothing that compares equal to n bytes. */
static bool tail(struct span s, size_t n, struct span *ret) {
        return n <= s.n && span_sub(s, s.n - n, n, ret);
}

bool span_ends(struct span s, const char *str) {
        struct span end;

        return tail(s, strlen(str), &end) && span_eq_str(end, str);
}

static uint8_t lower(uint8_t c) {
        return c >= 'A' && c <= 'Z' ? (uint8_t) (c + ('a' - 'A')) : c;
}

bool span_eq_nocase(struct span a, struct span b) {
        if (a.n != b.n)
                return false;
        for (size_t i = 0; i < a.n; i++)
                if (lower(a.p[i]) != lower(b.p[i]))
                        return false;
        return true;
}

bool span_ends_nocase(struct span s, const char *str) {
        struct span end;

        return tail(s, strlen(str), &end) && span_eq_nocase(end, span_of(str));
}

struct span span_of(const char *str) {
        return (struct span) { .p = (const uint8_t *) str, .n = strlen(str) };
}

struct span span_trim_nul(struct span s) {
        while (s.n > 0 && s.p[s.n - 1] == 0)
                s.n--;
        return s;
}
