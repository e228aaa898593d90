/* SPDX-License-Identifier: BSD-2-Clause */
/* For test programs that start others: the device path of a file. */
#pragma once

#include <efi.h>

static inline UINTN node_size(const EFI_DEVICE_PATH *node) {
        return node->Length[0] | (UINTN) node->Length[1] << 8;
}

/* The path of a file on the volume; name_size counts its NUL. */
static inline EFI_DEVICE_PATH *path_of(EFI_BOOT_SERVICES *bs, const EFI_DEVICE_PATH *volume, const CHAR16 *name,
                                       UINTN name_size) {
        const UINTN node = 4 + name_size;
        const EFI_DEVICE_PATH *end = volume;
        UINT8 *path;
        UINTN n;

        while (end->Type != END_DEVICE_PATH_TYPE)
                end = (const EFI_DEVICE_PATH *) ((const UINT8 *) end + node_size(end));
        n = (UINTN) ((const UINT8 *) end - (const UINT8 *) volume);
        if (bs->AllocatePool(EfiLoaderData, n + node + 4, (void **) &path) != EFI_SUCCESS)
                return NULL;
        bs->CopyMem(path, (void *) (UINTN) volume, n);
        path[n] = MEDIA_DEVICE_PATH;
        path[n + 1] = MEDIA_FILEPATH_DP;
        path[n + 2] = (UINT8) node;
        path[n + 3] = (UINT8) (node >> 8);
        bs->CopyMem(path + n + 4, (void *) (UINTN) name, name_size);
        bs->CopyMem(path + n + node, (void *) (UINTN) end, 4);
        return (EFI_DEVICE_PATH *) path;
}
