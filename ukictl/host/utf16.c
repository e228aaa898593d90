/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/utf16.h"

#include "ucs2.h"

bool utf16_read(struct span raw, struct text *ret) {
        return ucs2_take_ascii(&raw, ret);
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
