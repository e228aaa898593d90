/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/pool.h"

#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "host/host_disk.h"
#include "path.h"
#include "plan.h"

struct reading {
        struct host_disk disk;
        const struct uki *uki;
        struct pool *pool;
};

static void judge(struct reading *r, struct pool_addon *a) {
        struct text why = TEXT_IN(a->why);
        struct pe *pe = need(sizeof(*pe));
        char buf[PLAN_PATH_MAX];
        struct text path = TEXT_IN(buf);

        text_cat(&path, DIR_POOL "\\", a->name, ADDON_TAIL, NULL);
        a->usable = r->disk.disk.read(&r->disk, buf, ADDON_FILE_MAX, &a->file, &why) && pe_open_file(a->file, pe, &why) &&
                    addon_open(pe, r->uki, &a->addon, &why) == ADDON_FITS;
        free(pe);
}

static bool take(void *arg, const char *file, bool usable) {
        struct reading *r = arg;
        struct span name = span_of(file);

        if (!usable || !path_is_addon(name))
                return true;
        name.n -= strlen(ADDON_TAIL);
        if (!request_can_name(name))
                return true;
        struct pool_addon *v = need((r->pool->n + 1) * sizeof(*v)), *a = &v[r->pool->n];
        if (r->pool->n > 0)
                memcpy(v, r->pool->v, r->pool->n * sizeof(*v));
        free(r->pool->v);
        r->pool->v = v;
        r->pool->n++;
        memset(a, 0, sizeof(*a));
        memcpy(a->name, name.p, name.n);
        judge(r, a);
        return true;
}

void pool_read(const char *volume, const struct uki *uki, struct pool *ret) {
        struct reading r = { .uki = uki, .pool = ret };
        char buf[256];
        struct text ignored = TEXT_IN(buf);

        *ret = (struct pool) { NULL, 0 };
        host_disk_open(&r.disk, "the volume", volume);
        (void) r.disk.disk.list(&r.disk, DIR_POOL, take, &r, &ignored);
}

void pool_free(struct pool *pool) {
        free(pool->v);
        *pool = (struct pool) { NULL, 0 };
}
