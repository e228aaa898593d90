/* SPDX-License-Identifier: BSD-2-Clause */
/* The entries of a folder: ours first, in the order in which they were served, then the volume's that are not hidden. */
#include "overlayfs_inside.h"

#define ENTRY_MIN (SIZE_OF_EFI_FILE_INFO + sizeof(CHAR16))

EFI_STATUS overlayfs_memory_info(const CHAR16 *name, UINT64 bytes, UINT64 attributes, UINTN *size, void *buffer) {
        size_t name_bytes = (ucs2_len(name, VOLUME_NAME_MAX - 1) + 1) * sizeof(CHAR16);
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

EFI_STATUS overlayfs_entry_info(const struct served_file *entry, UINTN *size, void *buffer) {
        return overlayfs_memory_info(entry->name, entry->bytes.n, EFI_FILE_READ_ONLY, size, buffer);
}

/* The stub reads to the end, which a ring of clusters has not. */
static bool comes_again(struct overlayfs_node *n, const EFI_FILE_INFO *info, UINTN size) {
        return ring_closes(&n->ring, (struct span) { (const uint8_t *) info, size });
}

static bool is_hidden(const EFI_FILE_INFO *info, UINTN size) {
        return served_hides(volume_info_name(info), (size - SIZE_OF_EFI_FILE_INFO) / sizeof(CHAR16));
}

/* Reads the volume's next entry that is not hidden into n->info. False at its end, which in a folder of ours an error is as well:
 * it must not cost the stub what we serve. */
static bool next_beside_ours(struct overlayfs_node *n) {
        while (n->real && n->n_real < FOLDER_MAX) {
                UINTN size = sizeof(n->info_bytes);

                n->n_real++;
                if (n->real->Read(n->real, &size, &n->info) != EFI_SUCCESS || size < ENTRY_MIN || size > sizeof(n->info_bytes) ||
                    comes_again(n, &n->info, size))
                        break;
                if (is_hidden(&n->info, size))
                        continue;
                n->pending = size;
                return true;
        }
        n->n_real = FOLDER_MAX; /* it is not asked again */
        return false;
}

static EFI_STATUS list_beside_ours(struct overlayfs_node *n, UINTN *size, void *buffer) {
        if (n->pending == 0 && !next_beside_ours(n)) {
                *size = 0;
                return EFI_SUCCESS;
        }
        if (!buffer || *size < n->pending) {
                *size = n->pending;
                return EFI_BUFFER_TOO_SMALL;
        }
        memcpy(buffer, &n->info, n->pending);
        *size = n->pending;
        n->pending = 0;
        return EFI_SUCCESS;
}

/* In a folder of the volume's own its errors are passed on. */
static EFI_STATUS list_real(struct overlayfs_node *n, UINTN *size, void *buffer) {
        UINTN cap = *size;

        for (; n->n_real < FOLDER_MAX; n->n_real++) {
                EFI_STATUS status;

                *size = cap;
                status = n->real->Read(n->real, size, buffer);
                if (status != EFI_SUCCESS || *size == 0)
                        return status;
                if (*size < ENTRY_MIN || *size > cap || comes_again(n, buffer, *size))
                        break;
                if (!is_hidden(buffer, *size))
                        return EFI_SUCCESS;
        }
        *size = 0;
        return EFI_VOLUME_CORRUPTED;
}

EFI_STATUS overlayfs_list(struct overlayfs_node *n, UINTN *size, void *buffer) {
        const struct served_file *file;
        size_t at = n->next_entry;
        EFI_STATUS status;

        if (!n->served && n->real)
                return list_real(n, size, buffer);
        file = served_next(&n->overlay->ours, n->path, &at);
        if (!file)
                return list_beside_ours(n, size, buffer);
        status = overlayfs_entry_info(file, size, buffer);
        if (status == EFI_SUCCESS)
                n->next_entry = at;
        return status;
}

EFI_STATUS overlayfs_rewind(struct overlayfs_node *n, UINT64 position) {
        EFI_STATUS status = n->real ? n->real->SetPosition(n->real, position) : EFI_SUCCESS;

        if (n->real && !n->served && status != EFI_SUCCESS)
                return status;
        if (position != 0)
                return EFI_UNSUPPORTED;
        n->next_entry = 0;
        n->pending = 0;
        n->ring = (struct ring) { 0 };
        n->n_real = status == EFI_SUCCESS ? 0 : FOLDER_MAX;
        return EFI_SUCCESS;
}
