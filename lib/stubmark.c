/* SPDX-License-Identifier: BSD-2-Clause */
#include "stubmark.h"

#include <string.h>

#include "stubs.h"

static const char stub[] = "systemd-stub ";

/* The digits at the start of *s, which are taken off it; false if there are none or far too many. */
static bool version_number(struct span *s, unsigned *ret) {
        unsigned value = 0;
        size_t i = 0;

        for (; i < s->n && i < 6 && s->p[i] >= '0' && s->p[i] <= '9'; i++)
                value = value * 10 + (unsigned) (s->p[i] - '0');
        if (i == 0 || (i < s->n && s->p[i] >= '0' && s->p[i] <= '9'))
                return false;
        *s = span_from(*s, i);
        *ret = value;
        return true;
}

static bool is_printable(uint16_t c) {
        return c >= 0x20 && c <= 0x7e;
}

/* "systemd-stub N", "systemd-stub N.M" and whatever follows. */
static bool read_text(struct span text, struct stubmark *ret) {
        struct stubmark mark = { 0 };
        struct span version;

        for (size_t i = 0; i < text.n; i++)
                if (!is_printable(text.p[i]))
                        return false;
        if (text.n > STUBMARK_MAX || !span_starts(text, stub))
                return false;
        version = span_from(text, sizeof(stub) - 1);
        if (!version_number(&version, &mark.version))
                return false;
        if (span_starts(version, ".")) {
                version = span_from(version, 1);
                (void) version_number(&version, &mark.minor);
        }
        memcpy(mark.text, text.p, text.n);
        *ret = mark;
        return true;
}

bool stubmark_of_section(struct span magic, struct stubmark *ret) {
        static const char head[] = "#### LoaderInfo: ", tail[] = " ####";
        const size_t n_head = sizeof(head) - 1, n_tail = sizeof(tail) - 1;

        magic = span_trim_nul(magic);
        if (!span_starts(magic, head) || !span_ends(magic, tail) || magic.n < n_head + n_tail)
                return false;
        return read_text(span_between(magic, n_head, magic.n - n_tail), ret);
}

/* The UCS-2 text that begins with unit i, as ASCII. False if it does not end, or is longer or other than a mark is. */
static bool read_units(struct span code, size_t i, struct stubmark *ret) {
        uint8_t text[STUBMARK_MAX];
        uint16_t c;

        for (size_t n = 0; span_u16(code, 2 * (i + n), &c); n++) {
                if (c == 0)
                        return read_text((struct span) { text, n }, ret);
                if (n == sizeof(text) || !is_printable(c) || (n < sizeof(stub) - 1 && c != (uint8_t) stub[n]))
                        return false;
                text[n] = (uint8_t) c;
        }
        return false;
}

bool stubmark_of_code(struct span code, struct stubmark *ret) {
        struct stubmark mark;

        for (size_t i = 0; 2 * i < code.n; i++)
                if (read_units(code, i, &mark) && mark.version < STUB_MARKED) {
                        *ret = mark;
                        return true;
                }
        return false;
}
