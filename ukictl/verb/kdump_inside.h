/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl kdump`. */
#pragma once

#include "judge/kdump.h"
#include "judge/places.h"
#include "verb/verb.h"

struct kdump_job {
        struct call call;
        /* asked */
        const char *size, *key, *cert;
        /* found */
        char size_buf[160], from[96];
        char *uki_file;
        char name[REQUEST_ADDON_MAX + 1]; /* of the addon */
        bool made;
};

/* verb/kdump_status.c: whether the reservation is there and used, and what keeps it. */
enum exit_code kdump_status(const struct kdump_job *job, const struct kdump_state *state, struct text *why);
/* verb/kdump_addon.c: the addon that says so, found in the pool of the image's volume, or made and put there. */
enum exit_code kdump_addon(struct kdump_job *job, struct text *why);
