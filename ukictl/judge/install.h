/* SPDX-License-Identifier: BSD-2-Clause */
/* What an installation will mean on this machine. */
#pragma once

#include "host/bootentry.h"
#include "judge/next_boot.h"
#include "judge/pool.h"

struct install_job {
        struct host host;
        const char *image_path, *key, *cert, *shim_arg;
        struct bytes image; /* as it will be on the ESP */
        struct boot_entries entries;
        bool through_shim;
        char shim[PLAN_PATH_MAX];
        uint16_t number; /* of the entry */
        bool entry_new, entry_written, image_written, pool_made;
        struct names notes, hidden;
};

/* The file is ukiload's image: it says so in its .osrel. */
bool install_is_ukiload(struct span file);
/* What is to be known before: whether the machine will start the image, what its policy hides. Only notes, but for an image that
 * is refused. */
enum exit_code install_judge(struct install_job *job, struct text *why);
