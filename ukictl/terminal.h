/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether somebody looks at a stream, and how wide that is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* f is a terminal that more can be done with than to write lines: TERM is neither unset, as on a serial line that nobody has told
 * of, nor "dumb". */
bool terminal_is(FILE *f);
/* Its columns, as COLUMNS or itself has them; 0: it is none, and gets whole lines, for others search in them. */
size_t terminal_width(FILE *f);
/* code where it is one and nobody has asked for none (NO_COLOR, no-color.org), else "". */
const char *terminal_code(FILE *f, const char *code);
