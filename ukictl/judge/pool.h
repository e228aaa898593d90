/* SPDX-License-Identifier: BSD-2-Clause */
/* The addons that a request can name: \EFI\ukiload\addons of a volume. */
#pragma once

#include "addon.h"
#include "request.h"

struct pool_addon {
        char name[REQUEST_ADDON_MAX + 1]; /* as a request says it */
        struct span file;
        struct addon addon;
        bool usable;   /* well formed and, if an image was given, for it */
        char why[256]; /* unless usable */
};

struct pool {
        struct pool_addon *v;
        size_t n;
};

/* By name. Files whose name no request can say are passed over. uki NULL: judged for themselves. */
void pool_read(const char *volume, const struct uki *uki, struct pool *ret);
void pool_free(struct pool *pool);
