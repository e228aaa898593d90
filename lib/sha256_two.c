/* SPDX-License-Identifier: BSD-2-Clause */
/* Two digests side by side. */
#include "sha256_inside.h"

/* Up to where a block begins, or to the end of the data; returns the rest. */
static struct span begin_block(struct sha256 *ctx, struct span data) {
        const size_t lacks = (size_t) ((64 - ctx->bytes % 64) % 64), take = data.n < lacks ? data.n : lacks;

        sha256_update(ctx, (struct span) { data.p, take });
        return span_from(data, take);
}

void sha256_update_two(struct sha256 *a, struct span x, struct sha256 *b, struct span y) {
        if (a->fast && b->fast) {
                x = begin_block(a, x);
                y = begin_block(b, y);
                const size_t blocks = (x.n < y.n ? x.n : y.n) / 64;

                sha256_fast_two(a->state, x.p, b->state, y.p, blocks);
                a->bytes += 64 * blocks;
                b->bytes += 64 * blocks;
                x = span_from(x, 64 * blocks);
                y = span_from(y, 64 * blocks);
        }
        sha256_update(a, x);
        sha256_update(b, y);
}
