/* SPDX-License-Identifier: BSD-2-Clause */
/* The five functions of <string.h> that lib/ may use and that compilers call by themselves. */
#include "span.h"

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

/* 32 bytes at a time: images are hundreds of megabytes and emulated machines pay for each step. */
typedef uint64_t word __attribute__((may_alias, aligned(1)));

void *memcpy(void *to, const void *from, size_t n) {
        uint8_t *t = to;
        const uint8_t *f = from;

        for (; n >= 32; n -= 32, t += 32, f += 32) {
                ((word *) t)[0] = ((const word *) f)[0];
                ((word *) t)[1] = ((const word *) f)[1];
                ((word *) t)[2] = ((const word *) f)[2];
                ((word *) t)[3] = ((const word *) f)[3];
        }
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

        for (; n >= 32; n -= 32, t += 32)
                ((word *) t)[0] = ((word *) t)[1] = ((word *) t)[2] = ((word *) t)[3] = pattern;
        for (; n > 0; n--)
                *t++ = (uint8_t) byte;
        return to;
}

static bool same_32(const word *a, const word *b) {
        return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0;
}

int memcmp(const void *a, const void *b, size_t n) {
        const uint8_t *x = a, *y = b;

        for (; n >= 32 && same_32((const word *) x, (const word *) y); n -= 32, x += 32, y += 32)
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
