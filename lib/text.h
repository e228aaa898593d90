/* SPDX-License-Identifier: BSD-2-Clause */
/* Sentences and lines, built in a caller's buffer.
 *
 * A text is always NUL-terminated. What does not fit is not written and sets `cut`, and then nothing more is written, for a text
 * with a hole in it would say something else. A caller for whom a cut text would be a lie (a command line, a variable) can
 * refuse; a reason on the screen may be cut. */
#pragma once

#include "span.h"

struct text {
        char *p;    /* caller's buffer of cap bytes */
        size_t cap; /* at least 1 */
        size_t len; /* bytes written, the NUL not counted; always < cap */
        bool cut;   /* something did not fit */
};

/* An empty text over buf. */
struct text text_in(char *buf, size_t cap);
#define TEXT_IN(array) text_in((array), sizeof(array))

/* Empties t (cut too). */
void text_clear(struct text *t);
/* Appends bytes as they are, whole or not at all. */
void text_bytes(struct text *t, struct span s);
void text_str(struct text *t, const char *s);
void text_char(struct text *t, char c);
void text_dec(struct text *t, uint64_t value);
/* A number as "0x1f000". */
void text_hexnum(struct text *t, uint64_t value);
/* Lower-case hex, two digits a byte. */
void text_hex(struct text *t, struct span s);
/* Appends bytes for a person: printable ASCII as it is, everything else as \xNN, at most max_bytes of s, then "...". */
void text_shown(struct text *t, struct span s, size_t max_bytes);
/* The same between double quotes, at most 80 bytes. */
void text_quoted(struct text *t, struct span s);
/* text_str for each argument up to a NULL. */
void text_cat(struct text *t, const char *first, ...);

/* What has been written, as a span. */
struct span text_span(const struct text *t);
