/* SPDX-License-Identifier: BSD-2-Clause */
/* What a path of the overlay is. systemd-stub takes every failure here for "there are no addons" and boots, so where we serve
 * there is none: neither the volume nor a lack of memory has a say in whether a served file or folder opens. */
#include "overlayfs_inside.h"

static void drop_real(struct overlayfs_node *n) {
        if (n->real)
                (void) n->real->Close(n->real);
        n->real = NULL;
}

/* Opens the volume's own object and learns what it is, into n->info. */
static EFI_STATUS open_real(struct overlayfs_node *n, UINT64 mode, UINT64 attributes) {
        EFI_FILE_PROTOCOL *root = n->overlay->real_root;
        EFI_GUID guid = EFI_FILE_INFO_ID;
        UINTN size = sizeof(n->info_bytes);
        EFI_STATUS status = root->Open(root, &n->real, n->path, mode, attributes);

        if (status != EFI_SUCCESS) {
                n->real = NULL;
                return status;
        }
        memset(n->info_bytes, 0, sizeof(n->info_bytes));
        status = n->real->GetInfo(n->real, &guid, &size, &n->info);
        n->real_dir = n->info.Attribute & EFI_FILE_DIRECTORY;
        /* An 8.3 alias opens a file under another name: the long name decides. */
        if (status == EFI_SUCCESS && !served_hides(volume_info_name(&n->info), VOLUME_NAME_MAX))
                return EFI_SUCCESS;
        drop_real(n);
        return EFI_NOT_FOUND;
}

/* A folder of ours. What else is in the volume's folder of that name (credentials, extensions) is listed after our files, if
 * there is such a folder. */
static void join_real(struct overlayfs_node *n) {
        if (open_real(n, EFI_FILE_MODE_READ, 0) == EFI_SUCCESS &&
            (!n->real_dir || !ucs2_eq_nocase(volume_info_name(&n->info), served_base(n->path))))
                drop_real(n);
}

/* A folder above ours is one, whatever the volume has there. */
static EFI_STATUS open_on_way(struct overlayfs_node *n) {
        if (open_real(n, EFI_FILE_MODE_READ, 0) != EFI_SUCCESS || !n->real_dir)
                drop_real(n);
        return EFI_SUCCESS;
}

static EFI_STATUS find(struct overlayfs_node *n, UINT64 mode, UINT64 attributes) {
        switch (served_look(&n->overlay->ours, n->path, &n->entry)) {
        case SERVED_FILE: return mode == EFI_FILE_MODE_READ ? EFI_SUCCESS : EFI_WRITE_PROTECTED;
        case SERVED_FOLDER:
                n->served = true;
                join_real(n);
                return EFI_SUCCESS;
        case SERVED_HIDDEN: return mode & EFI_FILE_MODE_CREATE ? EFI_ACCESS_DENIED : EFI_NOT_FOUND;
        case SERVED_ON_WAY:
                if (mode == EFI_FILE_MODE_READ)
                        return open_on_way(n);
                break;
        case SERVED_ELSEWHERE: break;
        }
        return open_real(n, mode, attributes);
}

/* The overlay's own nodes first; beyond them firmware's memory, for whoever keeps that many open. */
static struct overlayfs_node *new_node(struct overlayfs *o) {
        for (size_t i = 0; i < OVERLAYFS_NODES; i++)
                if (!o->nodes[i].taken) {
                        memset(&o->nodes[i], 0, sizeof(o->nodes[i]));
                        o->nodes[i].taken = true;
                        return &o->nodes[i];
                }
        return fw_alloc(sizeof(struct overlayfs_node));
}

static void free_node(struct overlayfs_node *n) {
        if (n->taken)
                n->taken = false;
        else
                fw_free(n);
}

EFI_STATUS overlayfs_open(struct overlayfs *o, const CHAR16 *path, UINT64 mode, UINT64 attributes, EFI_FILE_PROTOCOL **ret) {
        struct overlayfs_node *n = new_node(o);
        EFI_STATUS status;

        if (!n)
                return EFI_OUT_OF_RESOURCES;
        n->overlay = o;
        memcpy(n->path, path, (ucs2_len(path, SERVED_PATH_MAX - 1) + 1) * sizeof(*path));
        overlayfs_file_init(&n->file);
        status = find(n, mode, attributes);
        if (status != EFI_SUCCESS) {
                free_node(n);
                return status;
        }
        *ret = &n->file;
        return EFI_SUCCESS;
}

void overlayfs_close(struct overlayfs_node *n) {
        drop_real(n);
        free_node(n);
}
