/* SPDX-License-Identifier: BSD-2-Clause */
/* The unified kernel images that a standing start of ukiload would look at, in its order, and what it would say to each. */
#pragma once

#include "candidates.h"
#include "judge/next_boot.h"

struct surveyed {
        const char *path; /* as firmware names it */
        char *file;       /* on the host */
        bool on_xbootldr;
};

struct survey {
        struct surveyed *v;
        size_t n;
        struct names passed_over; /* sentences: what somebody may have meant as an image, and is none to ukiload */
        struct candidate *rooms;  /* path points into these */
};

/* The candidates (lib/candidates.h) on ESP and XBOOTLDR, all of them, as ukiload sorts them. Of these it tries CANDIDATES_MAX. */
void survey_read(const struct host *h, struct survey *ret);
void survey_free(struct survey *s);

/* A new job for survey_judge, to be given to next_boot_free. */
struct next_boot *survey_job(const struct host *h);
/* Judges one as a standing start would: trust, then the plan without a request. policy: a file to take it from, NULL: that
 * of policy_file_find. EXIT_OK: it starts; otherwise why has the clause, and job->is_last says whether ukiload then tries no
 * other. job is of survey_job. */
enum exit_code survey_judge(struct next_boot *job, const struct surveyed *uki, const char *policy, struct text *why);

/* The host's path of the image that ukiload would take if nothing is requested: the first of the survey that it would start;
 * malloc'ed. NULL: there is none, and why has the sentence. ret_read: gets the image as it was read and digested, for a
 * gather_image of that path; NULL: it is not kept. */
char *survey_default(const struct host *h, struct plan_job *ret_read, struct text *why);
