/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures in a PE image (Microsoft "Windows Authenticode Portable Executable Signature Format"), judged as EFI firmware
 * does: the digest, the signature over it, and a chain to a trusted certificate without looking at dates (UEFI 2.10, 32.5). */
#pragma once

#include <openssl/pkcs7.h>

#include "pe.h"
#include "judge/believed.h"

#define SIGNATURES_MAX 16

struct signature {
        struct span blob;
        PKCS7 *p7;
        struct span content;                    /* what was signed: SpcIndirectDataContent without its tag and length */
        char signer[128];                       /* the signing certificate's common name */
        bool intact;                            /* the image's digest and the signature over it are right */
        char broken[192];                       /* unless intact: the clause */
        const char *not_for_shim;               /* the digest that firmware takes and shim does not; NULL: both do */
        const struct believed_item *good, *bad; /* why it is trusted, why it is forbidden; NULL: is not */
};

struct signatures {
        size_t n;
        struct signature list[SIGNATURES_MAX];
        uint8_t digest[32];                                 /* Authenticode SHA-256 of the image */
        const struct believed_item *good_image, *bad_image; /* the digest itself is listed */
};

/* Finds and checks all signatures of an image file; an unsigned one has none. digest: its Authenticode SHA-256, where that was
 * taken already; NULL: it is taken here. False with a clause if the certificate table is not well formed. ret is to be freed in
 * any case. */
bool signatures_check(const struct pe *pe, const uint8_t digest[32], const struct believed *believed, struct signatures *ret,
                      struct text *why);
void signatures_free(struct signatures *s);
