/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of the last reload: UkiloadLast, which stays, and UkiloadStatus, which ukiload wrote in this boot. */
#pragma once

#include "host/host.h"
#include "status.h"

enum outcome_kind {
        OUTCOME_NONE,    /* there was no reload yet */
        OUTCOME_STARTED, /* this boot is the reload; not confirmed yet */
        OUTCOME_CONFIRMED,
        OUTCOME_REFUSED,
        OUTCOME_FAILED,  /* the image was started and came back */
        OUTCOME_STALE,   /* ukiload found a request that it was not to execute */
        OUTCOME_HUNG,    /* started, and neither confirmed nor the boot that runs now */
        OUTCOME_UNKNOWN, /* the variable does not say */
};

#define OUTCOME_FORGED "UkiloadStatus is not volatile, so ukiload did not write it"

struct outcome {
        enum outcome_kind last;
        char id[64], result[32], reason[LAST_MAX]; /* as in UkiloadLast; empty if not there */
        bool here;                                 /* this boot came through ukiload: UkiloadStatus is there and volatile */
        bool forged;                               /* OUTCOME_FORGED: there is an UkiloadStatus all the same */
        struct bytes status;                       /* the text of UkiloadStatus, if here */
        bool started_here;                         /* its result is "started" */
        bool applied;                              /* and /proc/cmdline has every word that it names, in order */
        char missing[256];                         /* unless applied: the first word that is not there */
};

/* EXIT_OK, or a sentence. ret is to be freed in any case. */
enum exit_code outcome_read(const struct host *h, struct outcome *ret, struct text *why);
void outcome_free(struct outcome *o);
/* That this boot came through ukiload and is what was asked for; else a code and a sentence. */
enum exit_code outcome_check(const struct outcome *o, struct text *why);
/* Firmware's paths of the addons that this boot's request named, and that were admitted; *ret is the caller's to names_free. */
void outcome_picked(const struct outcome *o, struct names *ret);
/* Every word of want stands in have, in order; others may stand between and behind. False with the first that is missing. */
bool outcome_has_words(struct span have, struct span want, struct text *missing);
const char *outcome_name(enum outcome_kind kind);
/* The value of the first `key=` line of UkiloadStatus, without escapes, printable; false if there is none. */
bool outcome_field(const struct outcome *o, const char *key, struct text *ret);
