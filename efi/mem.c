/* SPDX-License-Identifier: BSD-2-Clause */
/* The five functions of <string.h> that lib/ may use and that compilers call by themselves. */
#include "span.h"

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

/* Eight bytes at a time: images are hundreds of megabytes and emulated machines pay for each step. */
typedef uint64_t word __attribute__((may_alias, aligned(1)));

void *memcpy(void *to, const void *from, size_t n) {
        uint8_t *t = to;
        const uint8_t *f = from;

        for (; n >= 8; n -= 8, t += 8, f += 8)
                *(word *) t = *(const word *) f;
        for (; n > 0; n--)
                *t++ = *f++;
        return to;
}

void *memmove(void *to, const void *from, size_t n) {
        uint8_t *t = to;
        const uint8_t *f = from;

        if (t == f || n == 0)
                return to;
        if (t < f || t >= f + n)
                return memcpy(to, from, n);
        while (n-- > 0)
                t[n] = f[n];
        return to;
}

void *memset(void *to, int byte, size_t n) {
        uint8_t *t = to;
        uint64_t pattern = (uint64_t) (uint8_t) byte * 0x0101010101010101ull;

        for (; n >= 8; n -= 8, t += 8)
                *(word *) t = pattern;
        for (; n > 0; n--)
                *t++ = (uint8_t) byte;
        return to;
}

int memcmp(const void *a, const void *b, size_t n) {
        const uint8_t *x = a, *y = b;

        for (; n >= 8 && *(const word *) x == *(const word *) y; n -= 8, x += 8, y += 8)
                ;
        for (; n > 0; n--, x++, y++)
                if (*x != *y)
                        return *x - *y;
        return 0;
}

size_t strlen(const char *s) {
        size_t n = 0;

        while (s[n])
                n++;
        return n;
}
