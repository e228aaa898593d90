/* SPDX-License-Identifier: BSD-2-Clause */
/* What a volume can be asked, so that whoever walks it walks the same way in firmware and on the host: gather.h, candidates.h,
 * sidecars.h. Firmware answers through EFI_FILE_PROTOCOL (efi/volume.c), ukictl through the folder that the volume is mounted
 * on, tests from memory.
 *
 * Paths are normalised (path.h). What was told once need not be true when it is asked again. The callbacks are set when the
 * program runs: the image of ukiload has no relocations, and so no table of pointers. */
#pragma once

#include "contract.h"
#include "span.h"
#include "text.h"

/* The end of a folder and a folder that cannot be read are different answers. */
enum disk_listing {
        DISK_LISTED,    /* to its end, or to where `each` wanted to stop */
        DISK_NO_FOLDER, /* there is nothing of that name */
        /* there, but unreadable, a file, another folder's short name, without an end; `each` may have had the first entries */
        DISK_UNREAD,
};
/* name: the long one, in UTF-8. Not usable: it is one that cannot be taken (DISK_NAME_FAULT), and only to be shown. False: no
 * more of them. */
typedef bool (*disk_each)(void *arg, const char *name, bool usable);

struct disk {
        const char *name; /* "the ESP", "XBOOTLDR" */
        void *arg;        /* for the callbacks */
        /* Each plain file of a folder, in any order. For DISK_UNREAD a clause in why ("cannot be read (Device Error): ..."). */
        enum disk_listing (*list)(void *arg, const char *dir, disk_each each, void *each_arg, struct text *why);
        /* The size of a plain file. */
        bool (*size)(void *arg, const char *path, uint64_t *ret);
        /* At most n bytes from offset off on; *ret_n: how many there were. */
        bool (*part)(void *arg, const char *path, uint64_t off, uint8_t *to, size_t n, size_t *ret_n);
        /* A whole file of at most max bytes, the caller's to give back. Refuses with a clause: missing, a folder, another
         * file's short name, empty, too large, unreadable. */
        bool (*read)(void *arg, const char *path, size_t max, struct span *ret, struct text *why);
        /* Memory, zeroed; NULL: there is none. */
        uint8_t *(*take)(void *arg, size_t n);
        /* Gives back what read or take gave; an empty span is nothing. */
        void (*give)(void *arg, struct span bytes);
};

/* ---- What every volume says alike ---- */

#define DISK_NAME_FAULT                                                                                                        \
        "has a name that cannot be taken, with a control character, with one that UCS-2 has not, or of more than " LIMIT_TEXT( \
                NAME_MAX_BYTES) " bytes in UTF-8: rename it"
#define DISK_NOT_FOLDER "is a file, and only a folder is looked for: remove it"
#define DISK_FOLDER     "is a folder"
#define DISK_LONG_PATH \
        ": its path is longer than " LIMIT_TEXT(PATH_MAX_BYTES) " bytes, and firmware need not take that: give it a shorter name"
#define DISK_ENDLESS "has no end: it has more than " LIMIT_TEXT(FOLDER_MAX) " entries, or its file system is damaged"

/* Whether what opened as `path` is called so, but for case. On FAT it may be another object, of which that is the short name, and
 * then what is told of one would be done to the other; if so, the clause. name: its own one, empty if it has none that can be
 * taken. */
bool disk_own_name(const char *name, const char *path, bool folder, struct text *why);
/* Whether a file of that size is to be read; if not, the clause. */
bool disk_size_fits(uint64_t size, size_t max, struct text *why);
/* Appends a name, which is any bytes, as it is to be shown: what UTF-8 or UCS-2 has not as \xNN, control characters as \u00NN.
 * False if it is not usable. */
bool disk_name(struct span name, struct text *ret);
