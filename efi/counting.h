/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot counting of the UKI (UAPI.1): ours only if systemd-boot has not counted something in this boot. What is refused keeps its
 * name and its tries.
 *
 * systemd-boot renames first and loads the file by its new name, and so the stub and the running system know it. The image is
 * loaded here before it is known whether it will be started: it is loaded by the name that it is going to have, and renamed as
 * the last thing before the start. That it can be is asked before; if firmware then fails all the same, the stub knows the image
 * by a name that no file has, and the note says that it was not counted. */
#pragma once

#include "boot.h"

/* Fills b->start_path from b->uki_path: name+LEFT-DONE.efi with one try less, if that is ours to count and can be. */
void counting_plan(struct boot *b, const struct volume *volume);
/* Renames the UKI from b->uki_path to b->start_path, sets LoaderBootCountPath for systemd-bless-boot, and adjusts b->uki_path. A
 * failure is noted and the start goes on, as systemd-boot has it. */
void counting_count_down(struct boot *b, const struct volume *volume);
