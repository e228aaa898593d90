/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom firmware and shim believe: certificates and digests that let an image in, and those that keep it out. */
#pragma once

#include <openssl/x509.h>

#include "host/files.h"

/* A certificate; SHA-256 of an image; SHA-256 of a certificate's TBS part. */
enum believed_kind { BELIEVED_CERT, BELIEVED_IMAGE, BELIEVED_TBS };

struct believed_item {
        enum believed_kind kind;
        X509 *cert;         /* TRUST_CERT */
        uint8_t digest[32]; /* the others */
        char from[64];      /* "db", "MokListRT", or the file's name */
        bool is_mok;        /* shim's list: a certificate for kernel modules alone does not count */
};

/* Who will be asked, as far as the two differ. */
enum believed_way { BELIEVED_NOT_KNOWN, BELIEVED_THROUGH_SHIM, BELIEVED_WITHOUT_SHIM };

struct believed {
        enum believed_way way;
        struct believed_item *good, *bad;
        size_t n_good, n_bad;
        bool has_good; /* a source of trust was given or found, be it empty */
        bool has_bad;
        bool has_variables; /* the machine's variables were used */
        int secure_boot;    /* 1 on, 0 off, -1 not known */
        struct bytes sbat_level;
        bool has_sbat_level;
};

/* A certificate in PEM or DER. */
bool believed_add_cert(struct believed *t, const char *path, struct text *why);
/* A file of EFI signature lists. */
bool believed_add_lists(struct believed *t, const char *path, bool bad, struct text *why);
/* This machine's variables, as far as nothing was given by hand: db and MokListRT, dbx and MokListXRT, SbatLevelRT,
 * SecureBoot. */
bool believed_add_variables(struct believed *t, const char *dir, struct text *why);
void believed_free(struct believed *t);
