/* SPDX-License-Identifier: BSD-2-Clause */
/* The Stub* variables, and the Loader* ones that a stub sets where nobody did (systemd-stub(7), "EFI Variables"). */
#pragma once

#include "boot.h"
#include "stubrole.h"

void stub_vars_set(const struct boot *b, const struct volume *v, const struct stubrole *role,
                   const struct stubrole_outcome *outcome);
