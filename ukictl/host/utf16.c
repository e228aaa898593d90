/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/utf16.h"

bool utf16_read(struct span raw, struct text *ret) {
        size_t n = 0;

        if (raw.n % 2 != 0)
                return false;
        for (uint16_t c; span_u16(raw, 2 * n, &c) && c != 0; n++)
                if (c < 0x20 || c > 0x7e)
                        return false;
        for (size_t i = 0; i < n; i++)
                text_char(ret, (char) raw.p[2 * i]);
        return !ret->cut;
}

struct bytes utf16_write(struct span ascii) {
        struct bytes b = { need(2 * ascii.n + 2), 2 * ascii.n + 2 };

        for (size_t i = 0; i <= ascii.n; i++) {
                b.p[2 * i] = i < ascii.n ? ascii.p[i] : 0;
                b.p[2 * i + 1] = 0;
        }
        return b;
}

bool utf16_variable(const struct host *h, const char *name, const char *guid, struct text *ret) {
        char buf[256];
        struct text why = TEXT_IN(buf);
        struct bytes b;

        if (efivar_read(h->efivars, name, guid, &b, &why) != EFIVAR_READ)
                return false;
        bool ok = utf16_read(bytes_span(&b), ret);
        bytes_free(&b);
        return ok;
}
