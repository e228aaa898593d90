/* SPDX-License-Identifier: BSD-2-Clause */
#include "ucs2.h"

#include "utf8.h"

size_t ucs2_len(const uint16_t *s, size_t max) {
        size_t n = 0;

        while (n < max && s[n])
                n++;
        return n;
}

bool ucs2_from_utf8(const char *utf8, uint16_t *ret, size_t cap) {
        struct span rest = span_of(utf8);
        size_t n = 0;
        uint16_t c;

        while (n + 1 < cap && utf8_next(&rest, &c))
                ret[n++] = c;
        ret[rest.n == 0 ? n : 0] = 0;
        return rest.n == 0;
}

bool ucs2_name(const uint16_t *s, size_t max, struct text *ret) {
        size_t n = ucs2_len(s, max);
        bool good = true;

        for (size_t i = 0; i < n; i++) {
                const uint8_t high_first[2] = { (uint8_t) (s[i] >> 8), (uint8_t) s[i] };

                if (s[i] >= 0x20 && s[i] != 0x7f && !utf8_is_surrogate(s[i])) {
                        utf8_put(ret, s[i]);
                        continue;
                }
                good = false;
                text_str(ret, "\\u");
                text_hex(ret, (struct span) { high_first, sizeof(high_first) });
        }
        return good && !ret->cut;
}

bool ucs2_ascii(const uint16_t *s, size_t max, struct text *ret) {
        size_t n = ucs2_len(s, max);

        for (size_t i = 0; i < n; i++) {
                if (s[i] < 0x20 || s[i] > 0x7e)
                        return false;
                text_char(ret, (char) s[i]);
        }
        return !ret->cut;
}

bool ucs2_take_ascii(struct span *raw, struct text *ret) {
        const struct span all = *raw;
        bool good = all.n % 2 == 0;
        size_t n = 0;

        for (uint16_t c; span_u16(all, 2 * n, &c) && c != 0; n++)
                good = good && c >= 0x20 && c <= 0x7e;
        *raw = span_from(all, 2 * n + 2);
        for (size_t i = 0; good && i < n; i++)
                text_char(ret, (char) all.p[2 * i]);
        return good && !ret->cut;
}

static uint16_t lower(uint16_t c) {
        return c >= 'A' && c <= 'Z' ? (uint16_t) (c + ('a' - 'A')) : c;
}

bool ucs2_eq_nocase_n(const uint16_t *a, const uint16_t *b, size_t n) {
        for (size_t i = 0; i < n; i++) {
                if (lower(a[i]) != lower(b[i]))
                        return false;
                if (a[i] == 0)
                        return true;
        }
        return true;
}

bool ucs2_eq_nocase(const uint16_t *a, const uint16_t *b) {
        return ucs2_eq_nocase_n(a, b, SIZE_MAX);
}
