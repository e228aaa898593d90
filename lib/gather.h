/* SPDX-License-Identifier: BSD-2-Clause */
/* The addons of one UKI, gathered from its volume: where the stub would look, and what a request picks. */
#pragma once

#include "disk.h"
#include "plan.h"

/* Those of \loader\addons, of the folder where the stub of this image looks (stubplace.h; start_path: the path that the image
 * will be started by), and those of the pool that the request names (NULL: none), in the order in which they are applied
 * (plan_sort). Each has its bytes, or says why they could not be read; a folder that cannot be read takes a place of its own,
 * which is refused as an addon would be: so it is said, and counts under `@on-violation abort`.
 *
 * False with a clause ("has more than ...") if there are more than PLAN_ADDONS_MAX; then no more than those were read. In any
 * case *ret_n of them are to be released. */
bool gather_addons(const struct disk *disk, const struct pe *uki, const char *start_path, const struct request *request,
                   struct plan_addon ret[PLAN_ADDONS_MAX], size_t *ret_n, struct text *why);
/* Gives their bytes back. Paths and verdicts stay, for a report. */
void gather_release(const struct disk *disk, struct plan_addon *addons, size_t n);
