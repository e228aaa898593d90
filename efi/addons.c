/* SPDX-License-Identifier: BSD-2-Clause */
#include "addons.h"

/* What LoadImage verified must be what the plan read from the file. */
static void compare_loaded(struct boot *b, EFI_HANDLE image, struct plan_addon *a) {
        struct text why = TEXT_IN(a->untrusted);
        struct span bytes;
        struct addon loaded;

        if (!trust_image_bytes(image, &bytes) || !pe_open_image(bytes, &b->scratch.pe, &why) ||
            addon_open(&b->scratch.pe, NULL, &loaded, &why) != ADDON_FITS || !addon_same(&loaded, &a->addon)) {
                text_clear(&why);
                text_str(&why, "is not the same in memory as in its file: its headers contradict each other, make it anew");
        }
}

void addons_validate(struct boot *b, const struct volume *volume, struct plan_addon *a) {
        struct text why = TEXT_IN(a->untrusted);
        FW_POOL EFI_DEVICE_PATH *path = devpath_file(volume->path, a->path);
        EFI_HANDLE image;

        if (!path) {
                text_str(&why, "could not be validated: out of memory");
                return;
        }
        if (!pe_open_file(a->file, &b->scratch.pe, &why) || !trust_load(&b->trust, path, &b->scratch.pe, &image, &why))
                return;
        text_clear(&why);
        compare_loaded(b, image, a);
        (void) fw_bs->UnloadImage(image); /* loaded after the UKI: shim forgets nothing of the UKI's */
}
