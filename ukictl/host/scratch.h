/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of our own for files that another program reads, or that are judged before they are put anywhere. */
#pragma once

#include "text.h"

/* New and empty, in TMPDIR or /tmp, readable for nobody else; malloc'ed, and the caller's to empty and to rmdir. NULL with a
 * sentence. */
char *scratch_folder(struct text *why);
