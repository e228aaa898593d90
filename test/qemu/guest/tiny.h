/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel that only reports what it was given, as guest/init.c does, and switches the machine off: for tests that are about
 * everything but Linux, which takes most of a boot's time. lab/guest.py reads the report; test_lab.py boots both on the same
 * machine and compares. */
#pragma once

#include <efi.h>

#define TINY_RELEASE "6.12.0-tiny"

/* tiny_serial.c: to the first serial port, past firmware's console, which would break lines. */
void say(const char *text);
void say_bytes(const void *bytes, UINTN n);
void say_hex(const void *bytes, UINTN n);

/* tiny_line.c: the line that Linux' EFI stub makes of LoadOptions, UTF-8, without NUL. Returns its bytes. */
#define LINE_MAX  2048u /* COMMAND_LINE_SIZE of x86, with NUL */
#define LINE_ROOM (LINE_MAX + 3)
UINTN line_of(const CHAR16 *options, UINTN count, UINT8 ret[LINE_ROOM]);

/* tiny_variables.c: those that guest/init.c reports, and that efivarfs would show it. */
void report_variables(EFI_SYSTEM_TABLE *st);

/* tiny_tree.c: the device tree in firmware's table of configurations, if there is one. */
void report_tree(EFI_SYSTEM_TABLE *st);

/* tiny_measure.c: extends PCR 9 as Linux does, and the log of all that was extended. Without a TPM neither does anything. */
struct tcg2;
struct tcg2 *find_tpm(EFI_BOOT_SERVICES *bs); /* NULL: there is none */
#define TAG_INITRD  0x8f3b22ecu
#define TAG_OPTIONS 0x8f3b22edu
void measure(EFI_BOOT_SERVICES *bs, UINT32 tag, const char *text, const void *data, UINTN size);
void report_log(EFI_BOOT_SERVICES *bs);

/* tiny_registers.c: what they hold, in each bank. */
void report_registers(EFI_BOOT_SERVICES *bs);

/* tiny_extra.c: files under /.extra of the initrd that was registered with firmware; all of it is measured. */
void report_extra(EFI_BOOT_SERVICES *bs);
