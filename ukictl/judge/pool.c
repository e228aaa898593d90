/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "host/once.h"
#include "path.h"

static bool name_fits(const char *file, struct pool_addon *ret) {
        size_t n = strlen(file) - strlen(ADDON_TAIL);

        if (n == 0 || n > REQUEST_ADDON_MAX ||
            strspn(file, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") < n)
                return false;
        memcpy(ret->name, file, n);
        ret->name[n] = '\0';
        return true;
}

static void judge(struct pool_addon *a, const char *path, const struct uki *uki) {
        struct text why = TEXT_IN(a->why);
        struct pe *pe = need(sizeof(*pe));

        a->usable = once_read(path, ADDON_FILE_MAX, &a->file, &why) && pe_open_file(a->file, pe, &why) &&
                    addon_open(pe, uki, &a->addon, &why) == ADDON_FITS;
        free(pe);
}

void pool_read(const char *volume, const struct uki *uki, struct pool *ret) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        char *dir = volume_find(volume, DIR_POOL);

        *ret = (struct pool) { NULL, 0 };
        if (dir && files_read(dir, &names, &ignored) && names.n > 0) {
                ret->v = need(names.n * sizeof(*ret->v));
                memset(ret->v, 0, names.n * sizeof(*ret->v));
        }
        for (size_t i = 0; i < names.n; i++) {
                char *path = NULL;

                if (!path_is_stub_addon(span_of(names.v[i])) || !name_fits(names.v[i], &ret->v[ret->n]) ||
                    asprintf(&path, "%s/%s", dir, names.v[i]) < 0)
                        continue;
                judge(&ret->v[ret->n++], path, uki);
                free(path);
        }
        names_free(&names);
        free(dir);
}

void pool_free(struct pool *pool) {
        free(pool->v);
        *pool = (struct pool) { NULL, 0 };
}
