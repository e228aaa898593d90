/* SPDX-License-Identifier: BSD-2-Clause */
/* A signed addon: a PE without .linux that adds to a UKI (UAPI.5 "PE Addons"). An addon holds
 * .cmdline .uname .sbat .osrel .sdmagic .text .rodata .data .reloc .initrd .ucode .dtb, each at most once (an addon of ukify 257
 * has .text, .sdmagic, .sbat and what it was asked for; one of pe_write has .text and .reloc): any other name makes it
 * ADDON_BAD. */
#pragma once

#include "contract.h"
#include "pe.h"
#include "uki.h"

enum addon_verdict {
        ADDON_FITS,          /* well formed, and for this image */
        ADDON_NOT_FOR_IMAGE, /* another machine type, or a .uname that is not the UKI's: left out, no violation */
        ADDON_BAD,           /* malformed, or holds what an addon must not hold: a violation */
};

struct addon {
        bool has_cmdline;
        struct span text;               /* .cmdline without NUL padding: what overlay_add wants */
        struct span cmdline;            /* text without blanks and newlines at its ends; empty: has no word */
        struct span initrd, ucode, dtb; /* empty: has none */
        bool has_uname;
        struct span uname; /* without NUL padding */
};

/* Judges the file or image pe as an addon for uki (NULL: judged for itself, machine and .uname not compared). Appends one clause
 * to why unless ADDON_FITS. ret is written only for ADDON_FITS; it borrows pe->bytes. */
enum addon_verdict addon_open(const struct pe *pe, const struct uki *uki, struct addon *ret, struct text *why);

/* Same content in every section: the file that was judged and the image that LoadImage verified. */
bool addon_same(const struct addon *a, const struct addon *b);
