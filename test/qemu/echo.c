/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel that only says with which command line it was started, and switches the machine off. It stands in .linux of UKIs that are about
 * everything but the kernel. The line goes to the serial port in hexadecimal: a console would break it. */
#include <efi.h>

#define COM1 0x3f8u
#define LINE_STATUS (COM1 + 5)
#define CAN_TAKE 0x20u

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

static UINT8 read_port(UINT16 port) {
        UINT8 value;

        __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
        return value;
}

static void put(char c) {
        while (!(read_port(LINE_STATUS) & CAN_TAKE))
                ;
        __asm__ volatile("outb %0, %1" : : "a"(c), "Nd"((UINT16) COM1));
}

static void say(const char *text) {
        while (*text)
                put(*text++);
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st) {
        EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        const UINT8 *options;
        EFI_LOADED_IMAGE *self;

        if (st->BootServices->HandleProtocol(image, &loaded_guid, (void **) &self) != EFI_SUCCESS)
                return EFI_LOAD_ERROR;
        options = self->LoadOptions;
        say("\n@@ line ");
        for (UINT32 i = 0; i < self->LoadOptionsSize; i++) {
                put("0123456789abcdef"[options[i] >> 4]);
                put("0123456789abcdef"[options[i] & 15]);
        }
        say(" @@\n");
        st->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
        return EFI_LOAD_ERROR;
}
