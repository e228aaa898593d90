/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names of the overlay's file system are ours, and which are denied: the default-deny itself. The names are UCS-2 with NUL,
 * as callers of EFI_FILE_PROTOCOL.Open give them; efi/overlayfs*.c asks here and answers the calls.
 *
 * Only what was added here is an addon. Every other name that ends as one does is hidden wherever it stands, and a name that is
 * computed wrongly loses an addon: it never admits one. Letters of ASCII compare without case, as FAT has them. */
#pragma once

#include "contract.h"
#include "span.h"

#define SERVED_PATH_MAX 600u /* characters of an absolute path with NUL; longer ones do not exist */
#define SERVED_NAME_MAX 256u /* characters of a name with NUL */

struct served_file {
        uint16_t dir[SERVED_PATH_MAX]; /* absolute, as served_path makes it */
        uint16_t name[SERVED_NAME_MAX];
        struct span bytes; /* borrowed */
};

/* All zero: nothing is served. */
struct served {
        size_t n;
        struct served_file files[PLAN_ADDONS_MAX];
};

enum served_kind {
        SERVED_FILE,     /* a file of ours */
        SERVED_FOLDER,   /* a folder in which we serve: ours, whatever the volume has in its place */
        SERVED_HIDDEN,   /* does not exist: it has an addon's name and is none of ours */
        SERVED_ON_WAY,   /* above such a folder: a folder, the volume's if that has one there */
        SERVED_ELSEWHERE /* the volume's affair */
};

/* Adds a file; dir (a normalised path, path.h) and name are UTF-8. False, and nothing is added, if they do not fit or there is no
 * room. */
bool served_add(struct served *s, const char *dir, const char *name, struct span bytes);
/* The absolute path of name as seen from the folder `from` (itself absolute): separators either way, `.` and `..` resolved,
 * repeated and trailing ones dropped; "\" for the root. False if it has no room in ret or climbs above the root. */
bool served_path(const uint16_t *from, const uint16_t *name, uint16_t ret[SERVED_PATH_MAX]);
/* The last part of an absolute path. */
const uint16_t *served_base(const uint16_t *path);
/* What an absolute path is. SERVED_FILE: *ret_file is the file. */
enum served_kind served_look(const struct served *s, const uint16_t *path, const struct served_file **ret_file);
/* The next file in the folder at an absolute path, in the order in which they were added, from *at (0 at first), which goes
 * behind it. NULL at the end. */
const struct served_file *served_next(const struct served *s, const uint16_t *dir, size_t *at);
/* Ends in ".addon.efi", without case, or would once FAT has dropped blanks and dots at its end. name: at most max characters. */
bool served_hides(const uint16_t *name, size_t max);
