/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the overlay file system: what overlayfs*.c share, and nobody else sees. */
#pragma once

#include "overlayfs.h"
#include "ring.h"
#include "served.h"

#define OVERLAYFS_NODES 32u /* open at once without asking firmware for memory; a stub and LoadImage have at most six */

/* One open file or folder. What kind it is:
 *   entry           a file in memory
 *   served          a folder in which we serve: ours, whatever the volume has in its place
 *   real            the volume's own
 *   none of these   a folder on the way to a served one, and the volume has none there */
struct overlayfs_node {
        EFI_FILE_PROTOCOL file; /* first: firmware hands it back as `this` */
        struct overlayfs *overlay;
        bool taken; /* of the overlay's own nodes: in use */
        const struct served_file *entry;
        UINT64 at; /* position in it */
        bool served;
        EFI_FILE_PROTOCOL *real; /* beside served: only what else is listed, or NULL */
        bool real_dir;
        size_t next_entry; /* listing: the next file in memory */
        unsigned n_real;   /* entries that were asked of the volume since */
        struct ring ring;  /* ... and whether they come again */
        size_t pending;    /* bytes of info that were read and did not fit the caller's buffer */
        union {
                EFI_FILE_INFO info;
                uint8_t info_bytes[sizeof(EFI_FILE_INFO) + VOLUME_NAME_MAX * sizeof(CHAR16)];
        };
        CHAR16 path[SERVED_PATH_MAX];
};

struct overlayfs {
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL fs; /* first: firmware hands it back as `this` */
        EFI_HANDLE handle;
        EFI_DEVICE_PATH *path;
        EFI_FILE_PROTOCOL *real_root;
        struct served ours;
        struct overlayfs_node nodes[OVERLAYFS_NODES];
};

/* overlayfs_open.c: the object at an absolute path, and the end of it. */
EFI_STATUS overlayfs_open(struct overlayfs *o, const CHAR16 *path, UINT64 mode, UINT64 attributes, EFI_FILE_PROTOCOL **ret);
void overlayfs_close(struct overlayfs_node *n);
/* overlayfs_file.c: the functions of EFI_FILE_PROTOCOL revision 1. */
void overlayfs_file_init(EFI_FILE_PROTOCOL *ret);
/* overlayfs_list.c: the next entry of a folder; from the first one again. */
EFI_STATUS overlayfs_list(struct overlayfs_node *n, UINTN *size, void *buffer);
EFI_STATUS overlayfs_rewind(struct overlayfs_node *n, UINT64 position);
/* EFI_FILE_INFO of what is in memory. */
EFI_STATUS overlayfs_memory_info(const CHAR16 *name, UINT64 bytes, UINT64 attributes, UINTN *size, void *buffer);
EFI_STATUS overlayfs_entry_info(const struct served_file *entry, UINTN *size, void *buffer);
