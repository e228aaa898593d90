/* SPDX-License-Identifier: BSD-2-Clause */
/* Followed: Linux 6.12, drivers/firmware/efi/libstub/efi-stub-helper.c, efi_convert_cmdline. */
#include "tiny.h"

static BOOLEAN between(UINT32 c, UINT32 first, UINT32 last) {
        return c >= first && c <= last;
}

static UINTN put_utf8(UINT32 c, UINT8 *ret) {
        UINTN more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        static const UINT8 first[] = { 0, 0xc0, 0xe0, 0xf0 };

        for (UINTN i = more; i > 0; i--, c >>= 6)
                ret[i] = (UINT8) (0x80 | (c & 0x3f));
        ret[0] = (UINT8) (first[more] | c);
        return more + 1;
}

/* A pair of surrogates is one character; one alone is none, and is replaced. */
static UINT32 next_char(const CHAR16 *options, UINTN count, UINTN *at) {
        UINT32 c = options[(*at)++];

        if (!between(c, 0xd800, 0xdfff))
                return c;
        if (c >= 0xdc00 || *at == count || !between(options[*at], 0xdc00, 0xdfff))
                return 0xfffd;
        return 0x10000 + ((c & 0x3ff) << 10) + (options[(*at)++] & 0x3ffu);
}

/* What is too long ends before the last word that fits, and a quoted word is one. */
UINTN line_of(const CHAR16 *options, UINTN count, UINT8 ret[LINE_ROOM]) {
        UINTN used = 0, whole = 0;
        BOOLEAN quoted = FALSE;

        for (UINTN at = 0; at < count && used < LINE_MAX;) {
                UINT32 c = next_char(options, count, &at);

                if (c == 0 || c == '\n')
                        break;
                if (c == '"')
                        quoted = !quoted;
                else if (!quoted && (c == ' ' || between(c, '\t', '\r')))
                        whole = used;
                used += put_utf8(c, ret + used);
        }
        return used < LINE_MAX ? used : whole;
}
