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

/* What udev wrote down of a device (/run/udev/data): the value in a line "E:KEY=VALUE". False: none, or no room for it. */
bool udev_value(struct span db, const char *key, struct text *ret);

/* The partition that a folder's file system lies on, as the disk has it, else as udev saw it. False if it is none, or neither can
 * be asked. */
bool esp_partition(const struct host *h, const char *dir, struct partition *ret);
struct esp_parts {
        struct partition v[ESP_MEMBERS_MAX];
        size_t n, missing; /* missing: members that the mirror should have, and has not in step */
};

/* The partitions by which firmware sees the file system of a folder: its own, or each member of a RAID 1. False: none can be
 * seen; with a sentence if firmware cannot read the RAID. */
bool esp_parts_read(const struct host *h, const char *dir, struct esp_parts *ret, struct text *why);
/* There are some, and all have the type of an ESP. */
bool esp_parts_fit(const struct esp_parts *parts);
/* One of them is that of the PARTUUID. */
bool esp_parts_have(const struct esp_parts *parts, const char *uuid);

/* The ESPs of a machine: the one that is found for any verb, and each that /etc/fstab has, each once. Why one cannot be worked on
 * stands in its place in whys, else nothing does. ret: folders; all are the caller's. */
struct esp_list {
        struct names dirs, whys, uuids; /* uuids: of all, as many as there are */
};
void esp_list_read(const struct host *h, struct esp_list *ret);
void esp_list_free(struct esp_list *list);
/* What is asked of h, and nothing is found for yet, is asked of the one at i. */
void esp_list_turn(const struct esp_list *list, size_t i, struct host *h);
/* Images of ukiload on the ESPs of the machine but h->esp, which is found; the caller's. */
void esp_others(const struct host *h, struct names *ret);

/* Sets h->esp, its PARTUUIDs, and h->xbootldr: what was asked for, else what is mounted and has the right partition type, else
 * what looks right. */
void esp_find(struct host *h);
/* An automount is mounted by looking inside; one that is only opened itself stays another device than the ESP. */
void esp_wake(const char *dir);
/* Its type says that it is an EFI system partition. */
bool esp_is_esp(const struct partition *p);
bool esp_is_mount(const char *path);
