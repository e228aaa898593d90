/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlayfs.h"

#include "overlayfs_inside.h"

/* A random GUID of our own: only its difference from every other node counts. */
/* clang-format off */
#define OVERLAY_NODE_GUID { 0x5f0a1d3b, 0x8f5e, 0x4c0c, { 0x9b, 0x8a, 0x2e, 0x64, 0x1c, 0x77, 0xd0, 0x3a } }
/* clang-format on */

static EFI_STATUS EFIAPI open_volume(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *this, EFI_FILE_PROTOCOL **ret_root) {
        /* fs is the first member */
        return overlayfs_open((struct overlayfs *) this, L"\\", EFI_FILE_MODE_READ, 0, ret_root);
}

struct overlayfs *overlayfs_new(const struct volume *volume) {
        static const EFI_GUID guid = OVERLAY_NODE_GUID;
        VENDOR_DEVICE_PATH node = { .Header = { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(node), 0 } }, .Guid = guid };
        struct overlayfs *o = fw_alloc(sizeof(*o));

        if (!o)
                return NULL;
        o->fs.Revision = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_REVISION;
        o->fs.OpenVolume = open_volume;
        o->real_root = volume->root;
        o->path = devpath_join(volume->path, &node, sizeof(node));
        if (!o->path) {
                fw_free(o);
                return NULL;
        }
        return o;
}

bool overlayfs_serve(struct overlayfs *o, const char *dir, const char *name, struct span bytes) {
        return served_add(&o->ours, dir, name, bytes);
}

void overlayfs_withdraw(struct overlayfs *o) {
        o->ours.n = 0;
}

EFI_STATUS overlayfs_install(struct overlayfs *o) {
        EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

        return fw_bs->InstallMultipleProtocolInterfaces(&o->handle, &path_guid, o->path, &fs_guid, &o->fs, NULL);
}

EFI_HANDLE overlayfs_handle(const struct overlayfs *o) {
        return o->handle;
}

const EFI_DEVICE_PATH *overlayfs_path(const struct overlayfs *o) {
        return o->path;
}

void overlayfs_free(struct overlayfs *o) {
        EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

        if (!o)
                return;
        /* What firmware cannot let go of must stay in memory: leaking is better than a dangling protocol. */
        if (o->handle &&
            fw_bs->UninstallMultipleProtocolInterfaces(o->handle, &path_guid, o->path, &fs_guid, &o->fs, NULL) != EFI_SUCCESS)
                return;
        fw_free(o->path);
        fw_free(o);
}
