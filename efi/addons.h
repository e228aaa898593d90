/* SPDX-License-Identifier: BSD-2-Clause */
/* An addon, validated by loading it (never starting it). Which there are: lib/gather.h. */
#pragma once

#include "boot.h"

/* Lets LoadImage judge addon a, and compares what it loaded with what was judged from the file. Fills a->untrusted if either
 * fails. */
void addons_validate(struct boot *b, const struct volume *volume, struct plan_addon *a);
