/* SPDX-License-Identifier: BSD-2-Clause */
/* Which systemd-stub brought what: the only place that says so. Read from systemd's src/boot (src/boot/efi up to 256) of each
 * release; whoever asks what the stub of an image can do, or does otherwise, asks with a line of this table. The numbers are
 * bare, so that LIMIT_TEXT puts them into a sentence. */
#pragma once

#include "uki.h"

/* clang-format off */
#define STUB_OLDEST            252 /* the oldest that our tests know: what has no line below was there then */
#define STUB_EMPTY_NOT_TAKEN   253 /* a folder without files no longer counts as measured */
#define STUB_SEED              253 /* refreshes the random seed, which 252 leaves to the boot loader */
#define STUB_MARKED            254 /* says in a section of its own what it is, on each architecture */
#define STUB_ADDONS            254 /* takes signed addons, for their .cmdline */
#define STUB_SMBIOS            254 /* appends io.systemd.stub.kernel-cmdline-extra to the line */
#define STUB_MEASURES_UNAME    254 /* and .sbat */
#define STUB_ADDONS_AS_ONE     255 /* addons of all folders are one text; 254 has one for each folder */
#define STUB_CUTS_COUNTER      254 /* of this minor version and newer: the folder of a UKI has no boot counter in its name */
#define STUB_CUTS_COUNTER_MINOR  6
#define STUB_DTB_ADDONS        255
#define STUB_TRIMS             255 /* blanks in front of the line, and 0x7f is one */
#define STUB_READS_ON          255 /* behind the end of a text of blanks only ... */
#define STUB_READS_ON_LAST     256 /* ... up to this version */
#define STUB_CONFEXT           256 /* *.confext.raw are configuration extensions,
before that system extensions like other *.raw */
#define STUB_UCODE             256 /* .ucode sections */
#define STUB_CC                256 /* measures into a confidential VM's registers as well */
#define STUB_PROFILES          257 /* profiles; os-release and profile in /.extra */
#define STUB_INITRD_ADDONS     257 /* .initrd and .ucode of addons */
#define STUB_TRIMS_ALL         257 /* of an addon's text and of SMBIOS too; one that is blank adds nothing */
#define STUB_LOADER            258 /* loads the kernel by itself, unless shim stands in front of LoadImage */
#define STUB_EFIFW             258 /* .efifw sections */
#define STUB_GLOBAL_EXTENSIONS 258 /* \loader\extensions */
#define STUB_CC_TAGS           261 /* tagged events go into a confidential VM's registers as well */
#define STUB_TAGS_COUNT        261 /* a tagged event counts as measured; not read: 258 to 260 */
#define STUB_BEYOND            261 /* a boot secret, SMBIOS events in PCR 1, LoaderTpm2ActivePcrBanks: not done in its place */
#define STUB_CONSOLE           261 /* appends console= of devices that it finds, and an initrd of firmware's */
#define STUB_TESTED            262 /* the newest that our tests know */
/* clang-format on */

#define STUBS_READING_ON "systemd-stub " LIMIT_TEXT(STUB_READS_ON) " and " LIMIT_TEXT(STUB_READS_ON_LAST)

/* Whose deeds are done where the image's own stub knows no addons, or is not systemd's. */
#define STUB_MODEL 257

/* The image's stub is systemd's, of this version or newer. */
static inline bool stub_has(const struct uki *uki, unsigned since) {
        return uki->stub == UKI_STUB_SYSTEMD && uki->stub_version >= since;
}
