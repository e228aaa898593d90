/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be told of signatures without any cryptography but a hash: where they are, and whether one is of these bytes. */
#pragma once

#include "pe.h"

/* The file (pe_open_file) has signatures that name SHA-256 digests of an image (DigestInfo of Authenticode), and none is that of
 * this one: it was changed after it was signed, or is damaged. False for an unsigned file, and where the signatures name other
 * kinds of digest. */
bool pe_changed_since_signed(const struct pe *pe);
/* Takes the next signature (PKCS#7, DER) off what is left of a certificate table: WIN_CERTIFICATEs one after the other, each at a
 * multiple of eight. An entry of another kind gives an empty one. False with a clause if the table is not well formed. */
bool pe_signed_next(struct span *table, struct span *ret, struct text *why);
