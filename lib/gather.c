/* SPDX-License-Identifier: BSD-2-Clause */
#include "gather.h"

#include <string.h>

#include "path.h"
#include "stubplace.h"

struct gathering {
        const struct disk *disk;
        struct plan_addon *addons;
        size_t n;
        bool full; /* there are more */
        enum plan_origin origin;
        const char *dir;
};

/* The next free place, with its path. NULL: too many. */
static struct plan_addon *add(struct gathering *g, const char *name, const char *tail) {
        struct plan_addon *a = &g->addons[g->n];
        struct text path;

        if (g->n == PLAN_ADDONS_MAX) {
                g->full = true;
                return NULL;
        }
        memset(a, 0, sizeof(*a));
        a->origin = g->origin;
        path = TEXT_IN(a->path);
        text_cat(&path, g->dir, name[0] != 0 ? "\\" : "", name, tail, NULL);
        g->n++;
        if (path.cut) {
                struct text unread = TEXT_IN(a->unread);

                text_cat(&unread, "has too long a path: ", name, NULL);
        }
        return a;
}

/* A folder whose list comes round again gives its first entries more than once before that is seen. */
static bool had_before(const struct gathering *g, const char *name) {
        for (size_t i = 0; i < g->n; i++) {
                struct span path = span_of(g->addons[i].path);

                if (g->addons[i].origin == g->origin && span_eq_str(path_base(path), name))
                        return true;
        }
        return false;
}

static void read_bytes(struct gathering *g, struct plan_addon *a) {
        struct text unread;

        if (a->unread[0] != 0)
                return;
        unread = TEXT_IN(a->unread); /* this empties it */
        if (g->disk->read(g->disk->arg, a->path, ADDON_FILE_MAX, &a->file, &unread))
                text_clear(&unread);
}

static bool take_standing(void *arg, const char *name, bool usable) {
        struct gathering *g = arg;
        struct plan_addon *a;

        /* Names that the stub does not look at are no addons; the overlay hides them all the same if they end like one. */
        if (!path_is_stub_addon(span_of(name)) || had_before(g, name))
                return true;
        a = add(g, name, "");
        if (a && usable)
                read_bytes(g, a);
        else if (a) { /* the stub takes a control character for one like any other */
                struct text unread = TEXT_IN(a->unread);

                text_str(&unread, DISK_NAME_FAULT);
        }
        return a != NULL;
}

/* One folder where the stub looks. */
static void take_folder(struct gathering *g, enum plan_origin origin, const char *dir) {
        char buf[PLAN_WHY_MAX];
        struct text why = TEXT_IN(buf);
        struct plan_addon *a;

        g->origin = origin;
        g->dir = dir;
        if (g->disk->list(g->disk->arg, dir, take_standing, g, &why) != DISK_UNREAD)
                return;
        a = add(g, "", "");
        if (a) {
                struct text unread = TEXT_IN(a->unread);

                text_str(&unread, why.len > 0 ? buf : "cannot be read");
        }
}

static void take_picked(struct gathering *g, const struct request *request) {
        g->origin = PLAN_PICKED;
        g->dir = DIR_POOL;
        for (size_t i = 0; i < request->n_addons; i++) {
                struct plan_addon *a = add(g, request->addons[i], ADDON_TAIL);

                if (a)
                        read_bytes(g, a);
        }
}

bool gather_addons(const struct disk *disk, const struct pe *uki, const char *start_path, const struct request *request,
                   struct plan_addon ret[PLAN_ADDONS_MAX], size_t *ret_n, struct text *why) {
        char dir[PLAN_PATH_MAX];
        struct text own = TEXT_IN(dir);
        struct gathering g = { .disk = disk, .addons = ret };
        struct uki stub;

        take_folder(&g, PLAN_GLOBAL, DIR_ADDONS);
        uki_read_stub(uki, &stub);
        stubplace_addons(&stub, span_of(start_path), &own);
        take_folder(&g, PLAN_LOCAL, dir);
        if (request)
                take_picked(&g, request);
        plan_sort(ret, g.n);
        *ret_n = g.n;
        if (g.full)
                text_cat(why,
                         "has more than " LIMIT_TEXT(PLAN_ADDONS_MAX) " addons, the limit: remove some from " DIR_ADDONS " or ",
                         dir, NULL);
        return !g.full;
}

void gather_release(const struct disk *disk, struct plan_addon *addons, size_t n) {
        for (size_t i = 0; i < n; i++) {
                disk->give(disk->arg, addons[i].file);
                addons[i].file = (struct span) { 0 };
                memset(&addons[i].addon, 0, sizeof(addons[i].addon));
        }
}
