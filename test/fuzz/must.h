/* SPDX-License-Identifier: BSD-2-Clause */
/* What every fuzz target asserts with, and how it takes its input apart. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "span.h"

#define MUST(x)                           \
        do {                              \
                if (!(x))                 \
                        __builtin_trap(); \
        } while (0)

/* part lies in whole. */
static inline bool lies_in(struct span part, struct span whole) {
        return part.n == 0 ||
               (part.p >= whole.p && (size_t) (part.p - whole.p) <= whole.n && part.n <= whole.n - (size_t) (part.p - whole.p));
}

/* The bytes at their own size, so that a read beyond their end is seen. free() the result's p. */
static inline struct span exact_copy(const uint8_t *p, size_t n) {
        uint8_t *copy = malloc(n > 0 ? n : 1);

        if (!copy)
                abort();
        if (n > 0)
                memcpy(copy, p, n);
        return (struct span) { copy, n };
}
