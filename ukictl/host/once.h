/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that one run of ukictl looks at more than once, each read once: what is judged again is what was judged before, and a try
 * costs no reading. Not for images of whole systems, which are large and looked at once. */
#pragma once

#include <stdbool.h>

#include "span.h"
#include "text.h"

/* As bytes_read, but the bytes stay until the end of the program. */
bool once_read(const char *path, size_t max, struct span *ret, struct text *why);
/* Whether these bytes are some of those. */
bool once_keeps(struct span bytes);
