/* SPDX-License-Identifier: BSD-2-Clause */
/* Every limit that people meet and every name on a volume, once, for firmware and host alike. Limits have their unit and why they
 * are there; what goes beyond one is refused or said, with the number taken from here. The numbers are bare, so that a sentence
 * can have them in its literal: LIMIT_TEXT(PE_SECTIONS_MAX) is "256". */
#pragma once

#define LIMIT_TEXT(limit)  LIMIT_TEXT_(limit)
#define LIMIT_TEXT_(limit) #limit

/* ---- Names on a volume ---- */

#define DIR_IMAGES      "\\EFI\\Linux"           /* UKIs; in it OLD_IMAGE_FILE */
#define DIR_OWN         "\\EFI\\ukiload"         /* ukiload itself, IMAGE_FILE */
#define DIR_ENTRIES     "\\loader\\entries"      /* of systemd-boot's menu; in it ENTRY_ID */
#define DIR_ADDONS      "\\loader\\addons"       /* of every UKI */
#define DIR_POOL        "\\EFI\\ukiload\\addons" /* those that a request can name */
#define DIR_CREDENTIALS "\\loader\\credentials"  /* for every UKI */
#define DIR_EXTENSIONS  "\\loader\\extensions"   /* likewise */
#define DIR_TAIL        ".extra.d"               /* of a UKI's own folder, which is named after the UKI */
#define UKI_TAIL        ".efi"                   /* of every image's name, without case */
#define ADDON_TAIL      ".addon.efi"             /* of every addon's, likewise */
#define ENTRY_TAIL      ".conf"                  /* of a menu entry's */

/* Why it lies there: doc/placement.md. Up to 0.2 it lay among the UKIs, where systemd-boot finds it by itself; who puts it there
 * still may. */
#define IMAGE_FILE     DIR_OWN "\\ukiload" ARCH_SUFFIX UKI_TAIL /* arch.h has the suffix */
#define ENTRY_ID       "ukiload" ENTRY_TAIL                     /* the menu entry that starts it */
#define OLD_ENTRY_ID   "ukiload" UKI_TAIL                       /* the image among the UKIs, as file and as menu entry */
#define OLD_IMAGE_FILE DIR_IMAGES "\\" OLD_ENTRY_ID

/* ---- Files ---- */

#define UKI_FILE_MAX    ((size_t) 2 << 30)   /* bytes: what offsets in a PE image reach, and more than there is memory for */
#define ADDON_FILE_MAX  ((size_t) 256 << 20) /* bytes: an addon may carry an initrd */
#define OSREL_MAX       2048 /* bytes of .osrel that are read to sort images: every field that counts stands well before */
#define CANDIDATES_MAX  64   /* images that a standing start tries, the best of all: each costs a read of the whole */
#define HEAD_MAX        ((size_t) 32 << 10) /* bytes by which images are chosen: headers with 256 sections fit */
#define NAME_MAX_BYTES  255                 /* of a file's name in UTF-8: what cannot be said in so many cannot be taken */
#define FOLDER_MAX      65536 /* entries of a folder: what FAT can hold; a ring in its chain of clusters never ends */
#define PLAN_ADDONS_MAX 128   /* addons of a UKI, whatever their verdict: each costs a look and perhaps a measurement */
#define SIDECARS_MAX    256   /* files of one kind beside a UKI in a kernel handoff: one table keeps them sorted */
#define PATH_MAX_BYTES  255   /* of a path in firmware: more than FAT names of a few levels need, few enough for a request */
#define CPIO_NAME_MAX   255   /* bytes of a file's name in an archive, without its directory: FAT has no longer ones */

/* ---- Images ---- */

#define PE_SECTIONS_MAX   256 /* systemd's stub reserves 120 headers; more than 256 is refused as hostile */
#define INITRD_PIECES_MAX 300 /* 128 addons with .initrd and .ucode each, and what the stub makes */

/* ---- Command line ---- */

#define CMDLINE_MAX       2047 /* bytes without NUL: COMMAND_LINE_SIZE of x86 and arm64 less one */
#define ADDON_CMDLINE_MAX 4096 /* bytes of one addon's line before its blanks are trimmed */
#define OVERLAY_BYTES_MAX 1024 /* bytes that addons and the request add: a signed line has room beside them */
#define OVERLAY_WORDS_MAX 64   /* words that they add */

/* ---- Policy ---- */

#define POLICY_SIZE_MAX    16384 /* bytes of its text: a person can read no more */
#define POLICY_RULES_MAX   256
#define POLICY_RULE_BYTES  256 /* bytes of one line without its comment */
#define POLICY_REQUIRE_MAX 32

/* ---- Request ---- */

#define REQUEST_CHARS_MAX  1024 /* UCS-2 characters without the NUL: a variable that small NVRAM has room for */
#define REQUEST_ADDONS_MAX 16
#define REQUEST_ADDON_MAX  64 /* bytes of an addon's name */
#define REQUEST_ID_MAX     32 /* bytes of an id */

/* ---- What is reported ---- */

#define STATUS_MAX 4096 /* bytes of UkiloadStatus */
#define LAST_MAX   1024 /* bytes of UkiloadLast, and a NUL */
