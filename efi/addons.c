/* SPDX-License-Identifier: BSD-2-Clause */
#include "addons.h"

#include "path.h"
#include "stubplace.h"

#define POOL_DIR "\\EFI\\ukiload\\addons"

struct gathering {
        struct boot *boot;
        const struct volume *volume;
        enum plan_origin origin;
        const char *dir;
        bool full;
};

/* The next free place, with its path. NULL: too many. */
static struct plan_addon *add(struct gathering *g, const char *name) {
        struct boot *b = g->boot;
        struct plan_addon *a = &b->addons[b->n_addons];
        struct text path;

        if (b->n_addons >= PLAN_ADDONS_MAX) {
                g->full = true;
                return NULL;
        }
        memset(a, 0, sizeof(*a));
        a->origin = g->origin;
        path = TEXT_IN(a->path);
        text_cat(&path, g->dir, "\\", name, NULL);
        b->n_addons++;
        if (path.cut) {
                struct text why = TEXT_IN(a->unread);

                text_cat(&why, "has too long a path: ", name, NULL);
        }
        return a;
}

static void read_into(const struct volume *v, struct plan_addon *a) {
        struct volume_file file = { 0 };
        struct text why;

        if (a->unread[0] != 0)
                return;
        why = TEXT_IN(a->unread); /* this empties it */
        if (volume_read(v, a->path, ADDON_FILE_MAX, &file, &why))
                a->file = file.bytes;
}

static bool take_standing(void *arg, const char *name, bool usable) {
        struct gathering *g = arg;
        struct plan_addon *a;

        /* Names that the stub does not look at are no addons; the overlay hides them all the same if they end like one. */
        if (!path_is_stub_addon(span_of(name)))
                return true;
        a = add(g, name);
        if (a && usable)
                read_into(g->volume, a);
        else if (a) { /* the stub takes a control character for one like any other */
                struct text unread = TEXT_IN(a->unread);

                text_str(&unread, VOLUME_NAME_FAULT);
        }
        return a != NULL;
}

/* One folder where the stub looks. One that cannot be read takes a place of its own among the addons, which is then refused: so
 * it is said, and counts. */
static void take_folder(struct gathering *g, enum plan_origin origin, const char *dir) {
        char buf[PLAN_WHY_MAX];
        struct text why = TEXT_IN(buf);
        struct plan_addon *a;

        g->origin = origin;
        g->dir = dir;
        if (volume_list(g->volume, dir, take_standing, g, &why) != VOLUME_UNREAD)
                return;
        a = add(g, "");
        if (a) {
                struct text path = TEXT_IN(a->path), unread = TEXT_IN(a->unread);

                text_str(&path, dir);
                text_str(&unread, buf);
        }
}

static void take_picked(struct gathering *g, const struct request *r) {
        for (size_t i = 0; i < r->n_addons; i++) {
                char name[REQUEST_ADDON_MAX + 16];
                struct text text = TEXT_IN(name);
                struct plan_addon *a;

                text_cat(&text, r->addons[i], ".addon.efi", NULL);
                a = add(g, name);
                if (a)
                        read_into(g->volume, a);
        }
}

bool addons_gather(struct boot *b, const struct volume *volume) {
        char dir[PLAN_PATH_MAX];
        struct text text = TEXT_IN(dir);
        struct gathering g = { .boot = b, .volume = volume };
        struct uki uki;

        b->n_addons = 0;
        take_folder(&g, PLAN_GLOBAL, "\\loader\\addons");
        uki_read_stub(&b->pe, &uki);
        stubplace_addons(&uki, span_of(b->start_path), &text);
        take_folder(&g, PLAN_LOCAL, dir);
        g.origin = PLAN_PICKED;
        g.dir = POOL_DIR;
        if (b->request)
                take_picked(&g, b->request);
        if (g.full) {
                text_cat(&b->why, b->uki_path, " has more than ", LIMIT_TEXT(PLAN_ADDONS_MAX),
                         " addons, the limit: remove some from \\loader\\addons or ", dir, NULL);
                return false;
        }
        plan_sort(b->addons, b->n_addons);
        return true;
}

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

void addons_free(struct boot *b) {
        for (size_t i = 0; i < b->n_addons; i++) {
                fw_free((void *) (uintptr_t) b->addons[i].file.p);
                b->addons[i].file = (struct span) { 0 };
                memset(&b->addons[i].addon, 0, sizeof(b->addons[i].addon));
        }
}
