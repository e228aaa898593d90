/* SPDX-License-Identifier: BSD-2-Clause */
/* What systemd-boot up to 254 tells a UKI in \EFI\Linux that it starts itself: the UKI's own .cmdline, as options, which it
 * measures into PCR 12. A stub takes options for its line where Secure Boot is off, and measures them once more. Since 255 a UKI
 * is told nothing. Followed are config_entry_add_unified and image_start of systemd 252 to 254, src/boot/efi/boot.c. */
#pragma once

#include "pe.h"
#include "text.h"
#include "uki.h"

#define LOADERLINE_LAST 254 /* bare, for LIMIT_TEXT */

/* Appends the options, as UTF-8. info: LoaderInfo of this boot; path: the UKI's, normalised; pe: its file or image. False: it is
 * told nothing, or more than fits into ret. True with nothing appended: .cmdline is blank, and the options are an empty text,
 * which is measured as well. */
bool loaderline_make(struct span info, struct span path, const struct pe *pe, struct text *ret);

/* Whether the stub is to get the options for its line: as above, but not where a profile decides which line counts, of which
 * that systemd-boot knows nothing, and never in a confidential VM. */
bool loaderline_for_stub(const struct uki *uki, bool secure_boot, bool confidential, struct span options);
