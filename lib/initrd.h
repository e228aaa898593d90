/* SPDX-License-Identifier: BSD-2-Clause */
/* The one initrd that the kernel gets, as a list of pieces that stay where they lie: there is never a combined copy but the
 * kernel's own.
 *
 * systemd-stub's rule: of two or more pieces each, the last one too, is padded with NUL to four bytes; a single piece is handed
 * on as it is. */
#pragma once

#include "contract.h"
#include "span.h"

struct initrd {
        size_t n;
        struct span piece[INITRD_PIECES_MAX]; /* borrowed until the kernel has read them */
};

/* Appends a piece; an empty one is left out, as the stub does. False if the list is full. */
bool initrd_add(struct initrd *list, struct span piece);
/* Bytes of the whole; 0 if there are no pieces. False if the sum is larger than a size_t. */
bool initrd_size(const struct initrd *list, size_t *ret);
/* Writes the whole to dst. False, and nothing written, if it needs more than cap bytes. */
bool initrd_read(const struct initrd *list, uint8_t *dst, size_t cap);
/* The same as a run of spans, for a hash: 0, 1, 2... until it returns false. Padding comes as spans of its own. */
bool initrd_part(const struct initrd *list, size_t i, struct span *ret);
