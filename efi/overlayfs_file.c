/* SPDX-License-Identifier: BSD-2-Clause */
/* One open file or folder of the overlay: EFI_FILE_PROTOCOL revision 1 (UEFI 2.10, 13.5). */
#include "overlayfs_file.h"

#include "overlayfs_path.h"

#define NOWHERE UINT64_MAX /* SetPosition: the end of the file */

struct node {
        EFI_FILE_PROTOCOL file;   /* first: firmware hands it back as `this` */
        struct overlayfs *overlay;
        EFI_FILE_PROTOCOL *real;  /* NULL: exists in memory only */
        const struct overlayfs_entry *entry; /* a file in memory */
        UINT64 at;                /* position in it */
        size_t next_entry;        /* folder: the next file in memory to list; 0 until the real ones are done */
        bool real_done, real_dir;
        CHAR16 path[OVERLAYFS_PATH_MAX];
};

static const EFI_GUID info_guid = EFI_FILE_INFO_ID;

static struct node *node_new(struct overlayfs *o, const CHAR16 *path);

static bool serves_dir(const struct overlayfs *o, const CHAR16 *path) {
        for (size_t i = 0; i < o->n_entries; i++)
                if (fw_eq_nocase(o->entries[i].dir, path))
                        return true;
        return false;
}

static const struct overlayfs_entry *find_entry(const struct overlayfs *o, const CHAR16 *path) {
        for (size_t i = 0; i < o->n_entries; i++)
                if (overlayfs_path_is(path, o->entries[i].dir, o->entries[i].name))
                        return &o->entries[i];
        return NULL;
}

/* Learns what was opened. An 8.3 alias opens a file under another name: the long name decides. */
static bool admit_real(struct node *n) {
        FW_POOL EFI_FILE_INFO *info = fw_alloc(VOLUME_INFO_BYTES);
        EFI_GUID guid = info_guid;
        UINTN size = VOLUME_INFO_BYTES;

        if (!info || n->real->GetInfo(n->real, &guid, &size, info) != EFI_SUCCESS)
                return false;
        n->real_dir = info->Attribute & EFI_FILE_DIRECTORY;
        return !overlayfs_path_hidden(info->FileName);
}

static EFI_STATUS open_real(struct node *n, UINT64 mode, UINT64 attributes) {
        EFI_STATUS status;

        if (overlayfs_path_hidden(overlayfs_path_base(n->path)))
                return mode & EFI_FILE_MODE_CREATE ? EFI_ACCESS_DENIED : EFI_NOT_FOUND;
        status = n->overlay->real_root->Open(n->overlay->real_root, &n->real, n->path, mode, attributes);
        if (status != EFI_SUCCESS)
                return serves_dir(n->overlay, n->path) && !(mode & EFI_FILE_MODE_WRITE) ? EFI_SUCCESS : status;
        if (!admit_real(n)) {
                (void) n->real->Close(n->real);
                n->real = NULL;
                return EFI_NOT_FOUND;
        }
        return EFI_SUCCESS;
}

static EFI_STATUS open_node(struct overlayfs *o, const CHAR16 *path, UINT64 mode, UINT64 attributes, EFI_FILE_PROTOCOL **ret) {
        struct node *n = node_new(o, path);
        EFI_STATUS status;

        if (!n)
                return EFI_OUT_OF_RESOURCES;
        n->entry = find_entry(o, path);
        if (n->entry)
                status = mode == EFI_FILE_MODE_READ ? EFI_SUCCESS : EFI_WRITE_PROTECTED;
        else
                status = open_real(n, mode, attributes);
        if (status != EFI_SUCCESS) {
                fw_free(n);
                return status;
        }
        *ret = &n->file;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_open(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret, CHAR16 *name, UINT64 mode, UINT64 attributes) {
        struct node *n = (struct node *) this;
        CHAR16 path[OVERLAYFS_PATH_MAX];

        if (!ret || !name)
                return EFI_INVALID_PARAMETER;
        if (!overlayfs_path_resolve(n->path, name, path, OVERLAYFS_PATH_MAX))
                return EFI_NOT_FOUND;
        return open_node(n->overlay, path, mode, attributes, ret);
}

static EFI_STATUS EFIAPI file_close(EFI_FILE_PROTOCOL *this) {
        struct node *n = (struct node *) this;

        if (n->real)
                (void) n->real->Close(n->real);
        fw_free(n);
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_delete(EFI_FILE_PROTOCOL *this) {
        struct node *n = (struct node *) this;
        EFI_STATUS status = EFI_WARN_DELETE_FAILURE;

        if (n->real)
                status = n->real->Delete(n->real); /* closes it too */
        fw_free(n);
        return status;
}

/* EFI_FILE_INFO for something in memory. */
static EFI_STATUS memory_info(const CHAR16 *name, UINT64 bytes, UINT64 attributes, UINTN *size, void *buffer) {
        size_t name_bytes = (fw_len(name, VOLUME_NAME_MAX - 1) + 1) * sizeof(CHAR16);
        size_t need = SIZE_OF_EFI_FILE_INFO + name_bytes;
        EFI_FILE_INFO *info = buffer;

        if (!buffer || *size < need) {
                *size = need;
                return EFI_BUFFER_TOO_SMALL;
        }
        *size = need;
        memset(info, 0, need);
        info->Size = need;
        info->FileSize = info->PhysicalSize = bytes;
        info->Attribute = attributes;
        memcpy(info->FileName, name, name_bytes - sizeof(CHAR16));
        return EFI_SUCCESS;
}

static EFI_STATUS memory_entry_info(const struct overlayfs_entry *entry, UINTN *size, void *buffer) {
        return memory_info(entry->name, entry->bytes.n, EFI_FILE_READ_ONLY, size, buffer);
}

/* The files in memory of this folder, after the real ones. */
static EFI_STATUS list_memory(struct node *n, UINTN *size, void *buffer) {
        const struct overlayfs *o = n->overlay;

        for (; n->next_entry < o->n_entries; n->next_entry++) {
                EFI_STATUS status;

                if (!fw_eq_nocase(o->entries[n->next_entry].dir, n->path))
                        continue;
                status = memory_entry_info(&o->entries[n->next_entry], size, buffer);
                if (status == EFI_SUCCESS)
                        n->next_entry++;
                return status;
        }
        *size = 0;
        return EFI_SUCCESS;
}

/* The next real entry that is not hidden; real_done at the end. */
static EFI_STATUS list_real(struct node *n, UINTN *size, void *buffer) {
        UINTN cap = *size;

        for (;;) {
                EFI_STATUS status;

                *size = cap;
                status = n->real->Read(n->real, size, buffer);
                if (status != EFI_SUCCESS)
                        return status;
                if (*size == 0) {
                        n->real_done = true;
                        *size = cap;
                        return EFI_SUCCESS;
                }
                if (!overlayfs_path_hidden(((EFI_FILE_INFO *) buffer)->FileName))
                        return EFI_SUCCESS;
        }
}

static EFI_STATUS read_dir(struct node *n, UINTN *size, void *buffer) {
        EFI_STATUS status;

        if (n->real && !n->real_done) {
                status = list_real(n, size, buffer);
                if (status != EFI_SUCCESS || !n->real_done)
                        return status;
        }
        return list_memory(n, size, buffer);
}

static EFI_STATUS EFIAPI file_read(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer) {
        struct node *n = (struct node *) this;
        size_t left;

        if (!n->entry)
                return n->real && !n->real_dir ? n->real->Read(n->real, size, buffer) : read_dir(n, size, buffer);
        if (n->at > n->entry->bytes.n)
                return EFI_DEVICE_ERROR; /* as the specification has it for a position behind the end */
        left = n->entry->bytes.n - (size_t) n->at;
        if (*size > left)
                *size = left;
        memcpy(buffer, n->entry->bytes.p + n->at, *size);
        n->at += *size;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_write(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer) {
        struct node *n = (struct node *) this;

        return n->real ? n->real->Write(n->real, size, buffer) : EFI_WRITE_PROTECTED;
}

static EFI_STATUS EFIAPI file_get_position(EFI_FILE_PROTOCOL *this, UINT64 *ret) {
        struct node *n = (struct node *) this;

        if (n->real)
                return n->real->GetPosition(n->real, ret);
        if (!n->entry)
                return EFI_UNSUPPORTED;
        *ret = n->at;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_set_position(EFI_FILE_PROTOCOL *this, UINT64 position) {
        struct node *n = (struct node *) this;

        if (n->entry) {
                n->at = position == NOWHERE ? n->entry->bytes.n : position;
                return EFI_SUCCESS;
        }
        n->real_done = false;
        n->next_entry = 0;
        if (n->real)
                return n->real->SetPosition(n->real, position);
        return position == 0 ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI file_get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size, void *buffer) {
        struct node *n = (struct node *) this;

        if (n->real)
                return n->real->GetInfo(n->real, type, size, buffer);
        if (!fw_guid_eq(type, &info_guid))
                return EFI_UNSUPPORTED;
        if (n->entry)
                return memory_entry_info(n->entry, size, buffer);
        return memory_info(overlayfs_path_base(n->path), 0, EFI_FILE_DIRECTORY | EFI_FILE_READ_ONLY, size, buffer);
}

static EFI_STATUS EFIAPI file_set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN size, void *buffer) {
        struct node *n = (struct node *) this;

        return n->real ? n->real->SetInfo(n->real, type, size, buffer) : EFI_WRITE_PROTECTED;
}

static EFI_STATUS EFIAPI file_flush(EFI_FILE_PROTOCOL *this) {
        struct node *n = (struct node *) this;

        return n->real ? n->real->Flush(n->real) : EFI_SUCCESS;
}

static struct node *node_new(struct overlayfs *o, const CHAR16 *path) {
        struct node *n = fw_alloc(sizeof(*n));

        if (!n)
                return NULL;
        n->overlay = o;
        memcpy(n->path, path, (fw_len(path, OVERLAYFS_PATH_MAX - 1) + 1) * sizeof(*path));
        n->file.Revision = 0x00010000;
        n->file.Open = file_open;
        n->file.Close = file_close;
        n->file.Delete = file_delete;
        n->file.Read = file_read;
        n->file.Write = file_write;
        n->file.GetPosition = file_get_position;
        n->file.SetPosition = file_set_position;
        n->file.GetInfo = file_get_info;
        n->file.SetInfo = file_set_info;
        n->file.Flush = file_flush;
        return n;
}

EFI_STATUS overlayfs_open_root(struct overlayfs *o, EFI_FILE_PROTOCOL **ret) {
        return open_node(o, L"\\", EFI_FILE_MODE_READ, 0, ret);
}
