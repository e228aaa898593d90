/* SPDX-License-Identifier: BSD-2-Clause */
/* Volumes that are neither the ESP nor XBOOTLDR: firmware can read any FAT, and a request names it by the GUID of its
 * partition. */
#pragma once

#include "host/host.h"

struct elsewhere {
        char *dir;        /* where it is mounted; malloc'ed, NULL: nowhere */
        uint8_t guid[16]; /* of its partition, as it lies on the disk */
};

/* The mounted FAT that a file lies on. EXIT_OK; EXIT_NO_FIRMWARE: it lies on none, or with a clause in why: on one that no
 * request can name. *ret is then empty. */
enum exit_code elsewhere_of(const struct host *h, const char *file, struct elsewhere *ret, struct text *why);
/* Where the FAT on the partition of this GUID is mounted; malloc'ed, NULL: nowhere. */
char *elsewhere_find(const struct host *h, const uint8_t guid[16]);
