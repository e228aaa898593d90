/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl predict`: what it prints, and the components that it writes. */
#pragma once

#include "judge/predict.h"

/* components: paths of what was written, or would be; NULL: none were asked for. */
void predict_print_text(const struct predict_job *job, const struct names *components, bool dry_run);
void predict_print_json(const struct predict_job *job, const struct names *components, bool dry_run);

/* The folder is there; before anything is worked out. False with a sentence. */
bool predict_folder(const char *dir, struct text *why);
/* Writes a variant of each component into dir, in the place of what an earlier call has written for the same plan; notes what
 * cannot be known. Paths go to written. EXIT_OK, or a sentence. */
enum exit_code predict_write(struct predict_job *job, const struct pcrlock_file file[PREDICT_OF], bool dry_run,
                             struct names *written, struct text *why);
