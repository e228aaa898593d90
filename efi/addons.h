/* SPDX-License-Identifier: BSD-2-Clause */
/* An addon, validated by loading it (never starting it). Which there are: lib/gather.h. */
#pragma once

#include "boot.h"
#include "overlayfs.h"

/* Lets LoadImage judge addon a, and compares what it loaded with what was judged from the file. Fills a->untrusted if either
 * fails. The overlay is one that is installed and shows nothing yet, which is so again afterwards. */
void addons_validate(struct boot *b, struct overlayfs *o, struct plan_addon *a);
