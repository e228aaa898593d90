/* SPDX-License-Identifier: BSD-2-Clause */
/* What a path of the overlay is. systemd-stub takes every failure here for "there are no addons" and boots, so where we serve there is none: neither the
 * volume nor a lack of memory has a say in whether a served file or folder opens. */
#include "overlayfs_file.h"
#include "overlayfs_path.h"

static bool serves_dir(const struct overlayfs *o, const CHAR16 *path) {
        for (size_t i = 0; i < o->n_entries; i++)
                if (fw_eq_nocase(o->entries[i].dir, path))
                        return true;
        return false;
}

/* A folder above one in which we serve. */
static bool leads_to_served(const struct overlayfs *o, const CHAR16 *path) {
        for (size_t i = 0; i < o->n_entries; i++)
                if (overlayfs_path_above(path, o->entries[i].dir))
                        return true;
        return false;
}

static const struct overlayfs_entry *find_entry(const struct overlayfs *o, const CHAR16 *path) {
        for (size_t i = 0; i < o->n_entries; i++)
                if (overlayfs_path_is(path, o->entries[i].dir, o->entries[i].name))
                        return &o->entries[i];
        return NULL;
}

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
        if (status == EFI_SUCCESS && !overlayfs_path_hidden(volume_info_name(&n->info), VOLUME_NAME_MAX))
                return EFI_SUCCESS;
        drop_real(n);
        return EFI_NOT_FOUND;
}

/* A folder of ours. What else is in the volume's folder of that name (credentials, extensions) is listed after our files, if there is such a folder. */
static void join_real(struct overlayfs_node *n) {
        if (open_real(n, EFI_FILE_MODE_READ, 0) == EFI_SUCCESS &&
            (!n->real_dir || !fw_eq_nocase(volume_info_name(&n->info), overlayfs_path_base(n->path))))
                drop_real(n);
}

static EFI_STATUS find(struct overlayfs_node *n, UINT64 mode, UINT64 attributes) {
        const struct overlayfs *o = n->overlay;
        EFI_STATUS status;

        n->entry = find_entry(o, n->path);
        if (n->entry)
                return mode == EFI_FILE_MODE_READ ? EFI_SUCCESS : EFI_WRITE_PROTECTED;
        n->served = serves_dir(o, n->path);
        if (n->served) {
                join_real(n);
                return EFI_SUCCESS;
        }
        if (overlayfs_path_hidden(overlayfs_path_base(n->path), OVERLAYFS_PATH_MAX))
                return mode & EFI_FILE_MODE_CREATE ? EFI_ACCESS_DENIED : EFI_NOT_FOUND;
        status = open_real(n, mode, attributes);
        if (mode != EFI_FILE_MODE_READ || !leads_to_served(o, n->path) || (status == EFI_SUCCESS && n->real_dir))
                return status;
        drop_real(n);
        return EFI_SUCCESS;
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
        memcpy(n->path, path, (fw_len(path, OVERLAYFS_PATH_MAX - 1) + 1) * sizeof(*path));
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
