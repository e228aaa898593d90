/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests, by libcrypto, which knows the processor's instructions for them; and several of one large file in one walk, SHA-256
 * two at a time side by side (lib/sha256.h), which libcrypto does not do. */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>

#include "span.h"

#define DIGEST_MAX EVP_MAX_MD_SIZE

/* One of some digests that are wanted at once. */
struct digest_wanted {
        const struct span *parts; /* one after the other */
        size_t n;
        const struct digest_wanted *after; /* another of the list, itself without such a one, with all of whose bytes this one
                                              begins; parts are those that follow. NULL: parts are all */
        uint8_t *ret;
};

/* False: libcrypto does not give it here. */
bool digest_all(const EVP_MD *md, const struct digest_wanted *list, size_t n);
/* One. */
bool digest_parts(const EVP_MD *md, const struct span *parts, size_t n, uint8_t *ret);
/* SHA-256, without which ukictl can say nothing: the end of the program if libcrypto gives none. */
void digest_sha256(struct span bytes, uint8_t ret[32]);
void digest_sha256_all(const struct digest_wanted *list, size_t n);
