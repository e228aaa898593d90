/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines and verdicts that several tests begin and end with. Each start is held against the oracle (machine_judge) first. */
#pragma once

#include "machine.h"

#define SCENE_UKI    "\\EFI\\Linux\\a.efi"
#define SCENE_OWN    SCENE_UKI ".extra.d"
#define SCENE_GLOBAL "\\loader\\addons"

/* SCENE_UKI of that stub, and an addon for all, "quiet". */
struct machine *scene_plain(unsigned stub);
/* An armed machine with SCENE_UKI of that stub: an addon for all (required), one of the UKI's own, one that is picked; and one
 * that is not allowed, a credential. */
struct machine *scene_addons(unsigned stub);
/* The file system that ukiload has put up, the newest one; NULL: none. */
EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *scene_overlay(struct machine *m);

/* A machine whose start, of nothing, is over, for a test that calls a part of efi/ by itself. */
struct machine *scene_over(enum shim shim, bool secure_boot);
/* From now on the volume itself is in the place of the overlay. */
void scene_no_overlay(struct machine *m);
/* Lets somebody meddle between loading the UKI and proving what its stub will find: when all addons were
 * validated. */
void scene_before_proof(struct machine *m, void (*meddle)(struct machine *m));

/* One start and the oracle. */
void scene_start(struct machine *m);
/* ... and the child's line; NULL: nothing is to be started. */
void scene_line(struct machine *m, const char *line);
/* The same, and the machine is gone. */
void scene_ends(struct machine *m, const char *line);
/* Nothing is started, and UkiloadStatus has these words in its reason. The machine is gone. */
void scene_refuses(struct machine *m, const char *words);
/* The same of a request, whose reason stands in UkiloadLast. */
void scene_refused(struct machine *m, const char *words);
