/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_FILE_PROTOCOL revision 1 (UEFI 2.10, 13.5) over a file in memory, a folder of ours, or the volume's own object. */
#include "overlayfs_inside.h"

#define NOWHERE UINT64_MAX /* SetPosition: the end of the file */

static struct overlayfs_node *node_of(EFI_FILE_PROTOCOL *file) {
        return (struct overlayfs_node *) file;
}

/* The volume's object that calls are passed on to. NULL: it is ours. */
static EFI_FILE_PROTOCOL *passed_to(const struct overlayfs_node *n) {
        return n->served ? NULL : n->real;
}

static EFI_STATUS EFIAPI file_open(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret, CHAR16 *name, UINT64 mode,
                                   UINT64 attributes) {
        struct overlayfs_node *n = node_of(this);
        CHAR16 path[SERVED_PATH_MAX];

        if (!ret || !name)
                return EFI_INVALID_PARAMETER;
        if (!served_path(n->path, name, path))
                return EFI_NOT_FOUND;
        return overlayfs_open(n->overlay, path, mode, attributes, ret);
}

static EFI_STATUS EFIAPI file_close(EFI_FILE_PROTOCOL *this) {
        overlayfs_close(node_of(this));
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_delete(EFI_FILE_PROTOCOL *this) {
        struct overlayfs_node *n = node_of(this);
        EFI_STATUS status = EFI_WARN_DELETE_FAILURE;

        if (passed_to(n)) {
                status = n->real->Delete(n->real); /* closes it too */
                n->real = NULL;
        }
        overlayfs_close(n);
        return status;
}

static EFI_STATUS read_entry(struct overlayfs_node *n, UINTN *size, void *buffer) {
        size_t left;

        if (n->at > n->entry->bytes.n)
                return EFI_DEVICE_ERROR; /* as the specification has it for a position behind the end */
        left = n->entry->bytes.n - (size_t) n->at;
        if (*size > left)
                *size = left;
        memcpy(buffer, n->entry->bytes.p + n->at, *size);
        n->at += *size;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_read(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer) {
        struct overlayfs_node *n = node_of(this);

        if (n->entry)
                return read_entry(n, size, buffer);
        if (passed_to(n) && !n->real_dir)
                return n->real->Read(n->real, size, buffer);
        return overlayfs_list(n, size, buffer);
}

static EFI_STATUS EFIAPI file_write(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer) {
        EFI_FILE_PROTOCOL *real = passed_to(node_of(this));

        return real ? real->Write(real, size, buffer) : EFI_WRITE_PROTECTED;
}

static EFI_STATUS EFIAPI file_get_position(EFI_FILE_PROTOCOL *this, UINT64 *ret) {
        struct overlayfs_node *n = node_of(this);

        if (passed_to(n))
                return n->real->GetPosition(n->real, ret);
        if (!n->entry)
                return EFI_UNSUPPORTED;
        *ret = n->at;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_set_position(EFI_FILE_PROTOCOL *this, UINT64 position) {
        struct overlayfs_node *n = node_of(this);

        if (n->entry) {
                n->at = position == NOWHERE ? n->entry->bytes.n : position;
                return EFI_SUCCESS;
        }
        if (passed_to(n) && !n->real_dir)
                return n->real->SetPosition(n->real, position);
        return overlayfs_rewind(n, position);
}

static const EFI_GUID info_guid = EFI_FILE_INFO_ID;

/* It is read as what it is told to be: a list of the volume's must not reach unseen whoever takes it for a folder. */
static EFI_STATUS real_info(struct overlayfs_node *n, EFI_GUID *type, UINTN *size, void *buffer) {
        EFI_STATUS status = n->real->GetInfo(n->real, type, size, buffer);
        const EFI_FILE_INFO *info = buffer;

        if (status == EFI_SUCCESS && info && fw_guid_eq(type, &info_guid))
                n->real_dir = info->Attribute & EFI_FILE_DIRECTORY;
        return status;
}

static EFI_STATUS EFIAPI file_get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size, void *buffer) {
        struct overlayfs_node *n = node_of(this);

        if (passed_to(n))
                return real_info(n, type, size, buffer);
        if (!fw_guid_eq(type, &info_guid))
                return EFI_UNSUPPORTED;
        if (n->entry)
                return overlayfs_entry_info(n->entry, size, buffer);
        return overlayfs_memory_info(served_base(n->path), 0, EFI_FILE_DIRECTORY | EFI_FILE_READ_ONLY, size, buffer);
}

static EFI_STATUS EFIAPI file_set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN size, void *buffer) {
        EFI_FILE_PROTOCOL *real = passed_to(node_of(this));

        return real ? real->SetInfo(real, type, size, buffer) : EFI_WRITE_PROTECTED;
}

static EFI_STATUS EFIAPI file_flush(EFI_FILE_PROTOCOL *this) {
        EFI_FILE_PROTOCOL *real = passed_to(node_of(this));

        return real ? real->Flush(real) : EFI_SUCCESS;
}

void overlayfs_file_init(EFI_FILE_PROTOCOL *ret) {
        *ret = (EFI_FILE_PROTOCOL) {
                .Revision = 0x00010000,
                .Open = file_open,
                .Close = file_close,
                .Delete = file_delete,
                .Read = file_read,
                .Write = file_write,
                .GetPosition = file_get_position,
                .SetPosition = file_set_position,
                .GetInfo = file_get_info,
                .SetInfo = file_set_info,
                .Flush = file_flush,
        };
}
