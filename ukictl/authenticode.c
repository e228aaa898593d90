/* SPDX-License-Identifier: BSD-2-Clause */
#include "authenticode.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#define CERT_HEAD        8u      /* WIN_CERTIFICATE: length, revision, type */
#define CERT_TYPE_PKCS   0x0002u
#define OID_SPC_INDIRECT "1.3.6.1.4.1.311.2.1.4"
#define OID_SHA256       "2.16.840.1.101.3.4.2.1"
#define OID_MODULES_ONLY "1.3.6.1.4.1.2312.16.1.2" /* shim takes no boot image on such a certificate */

static bool digest_image(const struct pe *pe, uint8_t ret[32]) {
        struct pe_hashed hashed;
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
        pe_hashed_ranges(pe, &hashed);
        for (size_t i = 0; ok && i < hashed.n; i++)
                ok = EVP_DigestUpdate(ctx, hashed.range[i].p, hashed.range[i].n) == 1;
        ok = ok && EVP_DigestFinal_ex(ctx, ret, NULL) == 1;
        EVP_MD_CTX_free(ctx);
        return ok;
}

static bool is_oid(const ASN1_OBJECT *object, const char *oid) {
        char buf[80];
        return object && OBJ_obj2txt(buf, sizeof(buf), object, 1) > 0 && strcmp(buf, oid) == 0;
}

/* One DER element off the front of *rest: its content to *ret. */
static bool take_element(struct span *rest, int want_tag, struct span *ret) {
        const uint8_t *p = rest->p;
        long len = 0;
        int tag = 0, class = 0;
        if (rest->n == 0 || rest->n > INT32_MAX)
                return false;
        int r = ASN1_get_object(&p, &len, &tag, &class, (long)rest->n);
        if ((r & 0x80) || (r & 1) || tag != want_tag || class != V_ASN1_UNIVERSAL)
                return false;
        size_t used = (size_t)(p - rest->p) + (size_t)len;
        *ret = (struct span){ p, (size_t)len };
        *rest = (struct span){ rest->p + used, rest->n - used };
        return true;
}

/* SpcIndirectDataContent ::= SEQUENCE { data SEQUENCE, messageDigest DigestInfo } */
static bool digest_matches(struct signature *s, const uint8_t digest[32]) {
        struct text why = TEXT_IN(s->broken);
        struct span rest = s->content, skipped;
        X509_SIG *info = NULL;
        const X509_ALGOR *alg = NULL;
        const ASN1_OCTET_STRING *value = NULL;
        const ASN1_OBJECT *oid = NULL;

        if (take_element(&rest, V_ASN1_SEQUENCE, &skipped) && rest.n > 0) {
                const uint8_t *p = rest.p;
                info = d2i_X509_SIG(NULL, &p, (long)rest.n);
        }
        if (!info) {
                text_str(&why, "its SpcIndirectDataContent is malformed");
                return false;
        }
        X509_SIG_get0(info, &alg, &value);
        X509_ALGOR_get0(&oid, NULL, NULL, alg);
        bool ok = false;
        if (!is_oid(oid, OID_SHA256))
                text_str(&why, "its digest is not SHA-256, and shim and current firmware take no other");
        else if (ASN1_STRING_length(value) != 32 || memcmp(ASN1_STRING_get0_data(value), digest, 32) != 0)
                text_str(&why, "its digest is not that of this file: the file was changed after it was signed");
        else
                ok = true;
        X509_SIG_free(info);
        return ok;
}

static bool verify(const struct signature *s, X509_STORE *store, int flags) {
        BIO *content = BIO_new_mem_buf(s->content.p, (int)s->content.n);
        bool ok = content && PKCS7_verify(s->p7, NULL, store, content, NULL, flags | PKCS7_BINARY) == 1;
        BIO_free(content);
        ERR_clear_error();
        return ok;
}

/* As firmware builds it: this one certificate is the root, whatever issued it, and time does not pass. */
static bool chains_to(const struct signature *s, X509 *anchor) {
        X509_STORE *store = X509_STORE_new();
        bool ok = store && X509_STORE_add_cert(store, anchor) == 1 &&
                  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME) == 1 &&
                  X509_STORE_set_purpose(store, X509_PURPOSE_ANY) == 1 && verify(s, store, 0);
        X509_STORE_free(store);
        return ok;
}

static bool for_modules_only(X509 *cert) {
        EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
        bool found = false;
        for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage); i++)
                found = found || is_oid(sk_ASN1_OBJECT_value(usage, i), OID_MODULES_ONLY);
        EXTENDED_KEY_USAGE_free(usage);
        return found;
}

static bool tbs_listed(const struct signature *s, const uint8_t digest[32]) {
        STACK_OF(X509) *certs = s->p7->d.sign->cert;
        for (int i = 0; certs && i < sk_X509_num(certs); i++) {
                uint8_t *der = NULL, found[32];
                int n = i2d_re_X509_tbs(sk_X509_value(certs, i), &der);
                bool same = n > 0 && EVP_Digest(der, (size_t)n, found, NULL, EVP_sha256(), NULL) == 1 &&
                            memcmp(found, digest, 32) == 0;
                OPENSSL_free(der);
                if (same)
                        return true;
        }
        return false;
}

static void judge_signer(struct signature *s, const struct trust *trust) {
        for (size_t i = 0; i < trust->n_bad && !s->bad; i++) {
                const struct trust_item *item = &trust->bad[i];
                if ((item->kind == TRUST_CERT && chains_to(s, item->cert)) || (item->kind == TRUST_TBS && tbs_listed(s, item->digest)))
                        s->bad = item;
        }
        for (size_t i = 0; i < trust->n_good && !s->good; i++) {
                const struct trust_item *item = &trust->good[i];
                if (item->kind == TRUST_CERT && !(item->is_mok && for_modules_only(item->cert)) && chains_to(s, item->cert))
                        s->good = item;
        }
}

static void name_signer(struct signature *s) {
        STACK_OF(X509) *signers = PKCS7_get0_signers(s->p7, NULL, 0);
        X509 *cert = signers && sk_X509_num(signers) > 0 ? sk_X509_value(signers, 0) : NULL;
        char name[128] = "";
        if (cert)
                X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
        struct text t = TEXT_IN(s->signer);
        text_shown(&t, span_of(name[0] ? name : "a certificate without a name"), 96);
        sk_X509_free(signers);
        ERR_clear_error();
}

/* PKCS#7 SignedData over SpcIndirectDataContent, with a certificate and a signature in it. */
static bool open_blob(struct signature *s) {
        const uint8_t *p = s->blob.p;
        s->p7 = s->blob.n <= INT32_MAX ? d2i_PKCS7(NULL, &p, (long)s->blob.n) : NULL;
        ERR_clear_error();
        if (!s->p7 || !PKCS7_type_is_signed(s->p7) || !s->p7->d.sign || !s->p7->d.sign->contents)
                return false;
        const PKCS7 *inner = s->p7->d.sign->contents;
        if (!is_oid(inner->type, OID_SPC_INDIRECT) || !inner->d.other || inner->d.other->type != V_ASN1_SEQUENCE)
                return false;
        const ASN1_STRING *sequence = inner->d.other->value.sequence;
        struct span rest = { ASN1_STRING_get0_data(sequence), (size_t)ASN1_STRING_length(sequence) };
        return take_element(&rest, V_ASN1_SEQUENCE, &s->content);
}

static void check_one(struct signature *s, const uint8_t digest[32], const struct trust *trust) {
        struct text why = TEXT_IN(s->broken);
        if (!open_blob(s)) {
                text_str(&why, "it is no PKCS#7 SignedData over SpcIndirectDataContent");
                return;
        }
        name_signer(s);
        if (!digest_matches(s, digest))
                return;
        if (!verify(s, NULL, PKCS7_NOVERIFY)) {
                text_str(&why, "the signature over its digest is wrong");
                return;
        }
        s->intact = true;
        judge_signer(s, trust);
}

static const struct trust_item *find_image(const struct trust_item *items, size_t n, const uint8_t digest[32]) {
        for (size_t i = 0; i < n; i++)
                if (items[i].kind == TRUST_IMAGE && memcmp(items[i].digest, digest, 32) == 0)
                        return &items[i];
        return NULL;
}

/* The certificate table: WIN_CERTIFICATEs one after the other, each at a multiple of eight. */
static bool take_blob(struct span *table, struct span *ret, struct text *why) {
        uint32_t len = 0;
        uint16_t type = 0;
        if (!span_u32(*table, 0, &len) || !span_u16(*table, 6, &type) || len <= CERT_HEAD ||
            !span_sub(*table, CERT_HEAD, len - CERT_HEAD, ret)) {
                text_str(why, "has a certificate table that is not well formed");
                return false;
        }
        if (type != CERT_TYPE_PKCS)
                ret->n = 0;
        size_t used = ((size_t)len + 7) & ~(size_t)7;
        if (used > table->n)
                used = table->n;
        return span_sub(*table, used, table->n - used, table);
}

bool signatures_check(const struct pe *pe, const struct trust *trust, struct signatures *ret, struct text *why) {
        struct span table = { NULL, 0 };
        memset(ret, 0, sizeof(*ret));
        if (!digest_image(pe, ret->digest)) {
                text_str(why, "could not be hashed by libcrypto");
                return false;
        }
        ret->good_image = find_image(trust->good, trust->n_good, ret->digest);
        ret->bad_image = find_image(trust->bad, trust->n_bad, ret->digest);
        if (pe->cert_size > 0 && !span_sub(pe->bytes, pe->cert_off, pe->cert_size, &table)) {
                text_str(why, "has a certificate table outside of the file");
                return false;
        }
        while (table.n > 0) {
                struct span blob;
                if (!take_blob(&table, &blob, why))
                        return false;
                if (ret->n == SIGNATURES_MAX) {
                        text_str(why, "has more than " LIMIT_TEXT(SIGNATURES_MAX) " signatures");
                        return false;
                }
                ret->list[ret->n].blob = blob;
                check_one(&ret->list[ret->n++], ret->digest, trust);
        }
        return true;
}

void signatures_free(struct signatures *s) {
        for (size_t i = 0; i < s->n; i++)
                PKCS7_free(s->list[i].p7);
        s->n = 0;
}
