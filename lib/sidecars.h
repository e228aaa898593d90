/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials and extensions beside a UKI, packed as its stub packs them (stubrole.h): each folder into one archive, each file
 * read straight to its place in it. For who takes the stub's role, and who predicts what it measures. */
#pragma once

#include "disk.h"
#include "plan.h"
#include "stubrole.h"

struct sidecar_file {
        char name[NAME_MAX_BYTES + 1];
        size_t size;
};

struct sidecars {
        /* given: room for as many files as there may be of a kind; SIDECARS_MAX where the stub's role is taken */
        struct sidecar_file *files;
        size_t cap;
        /* made */
        struct span archive[STUBROLE_SIDECARS]; /* the disk's: sidecars_release */
        /* work: one folder's files, sorted */
        const struct disk *disk;
        struct stubrole_source source;
        char dir[PLAN_PATH_MAX + 16]; /* a UKI's path and DIR_TAIL */
        bool too_many;
        struct text *left_out;
        size_t n;
};

/* Whether there are no more files of a kind than there is room for; false with a clause ("has more than ..."). start_path: the
 * path that the image is started by. */
bool sidecars_fit(const struct disk *disk, const char *start_path, const struct uki *uki, struct sidecars *s, struct text *why);
/* Packs them. What cannot be read is left out, as the stub leaves it out; the first such folder or file is named in left_out
 * ("\loader\credentials cannot be read ..."). False with a clause if there are more than there is room or memory for. s is to
 * be released in any case. */
bool sidecars_make(const struct disk *disk, const char *start_path, const struct uki *uki, struct sidecars *s,
                   struct text *left_out, struct text *why);
void sidecars_release(const struct disk *disk, struct sidecars *s);
