/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the frame of a verb. */
#pragma once

#include "verb/verb.h"

#define VERB_LONG_BASE 0x100 /* getopt's number of the first row; below are letters */

/* verb/verb_work.c */

/* What it needs, and the verb itself; its sentence is said. */
int verb_work(const struct verb *verb, struct call *call);
/* verb/verb_esps.c: that on each ESP of the machine. */
int verb_on_each_esp(const struct verb *verb, struct call *call);

/* What getopt_long answered with '?' or ':', as a clause. */
void verb_say_wrong(const struct option_row *rows, int c, char **argv, struct text *why);
