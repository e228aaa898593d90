/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of this host as the volume that lib/ walks (lib/disk.h). */
#pragma once

#include "disk.h"

#define HOST_DISK_FILES 16u

struct host_disk {
        struct disk disk; /* arg is this host_disk, which has to stay where it is */
        const char *root; /* the volume's folder; NULL: there is none */
        const char *
                beside; /* for an image that lies on no volume: its folder, which stands for the root, but for \EFI and \loader */
        /* Files of the host that stand for one of the volume, be it there or not. */
        struct {
                char path[320];
                const char *file;
        } instead[HOST_DISK_FILES];
        size_t n_instead;
};

/* name: as firmware calls the volume. What is pointed to stays the caller's. */
void host_disk_open(struct host_disk *d, const char *name, const char *root);
/* The host's path of a file or folder of the volume; malloc'ed, NULL: there is none. */
char *host_disk_find(const struct host_disk *d, const char *path);
