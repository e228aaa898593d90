/* SPDX-License-Identifier: BSD-2-Clause */
/* UCS-2 as firmware has it: strings that end with a NUL, and names of files in which anything may stand. */
#pragma once

#include "span.h"
#include "text.h"

/* Characters before the NUL, at most max. */
size_t ucs2_len(const uint16_t *s, size_t max);
/* UTF-8 (utf8.h) to UCS-2 with NUL; false, and an empty string, if it is none or does not fit in cap characters. */
bool ucs2_from_utf8(const char *utf8, uint16_t *ret, size_t cap);
/* The name of a file (at most max characters, to the first NUL) to UTF-8. False if it has a control character or a surrogate,
 * which stand as \u and four digits then, or does not fit: the text is only to be shown. */
bool ucs2_name(const uint16_t *s, size_t max, struct text *ret);
/* At most max characters, to the first NUL, to ASCII; false if a character is not in 0x20..0x7e or it does not fit. */
bool ucs2_ascii(const uint16_t *s, size_t max, struct text *ret);
/* Takes the text up to the next NUL, or to the end, off raw bytes (not aligned): a variable's, as firmware or a loader has them.
 * Appends it as ASCII; false, and nothing is appended, if a character is not in 0x20..0x7e or the size is odd; false also if it
 * does not fit. */
bool ucs2_take_ascii(struct span *raw, struct text *ret);
/* Two strings, or of both the first n characters at most: ASCII letters without case, as FAT and UEFI compare names. */
bool ucs2_eq_nocase(const uint16_t *a, const uint16_t *b);
bool ucs2_eq_nocase_n(const uint16_t *a, const uint16_t *b, size_t n);
