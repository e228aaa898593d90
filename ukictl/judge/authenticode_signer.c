/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/authenticode_inside.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#define OID_RSA_PSS      "1.2.840.113549.1.1.10"
#define OID_MODULES_ONLY "1.3.6.1.4.1.2312.16.1.2" /* shim takes no boot image on such a certificate */

bool signature_is_oid(const ASN1_OBJECT *object, const char *oid) {
        char buf[80];

        return object && OBJ_obj2txt(buf, sizeof(buf), object, 1) > 0 && strcmp(buf, oid) == 0;
}

bool signature_verify(const struct signature *s, X509_STORE *store, int flags) {
        BIO *content = BIO_new_mem_buf(s->content.p, (int) s->content.n);
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
                  X509_STORE_set_purpose(store, X509_PURPOSE_ANY) == 1 && signature_verify(s, store, 0);

        X509_STORE_free(store);
        return ok;
}

static bool for_modules_only(X509 *cert) {
        EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
        bool found = false;

        for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage); i++)
                found = found || signature_is_oid(sk_ASN1_OBJECT_value(usage, i), OID_MODULES_ONLY);
        EXTENDED_KEY_USAGE_free(usage);
        return found;
}

static bool tbs_listed(const struct signature *s, const uint8_t digest[32]) {
        STACK_OF(X509) *certs = s->p7->d.sign->cert;

        for (int i = 0; certs && i < sk_X509_num(certs); i++) {
                uint8_t *der = NULL, found[32];
                int n = i2d_re_X509_tbs(sk_X509_value(certs, i), &der);
                bool same = n > 0 && EVP_Digest(der, (size_t) n, found, NULL, EVP_sha256(), NULL) == 1 &&
                            memcmp(found, digest, 32) == 0;

                OPENSSL_free(der);
                if (same)
                        return true;
        }
        return false;
}

static bool is_rsa(const X509 *cert) {
        const EVP_PKEY *key = X509_get0_pubkey(cert);

        return key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
}

void signature_judge_signer(struct signature *s, const struct believed *believed) {
        for (size_t i = 0; i < believed->n_bad && !s->bad; i++) {
                const struct believed_item *item = &believed->bad[i];

                if ((item->kind == BELIEVED_CERT && chains_to(s, item->cert)) ||
                    (item->kind == BELIEVED_TBS && tbs_listed(s, item->digest)))
                        s->bad = item;
        }
        for (size_t i = 0; i < believed->n_good && !s->good; i++) {
                const struct believed_item *item = &believed->good[i];

                if (item->kind == BELIEVED_CERT && is_rsa(item->cert) && !(item->is_mok && for_modules_only(item->cert)) &&
                    chains_to(s, item->cert))
                        s->good = item;
        }
}

bool signature_kind_taken(struct signature *s) {
        struct text why = TEXT_IN(s->broken);
        STACK_OF(X509) *signers = PKCS7_get0_signers(s->p7, NULL, 0);
        STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(s->p7);

        for (int i = 0; signers && i < sk_X509_num(signers); i++)
                if (why.len == 0 && !is_rsa(sk_X509_value(signers, i)))
                        text_str(&why, "its key is not RSA, and firmware and shim take no other: sign with an RSA key");
        for (int i = 0; infos && i < sk_PKCS7_SIGNER_INFO_num(infos); i++) {
                X509_ALGOR *encryption = NULL;
                const ASN1_OBJECT *oid = NULL;

                PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(infos, i), NULL, NULL, &encryption);
                X509_ALGOR_get0(&oid, NULL, NULL, encryption);
                if (why.len == 0 && signature_is_oid(oid, OID_RSA_PSS))
                        text_str(&why, "it is made with RSA-PSS, and firmware and shim take PKCS#1 v1.5 only: sign with that");
        }
        sk_X509_free(signers);
        ERR_clear_error();
        return why.len == 0;
}

void signature_name_signer(struct signature *s) {
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
