/* SPDX-License-Identifier: BSD-2-Clause */
/* The Stub* variables, and the Loader* ones that a stub sets where nobody did (systemd-stub(7), "EFI Variables"). */
#pragma once

#include "boot.h"
#include "stubrole.h"

void stub_vars_set(const struct boot *b, const struct volume *v, const struct stubrole *role,
                   const struct stubrole_outcome *outcome);
/* Of an image on XBOOTLDR any stub would name that as the partition that the loader came from, unless a loader has named its own;
 * and systemd mounts as ESP only what the loader came from. So ukiload, which came from the ESP, names that one. Of an image on
 * another disk the stub is right: the system's partitions are looked for on that disk. */
void stub_vars_tell_esp(const struct boot *b, const struct volume *v);
