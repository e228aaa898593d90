/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub handoff: the UKI is loaded from an overlay of its volume in which only the admitted addons exist, and its own stub
 * does the rest. */
#pragma once

#include "boot.h"
#include "overlayfs.h"

/* Shows the admitted addons of b->addons in o, where the stub looks and in the order of the plan. */
bool handoff_stub_serve(const struct boot *b, struct overlayfs *o, struct text *why);
/* LoadOptions for the loaded UKI: none, "@N" for a profile, or what an older systemd-boot would have told it. They lie in b.
 * False with b->why. */
bool handoff_stub_options(struct boot *b, EFI_HANDLE image);
