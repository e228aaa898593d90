/* SPDX-License-Identifier: BSD-2-Clause */
/* The proof before the start: what the UKI's stub, or the kernel, is about to be given is looked at from their side, and held
 * against the plan.
 *
 * A stub takes every failure for "no addons" and boots; so whatever went wrong between the plan and the start is found here, or
 * not at all. */
#pragma once

#include "initrd.h"
#include "plan.h"

#define PROOF_NAME_BYTES 256u

/* What a stub takes out of one folder's list, sorted as it sorts (systemd's load_addons_from_dir): by code unit, which for ASCII
 * is by byte. */
struct proof_names {
        size_t n;
        bool full; /* there were more than PLAN_ADDONS_MAX */
        char name[PLAN_ADDONS_MAX][PROOF_NAME_BYTES];
};

/* The next plain file of the list; one that no stub takes is passed over. */
void proof_take(struct proof_names *names, struct span name);

/* Files in the order in which a stub takes them: each must be the plan's next admitted addon. Start with at 0. */
struct proof {
        const struct plan_addon *addons; /* sorted by plan_sort, with their verdicts */
        size_t n, at;
};

/* The next file: from \loader\addons or from the UKI's own folder, its name there, its bytes. False with a clause. */
bool proof_seen(struct proof *p, bool global, struct span name, struct span bytes, struct text *why);
/* There are no more. False with a clause if an admitted addon was not seen. */
bool proof_end(const struct proof *p, struct text *why);

/* LoadOptions (UCS-2 as bytes, little-endian), decoded as Linux's EFI stub decodes them, up to a NUL or line feed: the line? */
bool proof_options(struct span ucs2, struct span line);
/* The pieces: microcode of the admitted addons, last one first; the UKI's initrd; the initrds of the admitted addons. Each once
 * and in this order; nothing else in the list lies in any addon. False with a clause. */
bool proof_initrd(const struct initrd *list, const struct plan *plan, const struct plan_addon *addons, size_t n,
                  struct text *why);
/* Bytes that were read through the protocol are the pieces of the list, padded as initrd.h says, and nothing follows. */
bool proof_initrd_bytes(const struct initrd *list, struct span read);
