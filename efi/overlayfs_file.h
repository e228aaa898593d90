/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the overlay file system: what overlayfs.c and overlayfs_file.c share, and nobody else sees. */
#pragma once

#include "overlayfs.h"

#define OVERLAYFS_PATH_MAX 600u /* characters of an absolute path with NUL; longer ones do not exist */

struct overlayfs_entry {
        CHAR16 dir[OVERLAYFS_PATH_MAX];
        CHAR16 name[VOLUME_NAME_MAX];
        struct span bytes;
};

struct overlayfs {
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL fs; /* first: firmware hands it back as `this` */
        EFI_HANDLE handle;
        EFI_DEVICE_PATH *path;
        EFI_FILE_PROTOCOL *real_root;
        size_t n_entries;
        struct overlayfs_entry entries[OVERLAYFS_FILES_MAX];
};

EFI_STATUS overlayfs_open_root(struct overlayfs *o, EFI_FILE_PROTOCOL **ret);
