/* SPDX-License-Identifier: BSD-2-Clause */
/* Files beside a UKI that become archives in its initrd (lib/stubrole.h), as they lie on this host. */
#pragma once

#include "stubrole.h"
#include "judge/plan_job.h"

/* The plain files in a folder that the source takes, in the order of the archive. False with a clause if the folder cannot be
 * read. */
bool sidecars_list(const char *dir, const struct stubrole_source *source, struct names *ret, struct text *why);
/* The host's folder of one source; malloc'ed, NULL: there is none. */
char *sidecars_folder(const struct plan_job *plan, const struct uki *uki, const struct stubrole_source *source);
/* Where ukiload takes the stub's role it takes SIDECARS_MAX files of a kind; with more the plan does not start. */
void sidecars_judge(struct plan_job *plan);
