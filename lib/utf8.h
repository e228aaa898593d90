/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 for what UEFI has in UCS-2, above all names of files: strict, for two spellings of one name would be two names to
 * everything here. (How a stub reads its command line is another question, and lenient: stubrole_ucs2.) */
#pragma once

#include "span.h"
#include "text.h"

/* Takes the next character off *s. False, and nothing is taken, at the end and where what stands there is no character of UCS-2
 * in its shortest form: a broken sequence, a surrogate, anything above U+FFFF. */
bool utf8_next(struct span *s, uint16_t *ret);
/* Appends a character, which is no surrogate. */
void utf8_put(struct text *t, uint16_t c);
bool utf8_is_surrogate(uint16_t c);
