/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that end, and begin, where their memory does: the sanitizer sees who reads on, where a string of C has a NUL to spare. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "span.h"

#define EXACT_EMPTY 16 /* an allocation of no bytes has one; nothing stands behind one of these */

static inline struct span exact(struct span s) {
        uint8_t *block = malloc(s.n > 0 ? s.n : EXACT_EMPTY);

        if (!block)
                abort();
        if (s.n > 0)
                memcpy(block, s.p, s.n);
        return (struct span) { s.n > 0 ? block : block + EXACT_EMPTY, s.n };
}

static inline void exact_free(struct span s) {
        free((uint8_t *) (uintptr_t) s.p - (s.n > 0 ? 0 : EXACT_EMPTY));
}
