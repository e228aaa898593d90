/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4), for the digests that a request pins. Firmware offers no hash service that every machine has. */
#pragma once

#include "span.h"

#define SHA256_SIZE 32u

struct sha256 {
        uint32_t state[8];
        uint64_t bytes;
        bool fast; /* by the processor's instructions: sha256_init asks it */
        uint8_t block[64];
};

void sha256_init(struct sha256 *ctx);
void sha256_update(struct sha256 *ctx, struct span data);
/* sha256_update of a with x, and of b with y. With the processor's instructions (both fast) what x and y have both takes hardly
 * longer than one of them; in C it is twice the work. Hosts need two digests of one large file; the firmware image does not, and
 * the linker leaves this out. */
void sha256_update_two(struct sha256 *a, struct span x, struct sha256 *b, struct span y);
void sha256_final(struct sha256 *ctx, uint8_t ret_digest[SHA256_SIZE]);
/* All in one. */
void sha256_of(struct span data, uint8_t ret_digest[SHA256_SIZE]);
