/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be told of a signature without any cryptography but a hash: whether it was made over these bytes. */
#pragma once

#include "pe.h"

/* The file (pe_open_file) has signatures that name SHA-256 digests of an image (DigestInfo of Authenticode), and none is that of
 * this one: it was changed after it was signed, or is damaged. False for an unsigned file, and where the signatures name other
 * kinds of digest. */
bool pe_changed_since_signed(const struct pe *pe);
