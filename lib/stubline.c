/* SPDX-License-Identifier: BSD-2-Clause */
#include "stubline.h"

#include "stubs.h"

#define NO_CHARACTER 0xffffffffu

struct stubline stubline_rules(unsigned version, bool handover) {
        return (struct stubline) {
                .keeps_front = version < STUB_TRIMS,
                .reads_on = version >= STUB_READS_ON && version <= STUB_READS_ON_LAST,
                .joins_raw = version >= STUB_ADDONS && version < STUB_TRIMS_ALL,
                .per_folder = version >= STUB_ADDONS && version < STUB_ADDONS_AS_ONE,
                .raw_smbios = version >= STUB_SMBIOS && version < STUB_TRIMS_ALL,
                .ascii = handover,
        };
}

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

bool stubline_next(struct span *rest, uint16_t *ret) {
        struct span s = *rest;
        uint32_t c = NO_CHARACTER;
        size_t used;

        while (s.n > 0 && !fits_ucs2(c)) {
                c = decode(s, &used);
                s = span_from(s, used);
        }
        if (!fits_ucs2(c) || c == 0) {
                *rest = (struct span) { s.p, 0 };
                return false;
        }
        *rest = s;
        *ret = (uint16_t) c;
        return true;
}

bool stubline_blank(const struct stubline *rules, uint16_t c) {
        return c <= 0x20 || (c == 0x7f && !rules->keeps_front);
}

/* As the kernel's EFI stub writes it: never a surrogate, for none gets so far. */
static void put(const struct stubline *rules, uint16_t c, struct text *out) {
        const uint8_t tail = (uint8_t) (0x80 | (c & 0x3f)), middle = (uint8_t) (0x80 | (c >> 6 & 0x3f));

        if (rules->ascii && c > 0x7e)
                text_char(out, ' ');
        else if (c < 0x80)
                text_char(out, (char) c);
        else if (c < 0x800)
                text_bytes(out, (struct span) { (const uint8_t[]) { (uint8_t) (0xc0 | c >> 6), tail }, 2 });
        else
                text_bytes(out, (struct span) { (const uint8_t[]) { (uint8_t) (0xe0 | c >> 12), middle, tail }, 3 });
}

void stubline_section(const struct stubline *rules, struct span section, struct text *out) {
        bool begun = rules->keeps_front;
        size_t blanks = 0;
        uint16_t c;

        while (stubline_next(&section, &c)) {
                if (stubline_blank(rules, c)) {
                        blanks += begun;
                        continue;
                }
                for (; blanks > 0; blanks--)
                        text_char(out, ' ');
                put(rules, c, out);
                begun = true;
        }
}

void stubline_smbios(const struct stubline *rules, struct span extra, struct text *out) {
        uint16_t c;

        if (!rules->raw_smbios) {
                stubline_section(rules, extra, out);
                return;
        }
        while (stubline_next(&extra, &c) && (c != '\n' || rules->ascii))
                put(rules, c, out);
}

bool stubline_only_blanks(const struct stubline *rules, struct span text) {
        bool any = false;
        uint16_t c;

        while (stubline_next(&text, &c)) {
                if (!stubline_blank(rules, c))
                        return false;
                any = true;
        }
        return any;
}
