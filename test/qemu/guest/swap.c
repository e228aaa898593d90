/* SPDX-License-Identifier: BSD-2-Clause */
/* A hostile hand in one test: it starts ukiload, and at the moment at which ukiload starts the UKI, all validation being done, it
 * replaces an addon on the disk by another one that is signed just as well. What boots must be the bytes that were validated. */
#include "efi_path.h"

#define ROOM 65536u

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

static const CHAR16 launcher[] = L"\\EFI\\Linux\\ukiload.efi";
static const CHAR16 evil[] = L"\\EFI\\test\\evil.efi";
static const CHAR16 victim[] = L"\\loader\\addons\\a.addon.efi";

static EFI_SYSTEM_TABLE *table;
static EFI_FILE_HANDLE root;
static EFI_IMAGE_START original_start;

static void say(const CHAR16 *text) {
        (void) table->ConOut->OutputString(table->ConOut, (CHAR16 *) (UINTN) text);
}

static EFI_STATUS open_file(const CHAR16 *path, UINT64 mode, EFI_FILE_HANDLE *ret) {
        return root->Open(root, ret, (CHAR16 *) (UINTN) path, mode, 0);
}

static EFI_STATUS replace(void) {
        const UINT64 change = EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE;
        EFI_FILE_HANDLE file;
        UINTN size = ROOM;
        void *bytes;
        EFI_STATUS status = table->BootServices->AllocatePool(EfiLoaderData, ROOM, &bytes);

        if (status != EFI_SUCCESS || (status = open_file(evil, EFI_FILE_MODE_READ, &file)) != EFI_SUCCESS)
                return status;
        status = file->Read(file, &size, bytes);
        (void) file->Close(file);
        if (status != EFI_SUCCESS || (status = open_file(victim, change, &file)) != EFI_SUCCESS ||
            (status = file->Delete(file)) != EFI_SUCCESS ||
            (status = open_file(victim, change | EFI_FILE_MODE_CREATE, &file)) != EFI_SUCCESS)
                return status;
        status = file->Write(file, &size, bytes);
        (void) file->Close(file);
        return status;
}

static EFI_STATUS EFIAPI replace_and_start(EFI_HANDLE image, UINTN *size, CHAR16 **data) {
        say(replace() == EFI_SUCCESS ? L"swap: the addon on disk is another one now\r\n" : L"swap: failed\r\n");
        return original_start(image, size, data);
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st) {
        EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID, volume_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
        EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
        EFI_BOOT_SERVICES *bs = st->BootServices;
        EFI_FILE_IO_INTERFACE *volume;
        EFI_DEVICE_PATH *path;
        EFI_LOADED_IMAGE *self;
        EFI_HANDLE child = NULL;

        table = st;
        if (bs->HandleProtocol(image, &loaded_guid, (void **) &self) != EFI_SUCCESS ||
            bs->HandleProtocol(self->DeviceHandle, &volume_guid, (void **) &volume) != EFI_SUCCESS ||
            bs->HandleProtocol(self->DeviceHandle, &path_guid, (void **) &path) != EFI_SUCCESS ||
            volume->OpenVolume(volume, &root) != EFI_SUCCESS)
                return EFI_LOAD_ERROR;
        path = path_of(bs, path, launcher, sizeof(launcher));
        if (!path || bs->LoadImage(FALSE, image, path, NULL, 0, &child) != EFI_SUCCESS)
                return EFI_LOAD_ERROR;
        original_start = bs->StartImage;
        bs->StartImage = replace_and_start;
        return original_start(child, NULL, NULL);
}
