/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 to UCS-2 with systemd-stub's leniency: overlong forms pass, sequences of five and six bytes are read (and fall out as too large), and
 * a broken sequence takes as many bytes with it as its first byte announced. */
#include "stubrole.h"

#define NO_CHARACTER 0xffffffffu

/* How many bytes the sequence has that begins with this byte; 0: no sequence begins so. */
static unsigned announced(uint8_t first) {
        if (first < 0x80)
                return 1;
        for (unsigned n = 2; n <= 6; n++)
                if ((first & (0xffu << (7 - n) & 0xffu)) == (0xffu << (8 - n) & 0xffu))
                        return n;
        return 0;
}

/* The character at the start of s, which is not empty; *ret_used bytes belong to it. */
static uint32_t decode(struct span s, size_t *ret_used) {
        const unsigned n = announced(s.p[0]);
        uint32_t c;

        *ret_used = n == 0 ? 1 : n < s.n ? n : s.n;
        if (n == 0 || n > s.n)
                return NO_CHARACTER;
        c = n == 1 ? s.p[0] : s.p[0] & (0x7fu >> n);
        for (unsigned i = 1; i < n; i++) {
                if ((s.p[i] & 0xc0) != 0x80)
                        return NO_CHARACTER;
                c = c << 6 | (s.p[i] & 0x3fu);
        }
        return c;
}

static bool fits_ucs2(uint32_t c) {
        return c < 0xd800 || (c >= 0xe000 && c <= 0xffff);
}

static void put(uint32_t c, uint8_t *dst, size_t cap, size_t *at) {
        if (dst && *at + 2 <= cap) {
                dst[*at] = (uint8_t) (c & 0xff);
                dst[*at + 1] = (uint8_t) (c >> 8);
        }
        *at += 2;
}

static size_t convert(struct span s, uint8_t *dst, size_t cap) {
        size_t at = 0, used;

        for (; s.n > 0 && s.p[0] != 0; s = (struct span) { s.p + used, s.n - used }) {
                const uint32_t c = decode(s, &used);

                if (c == 0)
                        break;
                if (fits_ucs2(c))
                        put(c, dst, cap, &at);
        }
        put(0, dst, cap, &at);
        return at;
}

size_t stubrole_ucs2(struct span utf8, uint8_t *dst, size_t cap) {
        const size_t size = convert(utf8, NULL, 0);

        if (size <= cap)
                (void) convert(utf8, dst, cap);
        return size;
}
