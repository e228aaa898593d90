/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot counting of the UKI (UAPI.1): ours only if systemd-boot has not counted something in this boot. */
#pragma once

#include "boot.h"

/* Renames name+LEFT-DONE.efi to its name with one try less, sets LoaderBootCountPath for systemd-bless-boot, and adjusts b->uki_path. A failure is
 * noted and the start goes on, as systemd-boot has it. */
void counting_count_down(struct boot *b, const struct volume *volume);
