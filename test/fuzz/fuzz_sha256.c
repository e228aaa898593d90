/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 by the processor's instructions and in C: one digest, in whatever pieces the bytes come. The first two bytes say how
 * long those are. */
#include "must.h"
#include "sha256.h"

#include <string.h>

static void digest(struct span all, size_t piece, bool fast, uint8_t ret[SHA256_SIZE]) {
        struct sha256 ctx;

        sha256_init(&ctx);
        ctx.fast = ctx.fast && fast;
        while (all.n > 0) {
                struct span part = { all.p, piece < all.n ? piece : all.n };

                sha256_update(&ctx, part);
                all = (struct span) { all.p + part.n, all.n - part.n };
        }
        sha256_final(&ctx, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        uint8_t fast[SHA256_SIZE], in_c[SHA256_SIZE];
        struct span all;

        if (size < 2)
                return 0;
        all = exact_copy(data + 2, size - 2);
        digest(all, 1 + (size_t) data[0] * 3, true, fast);
        digest(all, 1 + (size_t) data[1] * 3, false, in_c);
        MUST(memcmp(fast, in_c, sizeof(fast)) == 0);
        free((void *) (uintptr_t) all.p);
        return 0;
}
