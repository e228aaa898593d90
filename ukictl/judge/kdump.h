/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of a crash kernel: how much is wanted, and whether it is there. */
#pragma once

#include "host/host.h"

/* What follows `crashkernel=`, and who says so: kdump-config of kdump-tools, what kdump-tools puts into GRUB's line where it
 * suggests nothing, else a table that fits most machines. */
void kdump_suggest(const struct host *h, struct text *ret_size, struct text *ret_from);

struct kdump_state {
        uint64_t reserved; /* bytes; 0: none */
        bool loaded;       /* a crash kernel waits there */
        char said[256];    /* what `kdump-config status` says of itself; empty: it is not there */
};
void kdump_look(const struct host *h, struct kdump_state *ret);
