/* SPDX-License-Identifier: BSD-2-Clause */
#include "tiny.h"

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

#if defined(__x86_64__)

/* The time stamp counter: with QEMU's instruction clock what was executed since the machine was switched on. */
static UINT64 read_ticks(void) {
        UINT32 low, high;

        __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
        return (UINT64) high << 32 | low;
}

#else

static UINT64 read_ticks(void) {
        UINT64 ticks;

        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
        return ticks;
}

#endif

static void report_ticks(UINT64 ticks) {
        ticks = __builtin_bswap64(ticks);
        say("@@ticks ");
        say_hex(&ticks, sizeof(ticks));
        say("\n");
}

static void report_line(const EFI_LOADED_IMAGE *self) {
        static UINT8 line[LINE_ROOM];
        UINTN size = self->LoadOptions ? line_of(self->LoadOptions, self->LoadOptionsSize / sizeof(CHAR16), line) : 0;

        say("\nbooted: ");
        say_bytes(line, size);
        say("\n@@begin\n@@uname " TINY_RELEASE "\n@@cmdline ");
        say_hex(line, size);
        say("\n");
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st) {
        EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        EFI_LOADED_IMAGE *self;
        UINT64 ticks = read_ticks();

        if (st->BootServices->HandleProtocol(image, &loaded_guid, (void **) &self) != EFI_SUCCESS)
                return EFI_LOAD_ERROR;
        if (self->LoadOptionsSize > 0)
                measure(st->BootServices, TAG_OPTIONS, "LOADED_IMAGE::LoadOptions", self->LoadOptions, self->LoadOptionsSize);
        report_line(self);
        report_ticks(ticks);
        report_variables(st);
        report_extra(st->BootServices);
        report_log(st->BootServices);
        report_registers(st->BootServices);
        report_tree(st);
        say("@@end\n");
        st->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
        return EFI_LOAD_ERROR;
}
