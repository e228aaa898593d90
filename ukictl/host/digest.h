/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests by libcrypto, which knows the processor's instructions for them. */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>

#include "span.h"

#define DIGEST_MAX EVP_MAX_MD_SIZE

/* Over the parts, one after the other. False: libcrypto does not give it here. */
bool digest_parts(const EVP_MD *md, const struct span *parts, size_t n, uint8_t *ret);
/* SHA-256, without which ukictl can say nothing: the end of the program if libcrypto gives none. */
void digest_sha256(struct span bytes, uint8_t ret[32]);
