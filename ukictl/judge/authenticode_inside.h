/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of authenticode: authenticode.c has the table, the blobs and the digests, authenticode_signer.c who signed. */
#pragma once

#include "judge/authenticode.h"

bool signature_is_oid(const ASN1_OBJECT *object, const char *oid);

/* The signature over its content, and the chain as far as store and flags ask for it. */
bool signature_verify(const struct signature *s, X509_STORE *store, int flags);

/* Who signed, as text. */
void signature_name_signer(struct signature *s);

/* libcrypto knows more than what firmware and shim are built with: they refuse EC keys and RSA-PSS (seen on both), whatever the
 * key's size they take RSA, and they look neither at dates nor at what a certificate says that it is for. False with
 * s->broken. */
bool signature_kind_taken(struct signature *s);

/* Sets s->good and s->bad. */
void signature_judge_signer(struct signature *s, const struct believed *believed);
