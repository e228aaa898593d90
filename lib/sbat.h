/* SPDX-License-Identifier: BSD-2-Clause */
/* Secure Boot Advanced Targeting (shim's SBAT.md): whether an image's .sbat is below a revocation level. */
#pragma once

#include "span.h"
#include "text.h"

/* sbat: the .sbat section; level: the content of SbatLevelRT. False with a clause that names component, its generation and the
 * least allowed one. A malformed line of sbat is a failure; an unknown component is none. */
bool sbat_allowed(struct span sbat, struct span level, struct text *why);
