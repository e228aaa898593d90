/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/once.h"
#include "judge/authenticode.h"
#include "path.h"

/* Where packages put addons: what is for every UKI (UAPI.5 "Unified Kernel Image"; uki-addons of virt-firmware), and, as Fedora's
 * kernel-uki-virt-addons does, beside the UKI of a kernel. */
static const char *const vendor_folders[] = { "/usr/lib/modules/uki.extra.d", "/usr/lib/linux/extra.d" };
#define VENDOR_KERNELS "/usr/lib/modules"

const char *place_name(enum place place) {
        static const char *const names[] = { "once", "always", "uki", "vendor", "file" };

        return names[place];
}

/* Who signed it, whether or not anybody believes them. */
static void name_signers(const struct pe *pe, struct text *ret) {
        static const struct believed nobody = { .secure_boot = -1 };
        struct signatures *sigs = need(sizeof(*sigs));
        char buf[256];
        struct text ignored = TEXT_IN(buf);

        memset(sigs, 0, sizeof(*sigs));
        if (signatures_check(pe, NULL, &nobody, sigs, &ignored))
                for (size_t i = 0; i < sigs->n; i++)
                        if (sigs->list[i].signer[0])
                                text_cat(ret, i > 0 ? ", " : "", sigs->list[i].signer, NULL);
        signatures_free(sigs);
        free(sigs);
}

/* The clause without the path in front, which whoever says it has said. */
static bool read_addon(const char *file, struct span *ret, struct text *bad) {
        char buf[PLAN_PATH_MAX + 256];
        struct text why = TEXT_IN(buf);
        size_t n = strlen(file) + strlen(": ");

        if (once_read(file, ADDON_FILE_MAX, ret, &why))
                return true;
        text_str(bad, why.len > n ? buf + n : buf);
        return false;
}

void placed_read(const char *file, struct placed *ret) {
        struct pe *pe = need(sizeof(*pe));
        const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
        struct span name = span_of(base);

        memset(ret, 0, sizeof(*ret));
        struct text bad = TEXT_IN(ret->bad), signer = TEXT_IN(ret->signer);
        if (path_is_addon(name))
                name.n -= strlen(ADDON_TAIL);
        ret->file = strdup(file);
        ret->path = strdup(file);
        ret->name = strndup((const char *) name.p, name.n);
        ret->place = PLACE_FILE;
        if (read_addon(file, &ret->bytes, &bad) && pe_open_file(ret->bytes, pe, &bad)) {
                name_signers(pe, &signer);
                ret->well_formed = addon_open(pe, NULL, &ret->addon, &bad) == ADDON_FITS;
        }
        free(pe);
}

void placed_free(struct placed *p) {
        free(p->file);
        free(p->path);
        free(p->name);
}

static struct placed *add(struct places *all, const char *file) {
        struct placed *v = realloc(all->v, (all->n + 1) * sizeof(*v));

        if (!v) {
                fputs("ukictl: out of memory\n", stderr);
                exit(1);
        }
        all->v = v;
        placed_read(file, &v[all->n]);
        return &v[all->n++];
}

/* The addons of one folder of the host; dir: the same as firmware names it, NULL: it does not see it. */
static void read_folder(struct places *all, enum place place, bool on_xbootldr, const char *folder, const char *dir) {
        struct names names = { NULL, 0 };
        char buf[PLAN_PATH_MAX];
        struct text ignored = TEXT_IN(buf);

        if (!folder || !files_read(folder, &names, &ignored))
                return;
        for (size_t i = 0; i < names.n; i++) {
                struct text path = TEXT_IN(buf);

                if (!path_is_addon(span_of(names.v[i])))
                        continue;
                char *file = file_join(folder, names.v[i], strlen(names.v[i]));
                struct placed *p = add(all, file);
                p->place = place;
                p->on_xbootldr = on_xbootldr;
                text_cat(&path, dir, "\\", names.v[i], NULL);
                if (dir) {
                        free(p->path);
                        p->path = strdup(buf);
                }
                free(file);
        }
        names_free(&names);
}

static void read_volume_folder(struct places *all, enum place place, bool on_xbootldr, const char *root, const char *dir) {
        char *folder = root ? volume_find(root, dir) : NULL;

        read_folder(all, place, on_xbootldr, folder, dir);
        free(folder);
}

/* Folders of images, whether or not the image is there. */
static void read_image_folders(struct places *all, bool on_xbootldr, const char *root) {
        char *images = root ? volume_find(root, DIR_IMAGES) : NULL, buf[PLAN_PATH_MAX];
        struct text dir = TEXT_IN(buf);
        struct names names = { NULL, 0 };

        if (images && names_read(images, &names, &dir))
                for (size_t i = 0; i < names.n; i++) {
                        if (!span_ends_nocase(span_of(names.v[i]), DIR_TAIL))
                                continue;
                        text_clear(&dir);
                        text_cat(&dir, DIR_IMAGES "\\", names.v[i], NULL);
                        read_volume_folder(all, PLACE_UKI, on_xbootldr, root, buf);
                }
        names_free(&names);
        free(images);
}

static void read_vendor(const struct host *h, struct places *all) {
        char *kernels = host_path(h, VENDOR_KERNELS), buf[256];
        struct text ignored = TEXT_IN(buf);
        struct names releases = { NULL, 0 };

        for (size_t i = 0; i < sizeof(vendor_folders) / sizeof(vendor_folders[0]); i++) {
                char *folder = host_path(h, vendor_folders[i]);

                read_folder(all, PLACE_VENDOR, false, folder, NULL);
                free(folder);
        }
        (void) names_read(kernels, &releases, &ignored);
        for (size_t i = 0; i < releases.n; i++) {
                char *release = file_join(kernels, releases.v[i], strlen(releases.v[i]));
                struct names inside = { NULL, 0 };

                (void) names_read(release, &inside, &ignored);
                for (size_t k = 0; k < inside.n; k++)
                        if (span_ends_nocase(span_of(inside.v[k]), UKI_TAIL DIR_TAIL)) {
                                char *folder = file_join(release, inside.v[k], strlen(inside.v[k]));

                                read_folder(all, PLACE_VENDOR, false, folder, NULL);
                                free(folder);
                        }
                names_free(&inside);
                free(release);
        }
        names_free(&releases);
        free(kernels);
}

void places_read(const struct host *h, struct places *ret) {
        *ret = (struct places) { NULL, 0 };
        read_volume_folder(ret, PLACE_ONCE, false, h->esp, DIR_POOL);
        read_volume_folder(ret, PLACE_ONCE, true, h->xbootldr, DIR_POOL);
        read_volume_folder(ret, PLACE_ALWAYS, false, h->esp, DIR_ADDONS);
        read_volume_folder(ret, PLACE_ALWAYS, true, h->xbootldr, DIR_ADDONS);
        read_image_folders(ret, false, h->esp);
        read_image_folders(ret, true, h->xbootldr);
        read_vendor(h, ret);
}

void places_free(struct places *places) {
        for (size_t i = 0; i < places->n; i++)
                placed_free(&places->v[i]);
        free(places->v);
        *places = (struct places) { NULL, 0 };
}
