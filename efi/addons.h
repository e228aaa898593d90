/* SPDX-License-Identifier: BSD-2-Clause */
/* The addons of one UKI: found where the stub would look and in the pool, read once, and validated by loading them (never
 * starting them). */
#pragma once

#include "boot.h"

/* Fills b->addons from the UKI's volume: \loader\addons, the folder where the stub of b->pe looks, and what the request picks
 * from \EFI\ukiload\addons. False (b->why) only if there are too many or memory runs out. */
bool addons_gather(struct boot *b, const struct volume *volume);
/* Lets LoadImage judge addon a, and compares what it loaded with what was judged from the file. Fills a->untrusted if either
 * fails. */
void addons_validate(struct boot *b, const struct volume *volume, struct plan_addon *a);
/* Frees the bytes of all. Paths and verdicts stay, for the report. */
void addons_free(struct boot *b);
