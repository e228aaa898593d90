/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom firmware and shim believe: certificates and digests that let an image in, and those that keep it out. */
#pragma once

#include <openssl/x509.h>

#include "host/files.h"

/* A certificate; SHA-256 of an image; SHA-256 of a certificate's TBS part. */
enum trust_kind { TRUST_CERT, TRUST_IMAGE, TRUST_TBS };

struct trust_item {
        enum trust_kind kind;
        X509 *cert;         /* TRUST_CERT */
        uint8_t digest[32]; /* the others */
        char from[64];      /* "db", "MokListRT", or the file's name */
        bool is_mok;        /* shim's list: a certificate for kernel modules alone does not count */
};

/* Who will be asked, as far as the two differ. */
enum trust_way { TRUST_NOT_KNOWN, TRUST_THROUGH_SHIM, TRUST_WITHOUT_SHIM };

struct trust {
        enum trust_way way;
        struct trust_item *good, *bad;
        size_t n_good, n_bad;
        bool has_good; /* a source of trust was given or found, be it empty */
        bool has_bad;
        bool has_variables; /* the machine's variables were used */
        int secure_boot;    /* 1 on, 0 off, -1 not known */
        struct bytes sbat_level;
        bool has_sbat_level;
};

/* A certificate in PEM or DER. */
bool trust_add_cert(struct trust *t, const char *path, struct text *why);
/* A file of EFI signature lists. */
bool trust_add_lists(struct trust *t, const char *path, bool bad, struct text *why);
/* This machine's variables, as far as nothing was given by hand: db and MokListRT, dbx and MokListXRT, SbatLevelRT,
 * SecureBoot. */
bool trust_add_variables(struct trust *t, const char *dir, struct text *why);
void trust_free(struct trust *t);
