/* SPDX-License-Identifier: BSD-2-Clause */
#include "stubline.h"
#include "stubrole.h"

static void put(uint16_t c, uint8_t *dst, size_t cap, size_t *at) {
        if (dst && *at + 2 <= cap) {
                dst[*at] = (uint8_t) (c & 0xff);
                dst[*at + 1] = (uint8_t) (c >> 8);
        }
        *at += 2;
}

static size_t convert(struct span s, uint8_t *dst, size_t cap) {
        size_t at = 0;
        uint16_t c;

        while (stubline_next(&s, &c))
                put(c, dst, cap, &at);
        put(0, dst, cap, &at);
        return at;
}

size_t stubrole_ucs2(struct span utf8, uint8_t *dst, size_t cap) {
        const size_t size = convert(utf8, NULL, 0);

        if (size <= cap)
                (void) convert(utf8, dst, cap);
        return size;
}
