/* SPDX-License-Identifier: BSD-2-Clause */
/* Building the bytes that firmware would give. */
#pragma once

#include <string.h>

#include "request.h"

#define RAW_MAX 8192u

struct raw {
        uint8_t bytes[RAW_MAX];
        size_t n;
};

/* Appends text as UCS-2. */
static inline void raw_ucs2(struct raw *r, const char *text) {
        for (size_t i = 0; text[i] != 0 && r->n + 2 <= RAW_MAX; i++) {
                r->bytes[r->n++] = (uint8_t) text[i];
                r->bytes[r->n++] = 0;
        }
}

static inline void raw_bytes(struct raw *r, const void *p, size_t n) {
        memcpy(r->bytes + r->n, p, n);
        r->n += n;
}

static inline void raw_nul(struct raw *r) {
        raw_bytes(r, "\0", 2);
}

static inline struct span raw_span(const struct raw *r) {
        return (struct span) { r->bytes, r->n };
}

/* A whole request text as a variable's content. */
static inline struct span raw_variable(struct raw *r, const char *text) {
        r->n = 0;
        raw_ucs2(r, text);
        raw_nul(r);
        return raw_span(r);
}
