/* SPDX-License-Identifier: BSD-2-Clause */
/* The UKIs among which a start without a request chooses: files *.efi in \EFI\Linux of every volume that have .linux, in the
 * order of the Boot Loader Specification. Only their heads are read. */
#pragma once

#include "bls.h"
#include "disk.h"
#include "pe.h"
#include "plan.h"

struct candidate {
        struct bls_entry entry; /* borrows this candidate's osrel and id: it must not be copied */
        size_t disk;            /* which of the volumes */
        char path[PLAN_PATH_MAX];
        char osrel[OSREL_MAX];
        char id[NAME_MAX_BYTES + 1];
};

struct candidates {
        /* given */
        struct candidate *
                *v; /* cap + 1 of them, the caller's: the best comes first, the last one is for the next to be looked at */
        size_t cap; /* CANDIDATES_MAX in firmware; a host that shows all has more */
        void *skipped_arg;
        void (*skipped)(
                void *arg,
                const char *sentence); /* what is passed over, though somebody may have meant it; NULL: nobody wants to know */
        /* found */
        size_t n;
        size_t left_out; /* that are not among the best */
        /* work */
        const struct disk *disks;
        size_t disk;
        struct pe pe;
        uint8_t head[HEAD_MAX];
};

/* Those of all volumes, in the order of the volumes where the specification has none. What was listed of a folder before it
 * could not be read any further is as good as ever. */
void candidates_find(const struct disk *disks, size_t n_disks, struct candidates *c);
