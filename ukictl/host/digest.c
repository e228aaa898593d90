/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/digest.h"

#include <stdio.h>
#include <stdlib.h>

bool digest_parts(const EVP_MD *md, const struct span *parts, size_t n, uint8_t *ret) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1;

        for (size_t i = 0; ok && i < n; i++)
                ok = parts[i].n == 0 || EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
        ok = ok && EVP_DigestFinal_ex(ctx, ret, NULL) == 1;
        EVP_MD_CTX_free(ctx);
        return ok;
}

void digest_sha256(struct span bytes, uint8_t ret[32]) {
        if (digest_parts(EVP_sha256(), &bytes, 1, ret))
                return;
        fputs("ukictl: libcrypto gives no SHA-256\n", stderr);
        exit(1);
}
