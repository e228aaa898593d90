/* SPDX-License-Identifier: BSD-2-Clause */
/* The volumes that firmware reads: the EFI system partition and the extended boot loader partition of the same disk. */
#pragma once

#include "host/host.h"

struct partition {
        unsigned number;
        uint64_t start, blocks; /* in the disk's logical blocks, as a device path has them */
        char uuid[37];          /* PARTUUID in lower case */
        char type[37];
        char disk[64]; /* "/dev/sda"; "8:0" if udev said it */
};

/* The partition that a folder's file system lies on, as the disk has it, else as udev saw it. False if it is none, or neither can
 * be asked. */
bool esp_partition(const struct host *h, const char *dir, struct partition *ret);
/* Sets h->esp, its PARTUUID, and h->xbootldr: what was asked for, else what is mounted and has the right partition type, else
 * what looks right. */
void esp_find(struct host *h);
/* Its type says that it is an EFI system partition. */
bool esp_is_esp(const struct partition *p);
bool esp_is_mount(const char *path);
