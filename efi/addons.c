/* SPDX-License-Identifier: BSD-2-Clause */
#include "addons.h"

#include "path.h"

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

/* At its own path, from memory. */
static bool show(struct overlayfs *o, const struct plan_addon *a) {
        struct span name = path_base(span_of(a->path));
        char dir[PLAN_PATH_MAX];
        struct text text = TEXT_IN(dir);

        text_bytes(&text, (struct span) { (const uint8_t *) a->path, strlen(a->path) - name.n - 1 });
        return overlayfs_serve(o, dir, (const char *) name.p, a->file);
}

void addons_validate(struct boot *b, struct overlayfs *o, struct plan_addon *a) {
        struct text why = TEXT_IN(a->untrusted);
        FW_POOL EFI_DEVICE_PATH *path = devpath_file(overlayfs_path(o), a->path);
        EFI_HANDLE image;

        if (!path || !show(o, a)) {
                text_str(&why, "could not be validated: out of memory");
                return;
        }
        if (pe_open_file(a->file, &b->scratch.pe, &why) && trust_load_shown(&b->trust, path, &b->scratch.pe, &image, &why)) {
                text_clear(&why);
                compare_loaded(b, image, a);
                (void) fw_bs->UnloadImage(image); /* loaded after the UKI: shim forgets nothing of the UKI's */
        }
        overlayfs_withdraw(o);
}
