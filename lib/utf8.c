/* SPDX-License-Identifier: BSD-2-Clause */
#include "utf8.h"

bool utf8_is_surrogate(uint16_t c) {
        return c >= 0xd800 && c <= 0xdfff;
}

/* How many bytes a character has. */
static size_t length_of(uint32_t c) {
        return c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
}

/* How many the first byte announces; 0: none begins so, or it is above U+FFFF. */
static size_t announced(uint8_t first) {
        if (first < 0x80)
                return 1;
        if ((first & 0xe0) == 0xc0)
                return 2;
        return (first & 0xf0) == 0xe0 ? 3 : 0;
}

bool utf8_next(struct span *s, uint16_t *ret) {
        const size_t n = s->n > 0 ? announced(s->p[0]) : 0;
        uint32_t c;

        if (n == 0 || n > s->n)
                return false;
        c = n == 1 ? s->p[0] : s->p[0] & (0xffu >> (n + 1));
        for (size_t i = 1; i < n; i++) {
                if ((s->p[i] & 0xc0) != 0x80)
                        return false;
                c = c << 6 | (s->p[i] & 0x3fu);
        }
        if (length_of(c) != n || utf8_is_surrogate((uint16_t) c))
                return false;
        *s = (struct span) { s->p + n, s->n - n };
        *ret = (uint16_t) c;
        return true;
}

void utf8_put(struct text *t, uint16_t c) {
        uint8_t b[3];
        const size_t n = length_of(c);

        for (size_t i = n - 1; i > 0; i--) {
                b[i] = (uint8_t) (0x80 | (c & 0x3f));
                c = (uint16_t) (c >> 6);
        }
        b[0] = (uint8_t) (n == 1 ? c : (0xf00u >> n & 0xffu) | c);
        text_bytes(t, (struct span) { b, n });
}
