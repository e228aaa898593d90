/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/authenticode_inside.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "host/digest.h"
#include "pe_signed.h"

#define OID_SPC_INDIRECT "1.3.6.1.4.1.311.2.1.4"

/* Digests of the image that a signature may name. Seen on OVMF of Debian 13 (EDK2 2025.02), shim 15.8 and 16.1: EDK2 takes SHA-1
 * too where it is built with it, which not all firmware is; nobody takes MD5. */
static const struct {
        const char *oid, *name;
        const EVP_MD *(*md)(void);
        bool by_firmware, by_shim;
} digests[] = {
        { "2.16.840.1.101.3.4.2.1", "SHA-256", EVP_sha256, true, true },
        { "2.16.840.1.101.3.4.2.2", "SHA-384", EVP_sha384, true, false },
        { "2.16.840.1.101.3.4.2.3", "SHA-512", EVP_sha512, true, false },
        { "1.3.14.3.2.26", "SHA-1", EVP_sha1, false, false },
        { "1.2.840.113549.2.5", "MD5", EVP_md5, false, false },
};
#define DIGESTS      (sizeof(digests) / sizeof(digests[0]))
#define WHICH_SHA256 0u

static bool digest_image(const struct pe *pe, const EVP_MD *md, uint8_t *ret) {
        struct pe_hashed hashed;

        pe_hashed_ranges(pe, &hashed);
        return digest_parts(md, hashed.range, hashed.n, ret);
}

/* One DER element off the front of *rest: its content to *ret. */
static bool take_element(struct span *rest, int want_tag, struct span *ret) {
        const uint8_t *p = rest->p;
        long len = 0;
        int tag = 0, class = 0;

        if (rest->n == 0 || rest->n > INT32_MAX)
                return false;
        int r = ASN1_get_object(&p, &len, &tag, &class, (long) rest->n);
        if ((r & 0x80) || (r & 1) || tag != want_tag || class != V_ASN1_UNIVERSAL)
                return false;
        size_t used = (size_t) (p - rest->p) + (size_t) len;
        *ret = (struct span) { p, (size_t) len };
        *rest = (struct span) { rest->p + used, rest->n - used };
        return true;
}

/* Whether whoever will be asked takes this digest; a clause if not. */
static bool digest_taken(struct signature *s, const struct believed *believed, size_t which, struct text *why) {
        const char *name = which < DIGESTS ? digests[which].name : "of an unknown kind";

        if (which >= DIGESTS || !digests[which].by_firmware)
                text_cat(why, "its digest is ", name,
                         ", which firmware and shim do not take, or not everywhere: sign with SHA-256", NULL);
        else if (believed->way == BELIEVED_THROUGH_SHIM && !digests[which].by_shim)
                text_cat(why, "its digest is ", name, ", and shim takes SHA-256 only: sign with that", NULL);
        else {
                s->not_for_shim = digests[which].by_shim ? NULL : digests[which].name;
                return true;
        }
        return false;
}

static size_t find_digest(const ASN1_OBJECT *oid) {
        size_t i = 0;

        while (i < DIGESTS && !signature_is_oid(oid, digests[i].oid))
                i++;
        return i;
}

/* sha256: that digest of the image, which is not taken anew. */
static bool digest_of(const struct pe *pe, size_t which, const uint8_t sha256[32], uint8_t ret[DIGEST_MAX]) {
        if (which != WHICH_SHA256)
                return digest_image(pe, digests[which].md(), ret);
        memcpy(ret, sha256, 32);
        return true;
}

/* SpcIndirectDataContent ::= SEQUENCE { data SEQUENCE, messageDigest DigestInfo } */
static bool digest_matches(struct signature *s, const struct pe *pe, const uint8_t sha256[32], const struct believed *believed) {
        uint8_t digest[DIGEST_MAX];
        struct text why = TEXT_IN(s->broken);
        struct span rest = s->content, skipped;
        X509_SIG *info = NULL;
        const X509_ALGOR *alg = NULL;
        const ASN1_OCTET_STRING *value = NULL;
        const ASN1_OBJECT *oid = NULL;

        if (take_element(&rest, V_ASN1_SEQUENCE, &skipped) && rest.n > 0) {
                const uint8_t *p = rest.p;

                info = d2i_X509_SIG(NULL, &p, (long) rest.n);
        }
        if (!info) {
                text_str(&why, "its SpcIndirectDataContent is damaged");
                return false;
        }
        X509_SIG_get0(info, &alg, &value);
        X509_ALGOR_get0(&oid, NULL, NULL, alg);
        size_t which = find_digest(oid);
        bool ok = digest_taken(s, believed, which, &why);
        if (ok && (!digest_of(pe, which, sha256, digest) || ASN1_STRING_length(value) != EVP_MD_get_size(digests[which].md()) ||
                   memcmp(ASN1_STRING_get0_data(value), digest, (size_t) ASN1_STRING_length(value)) != 0)) {
                text_str(&why, "its digest is not that of this file: the file was changed after it was signed");
                ok = false;
        }
        X509_SIG_free(info);
        return ok;
}

/* PKCS#7 SignedData over SpcIndirectDataContent, with a certificate and a signature in it. */
static bool open_blob(struct signature *s) {
        const uint8_t *p = s->blob.p;

        s->p7 = s->blob.n <= INT32_MAX ? d2i_PKCS7(NULL, &p, (long) s->blob.n) : NULL;
        ERR_clear_error();
        if (!s->p7 || !PKCS7_type_is_signed(s->p7) || !s->p7->d.sign || !s->p7->d.sign->contents)
                return false;
        const PKCS7 *inner = s->p7->d.sign->contents;
        if (!signature_is_oid(inner->type, OID_SPC_INDIRECT) || !inner->d.other || inner->d.other->type != V_ASN1_SEQUENCE)
                return false;
        const ASN1_STRING *sequence = inner->d.other->value.sequence;
        struct span rest = { ASN1_STRING_get0_data(sequence), (size_t) ASN1_STRING_length(sequence) };
        return take_element(&rest, V_ASN1_SEQUENCE, &s->content);
}

static void check_one(struct signature *s, const struct pe *pe, const uint8_t sha256[32], const struct believed *believed) {
        struct text why = TEXT_IN(s->broken);

        if (!open_blob(s)) {
                text_str(&why, "it is no PKCS#7 SignedData over SpcIndirectDataContent");
                return;
        }
        signature_name_signer(s);
        if (!signature_kind_taken(s) || !digest_matches(s, pe, sha256, believed))
                return;
        if (!signature_verify(s, NULL, PKCS7_NOVERIFY)) {
                text_str(&why, "the signature over its digest is wrong");
                return;
        }
        s->intact = true;
        signature_judge_signer(s, believed);
}

/* Some shims leave the rest out of an unsigned image's digest, others count it as firmware does: nobody's word counts for such a
 * digest. */
static bool digest_depends(const struct pe *pe, const struct believed *believed) {
        struct pe_hashed hashed;

        pe_hashed_ranges(pe, &hashed);
        return hashed.rest && pe->cert_size == 0 && believed->way == BELIEVED_THROUGH_SHIM;
}

static const struct believed_item *find_image(const struct believed_item *items, size_t n, const uint8_t digest[32]) {
        for (size_t i = 0; i < n; i++)
                if (items[i].kind == BELIEVED_IMAGE && memcmp(items[i].digest, digest, 32) == 0)
                        return &items[i];
        return NULL;
}

static bool check_all(const struct pe *pe, const struct believed *believed, struct span table, struct signatures *ret,
                      struct text *why) {
        while (table.n > 0) {
                struct span blob;

                if (!pe_signed_next(&table, &blob, why))
                        return false;
                if (ret->n == SIGNATURES_MAX) {
                        text_str(why, "has more than " LIMIT_TEXT(SIGNATURES_MAX) " signatures");
                        return false;
                }
                ret->list[ret->n].blob = blob;
                check_one(&ret->list[ret->n++], pe, ret->digest, believed);
        }
        return true;
}

bool signatures_check(const struct pe *pe, const uint8_t digest[32], const struct believed *believed, struct signatures *ret,
                      struct text *why) {
        struct span table = { NULL, 0 };

        memset(ret, 0, sizeof(*ret));
        if (digest)
                memcpy(ret->digest, digest, sizeof(ret->digest));
        else if (!digest_image(pe, EVP_sha256(), ret->digest)) {
                text_str(why, "could not be hashed by libcrypto");
                return false;
        }
        ret->good_image = digest_depends(pe, believed) ? NULL : find_image(believed->good, believed->n_good, ret->digest);
        ret->bad_image = find_image(believed->bad, believed->n_bad, ret->digest);
        if (pe->cert_size > 0 && !span_sub(pe->bytes, pe->cert_off, pe->cert_size, &table)) {
                text_str(why, "has a certificate table outside of the file");
                return false;
        }
        return check_all(pe, believed, table, ret, why);
}

void signatures_free(struct signatures *s) {
        for (size_t i = 0; i < s->n; i++)
                PKCS7_free(s->list[i].p7);
        s->n = 0;
}
