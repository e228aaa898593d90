/* SPDX-License-Identifier: BSD-2-Clause */
/* What one run of ukiload knows: filled from top to bottom by the story in ukiload.c. Lives in pool memory, zeroed. */
#pragma once

#include "plan.h"
#include "status.h"
#include "trust.h"
#include "volume.h"

#define BOOT_WHY_MAX   (PLAN_SENTENCE_MAX + PLAN_PATH_MAX)
#define BOOT_NOTES_MAX (STATUS_MAX / 2)

struct boot {
        /* the machine */
        struct trust trust;
        bool confidential;
        struct span stub_extra;   /* words that the stub will add from SMBIOS: a copy, for the table may change */
        struct volume volumes[2]; /* where ukiload came from; XBOOTLDR of the same disk */
        size_t n_volumes;
        struct volume named; /* the partition that the request names, once it is open */

        /* what ukiload itself carries */
        bool has_policy;
        struct policy policy;

        /* what was asked */
        bool consumed;                 /* there was an UkiloadRequest, and this run deleted it */
        bool executing;                /* request is that one */
        bool stale;                    /* it was not to be executed; UkiloadLast says why */
        const struct request *request; /* NULL: a standing start */
        struct request armed, options;
        char last_id[REQUEST_ID_MAX + 1];

        /* the UKI at hand */
        char uki_path[PLAN_PATH_MAX];   /* as it lies on the disk now */
        char start_path[PLAN_PATH_MAX]; /* as it will lie there once it is started: counted down. What stub and OS know it by */
        const char *uncounted;          /* why its tries are not counted down; NULL: they are, or it has none */
        bool hashed;                    /* the request pins the file or the plan, so that the digest was taken */
        uint8_t sha256[SHA256_SIZE];
        bool planned; /* plan and addons are meaningful; what they borrow is gone once an attempt is over (plan_detach) */
        struct pe pe;
        struct plan plan;
        struct plan_scratch scratch;
        struct plan_addon addons[PLAN_ADDONS_MAX];
        size_t n_addons;
        bool is_told; /* systemd-boot, were it to start the UKI itself, would tell it this (loader_line.h), UTF-8 */
        struct span told;
        char told_buf[CMDLINE_MAX + 1];
        CHAR16 stub_options[CMDLINE_MAX + 1]; /* LoadOptions of the stub */

        /* what is to be reported */
        bool reported;          /* UkiloadStatus has the refusal, with its plan */
        struct text why, notes; /* why nothing was started; "key=value" lines on the way */
        char why_buf[BOOT_WHY_MAX], notes_buf[BOOT_NOTES_MAX];
        size_t n_notes_left;  /* that did not fit */
        struct status status; /* room to write it in, even when memory has run out */
};
