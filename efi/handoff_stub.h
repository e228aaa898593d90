/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub handoff: the UKI is loaded from an overlay of its volume in which only the admitted addons exist, and its own stub
 * does the rest. */
#pragma once

#include "boot.h"
#include "overlayfs.h"

#define HANDOFF_STUB_OPTIONS 16u /* characters */

/* Shows the admitted addons of b->addons in o, where the stub looks and in the order of the plan. */
bool handoff_stub_serve(const struct boot *b, struct overlayfs *o, struct text *why);
/* LoadOptions for the loaded UKI: none, or "@N" for a profile. Fills buf (HANDOFF_STUB_OPTIONS characters), which must stay.
 * False with b->why. */
bool handoff_stub_options(struct boot *b, CHAR16 *buf, EFI_HANDLE image);
