/* SPDX-License-Identifier: BSD-2-Clause */
/* From .cmdline sections to the kernel's line, told once more as it happens: arrays of UCS-2 that are decoded, mangled, joined
 * with blanks, and at last converted by the kernel. Shares nothing with lib/stubline.c and lib/overlay.c, which never have such
 * an array. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ORACLE_CHARS 20000u

struct oracle_line {
        uint16_t c[ORACLE_CHARS];
        size_t n;
        bool there; /* not a NULL pointer */
};

/* xstrn8_to_16 */
static inline void oracle_decode(const uint8_t *s, size_t n, struct oracle_line *ret) {
        size_t left = n;

        ret->n = 0;
        ret->there = true;
        while (left > 0 && *s != 0) {
                uint32_t value = *s;
                size_t ones = 0, length;
                bool good = true;

                for (uint8_t bit = 0x80; bit && (*s & bit); bit >>= 1) {
                        ones++;
                        value -= bit;
                }
                good = ones != 1 && ones < 7;
                length = good && ones ? ones : 1;
                if (length > left)
                        break;
                for (size_t i = 1; i < length; i++) {
                        good &= s[i] / 64 == 2;
                        value = value * 64 + s[i] % 64;
                }
                s += length;
                left -= length;
                if (good && (value < 0xd800 || (value > 0xdfff && value < 0x10000)))
                        ret->c[ret->n++] = (uint16_t) value;
        }
        for (size_t i = 0; i < ret->n; i++)
                if (ret->c[i] == 0)
                        ret->n = i;
}

/* mangle_stub_cmdline */
static inline void oracle_mangle(unsigned version, struct oracle_line *l) {
        size_t front = 0;

        for (size_t i = 0; i < l->n; i++)
                if (l->c[i] < ' ' || (version >= 255 && l->c[i] == 127))
                        l->c[i] = ' ';
        while (l->n > 0 && l->c[l->n - 1] == ' ')
                l->n--;
        while (version >= 255 && front < l->n && l->c[front] == ' ')
                front++;
        memmove(l->c, l->c + front, (l->n - front) * sizeof(l->c[0]));
        l->n -= front;
}

/* xasprintf("%ls%ls%ls", a, isempty(a) ? "" : " ", b) */
static inline void oracle_append(struct oracle_line *a, const struct oracle_line *b) {
        if (a->n > 0)
                a->c[a->n++] = ' ';
        memcpy(a->c + a->n, b->c, b->n * sizeof(b->c[0]));
        a->n += b->n;
        a->there = true;
}

/* xasprintf("%ls %ls", a, b), of 254 to 256, or as later ones append. */
static inline void oracle_append_smbios(unsigned version, struct oracle_line *a, struct oracle_line *b) {
        if (version >= 257) {
                oracle_mangle(version, b);
                if (b->n > 0)
                        oracle_append(a, b);
                return;
        }
        for (const char *p = a->there ? "" : "(null)"; *p; p++)
                a->c[a->n++] = (uint8_t) *p;
        a->c[a->n++] = ' ';
        memcpy(a->c + a->n, b->c, b->n * sizeof(b->c[0]));
        a->n += b->n;
}

/* efi_convert_cmdline; or what the handover entry is given. Returns how many bytes dst then holds, behind which comes a NUL. */
static inline size_t oracle_kernel(const struct oracle_line *l, bool handover, uint8_t *dst) {
        uint8_t *at = dst;

        for (size_t i = 0; i < l->n && (handover || l->c[i] != '\n'); i++) {
                const unsigned c = l->c[i];

                if (handover && c > 0x7e)
                        *at++ = ' ';
                else if (c < 0x80)
                        *at++ = (uint8_t) c;
                else {
                        if (c >= 0x800)
                                *at++ = (uint8_t) (0xe0 + c / 4096);
                        *at++ = (uint8_t) (c >= 0x800 ? 0x80 + c / 64 % 64 : 0xc0 + c / 64);
                        *at++ = (uint8_t) (0x80 + c % 64);
                }
        }
        *at = 0;
        return (size_t) (at - dst);
}

/* find_file_option's question: how often does the text stand in the line, at any place? */
static inline size_t oracle_find_option(const uint8_t *line, size_t n, const char *text) {
        const size_t size = strlen(text);
        size_t times = 0;

        for (size_t i = 0; i + size <= n; i++)
                times += memcmp(line + i, text, size) == 0;
        return times;
}
