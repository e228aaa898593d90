/* SPDX-License-Identifier: BSD-2-Clause */
/* The two ways in which Linux cuts a command line into words.
 *
 * `next_arg` of lib/cmdline.c: isspace separates, `"` toggles quoting anywhere and knows no escape, the first `=` after the first
 * character ends the name, a `"` before the name quotes name and value together. The early scan of arch/x86/lib/cmdline.c: every
 * byte <= 0x20 separates and quotes mean nothing. An overlay is sound only if both agree about it. The kernel's isspace is
 * Latin-1's: it takes 0xA0 for a blank, which the early scan does not. For both the line ends at its first NUL. */
#pragma once

#include "contract.h"
#include "span.h"
#include "text.h"

struct cmdline_word {
        struct span whole; /* as it stands, quotes included */
        struct span name;  /* without an opening quote */
        struct span value; /* without surrounding quotes; empty if !has_value */
        bool has_value;    /* there is a `=` */
        bool quoted;       /* any `"` in it */
};

/* Takes the next word off *rest as next_arg would. False at the end of the line. */
bool cmdline_next(struct span *rest, struct cmdline_word *ret);
/* Takes the next word off *rest as the early scan would. */
bool cmdline_next_early(struct span *rest, struct span *ret);

/* Every `"` has its partner, so that nothing appended can be swallowed by an open quote. */
bool cmdline_balanced(struct span line);
/* The line has a word `--` (next_arg view, so `"--"` too): what follows goes to init. ret_at: where it begins in line, quote
 * included. */
bool cmdline_find_dashes(struct span line, size_t *ret_at);
/* Names equal as the kernel compares parameter names: `-` is `_`. */
bool cmdline_name_eq(struct span a, struct span b);

/* Bytes that an overlay may hold: 0x20..0x7e without " ' \ ` $ * ? [ . Quotes make the tokenizers disagree, the others mean
 * something to scripts that read /proc/cmdline. False with a clause that shows the byte and where it is, from 1. */
bool cmdline_bytes_ok(struct span line, struct text *why);
