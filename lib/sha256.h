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
void sha256_final(struct sha256 *ctx, uint8_t ret_digest[SHA256_SIZE]);
/* All in one. */
void sha256_of(struct span data, uint8_t ret_digest[SHA256_SIZE]);
