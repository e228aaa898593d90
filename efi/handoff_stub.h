/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub handoff: the UKI is loaded from an overlay of its volume in which only the admitted addons exist, and its own stub does the rest. */
#pragma once

#include "boot.h"
#include "overlayfs.h"

/* Shows the admitted addons of b->addons in o, where the stub looks and in the order of the plan. */
bool handoff_stub_serve(const struct boot *b, struct overlayfs *o, struct text *why);
/* LoadOptions for the UKI: none, or "@N" for a profile. Fills buf (16 characters). */
void handoff_stub_options(const struct boot *b, CHAR16 *buf, EFI_LOADED_IMAGE *image);
