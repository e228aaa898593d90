/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether somebody looks at a stream, and how wide that is. */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* The columns of the terminal that f is, as COLUMNS or itself has them; 0: it is none, and gets whole lines, for others search in
 * them. */
size_t terminal_width(FILE *f);
/* code where f is a terminal that takes it and nobody has asked for none (NO_COLOR, no-color.org; TERM=dumb), else "". A terminal
 * without a name is a serial line that nobody has told of. */
const char *terminal_code(FILE *f, const char *code);
