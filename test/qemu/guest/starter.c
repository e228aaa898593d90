/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts one of many programs, so that one disk answers many questions, each in a boot of its own: \starts.bin holds UCS-2
 * strings, each with its NUL, path and LoadOptions of each in turn, and an empty path at the end. A variable says which one,
 * from 0 on. What comes back is said. The boot counter is said to have been counted, or ukiload would rename what is asked for
 * next. */
#include "efi_path.h"
#include "tiny.h"

#define ROOM 16384u /* bytes */

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

static EFI_HANDLE own;
static EFI_SYSTEM_TABLE *table;

static EFI_STATUS read_list(EFI_HANDLE device, CHAR16 *to) {
        EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
        EFI_FILE_IO_INTERFACE *volume;
        EFI_FILE_HANDLE root, file;
        UINTN size = ROOM;
        CHAR16 name[] = L"\\starts.bin";
        EFI_STATUS status;

        if ((status = table->BootServices->HandleProtocol(device, &guid, (void **) &volume)) != EFI_SUCCESS ||
            (status = volume->OpenVolume(volume, &root)) != EFI_SUCCESS ||
            (status = root->Open(root, &file, name, EFI_FILE_MODE_READ, 0)) != EFI_SUCCESS)
                return status;
        status = file->Read(file, &size, to);
        (void) file->Close(file);
        (void) root->Close(root);
        return status;
}

/* Of nobody, as lab.varstore has it. */
static UINT8 asked_for(void) {
        EFI_GUID guid = { 0x4d0e7a5c, 0x93a1, 0x4a0b, { 0x8a, 0x0f, 0x6f, 0x1c, 0x1f, 0x0e, 0x8a, 0x77 } };
        CHAR16 name[] = L"Start";
        UINT8 number = 0;
        UINTN size = sizeof(number);

        if (table->RuntimeServices->GetVariable(name, &guid, NULL, &size, &number) != EFI_SUCCESS)
                say("\n@@ which\n");
        return number;
}

static void say_counted(void) {
        EFI_GUID loader = { 0x4a67b082, 0x0a4c, 0x41cf, { 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f } };
        CHAR16 name[] = L"LoaderBootCountPath", path[] = L"\\counted.efi";

        (void) table->RuntimeServices->SetVariable(name, &loader, EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS,
                                                   sizeof(path), path);
}

static UINTN bytes_of(const CHAR16 *text) {
        UINTN n = 0;

        while (text[n])
                n++;
        return (n + 1) * sizeof(CHAR16);
}

static CHAR16 *after(CHAR16 *text) {
        return text + bytes_of(text) / sizeof(CHAR16);
}

static EFI_STATUS start(const EFI_DEVICE_PATH *volume, const CHAR16 *name, CHAR16 *options) {
        EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        EFI_BOOT_SERVICES *bs = table->BootServices;
        EFI_DEVICE_PATH *path = path_of(bs, volume, name, bytes_of(name));
        EFI_LOADED_IMAGE *child;
        EFI_HANDLE handle = NULL;
        EFI_STATUS status;

        if (!path)
                return EFI_OUT_OF_RESOURCES;
        if ((status = bs->LoadImage(FALSE, own, path, NULL, 0, &handle)) != EFI_SUCCESS ||
            (status = bs->HandleProtocol(handle, &guid, (void **) &child)) != EFI_SUCCESS)
                return status;
        child->LoadOptions = *options ? options : NULL;
        child->LoadOptionsSize = *options ? (UINT32) bytes_of(options) : 0;
        return bs->StartImage(handle, NULL, NULL);
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st) {
        static CHAR16 list[ROOM / sizeof(CHAR16)];
        EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
        EFI_LOADED_IMAGE *self;
        EFI_DEVICE_PATH *volume;
        CHAR16 *p = list;

        own = image;
        table = st;
        if (st->BootServices->HandleProtocol(image, &loaded_guid, (void **) &self) != EFI_SUCCESS ||
            st->BootServices->HandleProtocol(self->DeviceHandle, &path_guid, (void **) &volume) != EFI_SUCCESS ||
            read_list(self->DeviceHandle, list) != EFI_SUCCESS)
                return EFI_LOAD_ERROR;
        for (UINT8 n = asked_for(); *p && n > 0; n--)
                p = after(after(p));
        say_counted();
        say("\n@@ start\n");
        (void) start(volume, p, after(p));
        say("\n@@ back\n");
        st->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
        return EFI_LOAD_ERROR;
}
