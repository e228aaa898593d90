/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/addon_build.h"

#include <stdlib.h>
#include <string.h>

#include "addon.h"
#include "pe_write.h"

/* shim reads .sbat up to the raw size, so its padding has to be part of the section. */
#define SBAT_ALIGN 512u

static const char default_sbat[] =
        "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
        "uki-addon,1,UKI addon,addon,1,https://uapi-group.org/specifications/specs/unified_kernel_image/\n";

static struct bytes pad_sbat(struct span text) {
        if (text.n == 0)
                text = span_of(default_sbat);
        size_t n = (text.n + SBAT_ALIGN - 1) / SBAT_ALIGN * SBAT_ALIGN;
        struct bytes b = { need(n), n };

        memset(b.p, 0, n);
        memcpy(b.p, text.p, text.n);
        return b;
}

static bool write_image(const struct addon_parts *parts, struct span sbat, struct bytes *ret, struct text *why) {
        struct pe_write_section sections[4] = { { ".sbat", sbat, 0 } };
        size_t n = 1;

        if (parts->cmdline.n > 0)
                sections[n++] = (struct pe_write_section) { ".cmdline", parts->cmdline, 0 };
        if (parts->uname.n > 0)
                sections[n++] = (struct pe_write_section) { ".uname", parts->uname, 0 };
        if (parts->initrd.n > 0)
                sections[n++] = (struct pe_write_section) { ".initrd", parts->initrd, 0 };
        size_t size = pe_write_size(sections, n);
        if (size == 0) {
                text_str(why, "the addon would be too large for a PE image");
                return false;
        }
        ret->p = need(size);
        if (pe_write(parts->machine, sections, n, ret->p, size, &ret->n))
                return true;
        bytes_free(ret);
        text_str(why, "the addon could not be written into a PE image");
        return false;
}

/* Asks the judge that firmware will ask. */
static bool holds(struct span image, struct text *why) {
        struct pe *pe = need(sizeof(*pe));
        struct addon addon;

        text_str(why, "the addon would be refused: ");
        bool ok = pe_open_file(image, pe, why) && addon_open(pe, NULL, &addon, why) == ADDON_FITS;
        if (ok)
                text_clear(why);
        free(pe);
        return ok;
}

bool addon_build(const struct addon_parts *parts, struct bytes *ret, struct text *why) {
        struct bytes sbat = pad_sbat(parts->sbat), image = { NULL, 0 };
        bool ok = write_image(parts, bytes_span(&sbat), &image, why) && holds(bytes_span(&image), why);

        bytes_free(&sbat);
        if (ok)
                *ret = image;
        else
                bytes_free(&image);
        return ok;
}
