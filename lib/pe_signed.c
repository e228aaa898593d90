/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_signed.h"

#include <string.h>

#include "sha256.h"

/* DigestInfo ::= SEQUENCE { AlgorithmIdentifier { SHA-256, NULL }, OCTET STRING of 32 bytes } up to the digest, in DER. */
static const uint8_t digest_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

#define CERT_HEAD      8u
#define CERT_TYPE_PKCS 0x0002u

static void digest_of(const struct pe *pe, uint8_t ret[SHA256_SIZE]) {
        struct pe_hashed hashed;
        struct sha256 ctx;

        pe_hashed_ranges(pe, &hashed);
        sha256_init(&ctx);
        for (size_t i = 0; i < hashed.n; i++)
                sha256_update(&ctx, hashed.range[i]);
        sha256_final(&ctx, ret);
}

bool pe_changed_since_signed(const struct pe *pe) {
        const size_t head = sizeof(digest_info), all = head + SHA256_SIZE;
        uint8_t digest[SHA256_SIZE];
        struct span table;
        bool any = false;

        if (pe->cert_size < all || !span_sub(pe->bytes, pe->cert_off, pe->cert_size, &table))
                return false;
        digest_of(pe, digest);
        for (size_t i = 0; i + all <= table.n; i++) {
                if (memcmp(table.p + i, digest_info, head) != 0)
                        continue;
                if (memcmp(table.p + i + head, digest, SHA256_SIZE) == 0)
                        return false;
                any = true;
        }
        return any;
}

bool pe_signed_next(struct span *table, struct span *ret, struct text *why) {
        uint32_t len = 0;
        uint16_t type = 0;

        if (!span_u32(*table, 0, &len) || !span_u16(*table, 6, &type) || len <= CERT_HEAD ||
            !span_sub(*table, CERT_HEAD, len - CERT_HEAD, ret)) {
                text_str(why, "has a certificate table that is not well formed");
                return false;
        }
        if (type != CERT_TYPE_PKCS)
                ret->n = 0;
        *table = span_from(*table, ((size_t) len + 7) & ~(size_t) 7);
        return true;
}
