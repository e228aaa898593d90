/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel handoff: ukiload takes the stub's role. What a stub does is data (lib/stubrole); here it is done. */
#pragma once

#include "boot.h"
#include "stubrole.h"

struct handoff_kernel;

/* Loads the kernel out of the loaded UKI, and prepares archives and initrd. Nothing is measured yet, so it may still refuse:
 * NULL, and b->why. */
struct handoff_kernel *handoff_kernel_prepare(struct boot *b, const struct volume *v, EFI_HANDLE uki);
/* Gives the kernel its line, and firmware its initrd: the last that may refuse, with a clause. */
bool handoff_kernel_offer(struct handoff_kernel *h, struct text *why);
/* The proof before the start: LoadOptions decode to the plan's line, and the kernel's protocol gives the planned initrd, or there
 * is none. False, and b->why, if not. */
bool handoff_kernel_proof(struct boot *b, struct handoff_kernel *h);
/* Measures, shows the picture, refreshes the seed, sets variables, and starts the kernel. Only comes back if that fails. */
EFI_STATUS handoff_kernel_start(struct handoff_kernel *h, const struct boot *b, const struct volume *v);
/* NULL is fine. */
void handoff_kernel_free(struct handoff_kernel *h);
