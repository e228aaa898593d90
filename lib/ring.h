/* SPDX-License-Identifier: BSD-2-Clause */
/* A list that comes round again: a folder whose chain of clusters leads back into itself has no end, and firmware gives its
 * entries again and again. (EDK2's FAT driver does not come so far: asked for such a folder's size, it adds up the chain.) In a
 * sound folder no two entries are alike. R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980: one entry is
 * kept, each time the list has become twice as long, so that a ring is found within three rounds, wherever it begins. */
#pragma once

#include "span.h"

struct ring {
        uint64_t kept; /* digest of that entry, not a secure one: who makes two alike has only his own folder refused */
        uint32_t n;
};

/* Whether this entry, the next one, is one that came before. Begins with a ring of zeros. */
bool ring_closes(struct ring *r, struct span entry);
