/* SPDX-License-Identifier: BSD-2-Clause */
/* Other programs, by fork and exec: a file name must never meet a shell. */
#pragma once

#include "text.h"

#define RUN_ABSENT 127 /* as a shell says it */

/* Runs words[0] (looked for in PATH, and last in the folders of root's programs) with these words, until NULL, and waits. said: a
 * file that gets what it prints; NULL: it goes where ours goes. Returns its exit code; RUN_ABSENT: it is not there; -1: it could
 * not be run, or a signal ended it. */
int run_program(const char *const *words, const char *said);
/* run_program, and what it printed; what does not fit is left out. */
int run_read(const char *const *words, struct text *ret);
