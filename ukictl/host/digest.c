/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/digest.h"

#include <stdio.h>
#include <stdlib.h>

#include "out.h"

static size_t sum(const struct span *parts, size_t n) {
        size_t all = 0;

        for (size_t i = 0; i < n; i++)
                all += parts[i].n;
        return all;
}

/* In steps, so that who waits sees how far it is. */
static bool update(EVP_MD_CTX *ctx, struct span part, size_t *done, size_t all) {
        while (part.n > 0) {
                size_t n = part.n < OUT_PROGRESS_STEP ? part.n : OUT_PROGRESS_STEP;

                if (EVP_DigestUpdate(ctx, part.p, n) != 1)
                        return false;
                part = span_from(part, n);
                *done += n;
                out_progress("hashing", *done, all);
        }
        return true;
}

bool digest_parts(const EVP_MD *md, const struct span *parts, size_t n, uint8_t *ret) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1;

        size_t done = 0, all = sum(parts, n);

        for (size_t i = 0; ok && i < n; i++)
                ok = update(ctx, parts[i], &done, all);
        out_progress_end();
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
