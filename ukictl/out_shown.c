/* SPDX-License-Identifier: BSD-2-Clause */
/* What is text: valid UTF-8 without a character that a terminal obeys. */
#include <string.h>

#include "out.h"
#include "text.h"

/* Bytes of the character that s begins with, and the character; 0: it is no UTF-8 (RFC 3629: shortest form, no surrogates, up to
 * U+10FFFF). */
static size_t utf8_one(struct span s, uint32_t *ret) {
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        size_t n = s.p[0] < 0x80 ? 1 : s.p[0] < 0xc0 ? 0 : s.p[0] < 0xe0 ? 2 : s.p[0] < 0xf0 ? 3 : s.p[0] < 0xf8 ? 4 : 0;
        uint32_t c = n == 1 ? s.p[0] : s.p[0] & (0x7fu >> n);

        if (n == 0 || n > s.n)
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((s.p[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s.p[i] & 0x3fu);
        }
        *ret = c;
        return c >= least[n] && !(c >= 0xd800 && c <= 0xdfff) && c <= 0x10ffff ? n : 0;
}

/* What drives a terminal, breaks a line, or turns the direction of what stands beside it. */
static bool is_control(uint32_t c) {
        return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
               (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
               (c >= 0xe0000 && c <= 0xe007f);
}

char *out_shown(struct span s) {
        size_t cap = 4 * s.n + 8;
        char *p = need(cap);
        struct text t = text_in(p, cap);

        while (s.n > 0) {
                uint32_t c = 0;
                size_t n = utf8_one(s, &c);
                bool as_is = n > 0 && !is_control(c);
                struct span head = { s.p, n > 0 ? n : 1 };

                if (as_is)
                        text_bytes(&t, head);
                else
                        text_shown(&t, head, head.n);
                s = (struct span) { s.p + head.n, s.n - head.n };
        }
        return p;
}
