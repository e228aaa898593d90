/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that end where their memory ends: the sanitizer sees who reads on, where a string of C has a NUL to spare. Blanks stand before them. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "span.h"

enum { EXACT_BEFORE = 16 };

static inline struct span exact(struct span s) {
        uint8_t *block = malloc(EXACT_BEFORE + s.n);

        if (!block)
                abort();
        memset(block, ' ', EXACT_BEFORE);
        if (s.n > 0)
                memcpy(block + EXACT_BEFORE, s.p, s.n);
        return (struct span){ block + EXACT_BEFORE, s.n };
}

static inline void exact_free(struct span s) {
        free((uint8_t *)(uintptr_t)s.p - EXACT_BEFORE);
}
