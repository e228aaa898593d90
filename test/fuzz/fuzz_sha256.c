/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 by the processor's instructions, by them beside another, and in C: one digest, in whatever pieces the bytes come. The
 * first two bytes say how long those are. */
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

/* The whole, and beside it the whole without its first piece: that one's digest. */
static void digest_two(struct span all, size_t piece, uint8_t ret[SHA256_SIZE], uint8_t ret_rest[SHA256_SIZE]) {
        struct span rest = span_from(all, piece < all.n ? piece : all.n);
        struct sha256 a, b;

        sha256_init(&a);
        sha256_init(&b);
        while (all.n > 0) {
                const struct span x = { all.p, 7 * piece < all.n ? 7 * piece : all.n },
                                  y = { rest.p, 5 * piece < rest.n ? 5 * piece : rest.n };

                sha256_update_two(&a, x, &b, y);
                all = span_from(all, x.n);
                rest = span_from(rest, y.n);
        }
        sha256_update(&b, rest);
        sha256_final(&a, ret);
        sha256_final(&b, ret_rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        uint8_t fast[SHA256_SIZE], in_c[SHA256_SIZE], beside[SHA256_SIZE];
        struct span all;

        if (size < 2)
                return 0;
        all = exact_copy(data + 2, size - 2);
        digest(all, 1 + (size_t) data[0] * 3, true, fast);
        digest(all, 1 + (size_t) data[1] * 3, false, in_c);
        MUST(memcmp(fast, in_c, sizeof(fast)) == 0);
        const size_t piece = 1 + (size_t) data[0];
        digest_two(all, piece, fast, beside);
        MUST(memcmp(fast, in_c, sizeof(fast)) == 0);
        digest(span_from(all, piece < all.n ? piece : all.n), 1 + (size_t) data[1] * 3, false, in_c);
        MUST(memcmp(beside, in_c, sizeof(beside)) == 0);
        free((void *) (uintptr_t) all.p);
        return 0;
}
