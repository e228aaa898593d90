/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware as the rest of efi/ sees it: its tables, pool memory, protocols, and the step between UTF-8 (lib/) and UCS-2
 * (UEFI). */
#pragma once

#include <efi.h>

#include <string.h>

#include "span.h"
#include "text.h"
#include "ucs2.h"

extern EFI_SYSTEM_TABLE *fw_st;
extern EFI_BOOT_SERVICES *fw_bs;
extern EFI_RUNTIME_SERVICES *fw_rt;
extern EFI_HANDLE fw_image; /* ours */

void fw_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

/* Zeroed pool memory, or NULL. */
void *fw_alloc(size_t bytes);
/* The same with whatever is in it: for images, which are large and read over the whole of it at once. */
void *fw_alloc_unset(size_t bytes);
void fw_free(void *p); /* NULL is fine */
/* Whether so many bytes are free in one piece, as LoadImage and a file's buffer need them; if not, a clause that begins with
 * `clause` and says how many there are. What firmware does not tell is taken for enough, and so is what its map does
 * not show and it gives all the same. */
bool fw_fits(uint64_t bytes, const char *clause, struct text *why);
static inline void fw_freep(void *pp) {
        fw_free(*(void **) pp);
}
#define FW_POOL __attribute__((cleanup(fw_freep)))

/* The protocol on a handle / anywhere, or NULL. */
void *fw_protocol(EFI_HANDLE handle, const EFI_GUID *guid);
void *fw_locate(const EFI_GUID *guid);
bool fw_guid_eq(const EFI_GUID *a, const EFI_GUID *b);

/* "access denied" for a status, for the end of a sentence. */
const char *fw_status(EFI_STATUS status);

void fw_sleep_ms(unsigned ms);
/* Firmware resets a machine whose loader takes longer than five minutes; reading a large image may. */
void fw_watchdog(void);
/* Before ukiload returns, as firmware's boot manager does when an image came back. What the watchdog was cannot be asked for, and
 * whoever waits for a person (GRUB, the UEFI shell) has it off. */
void fw_watchdog_off(void);
/* In a confidential VM (SEV, TDX, Hyper-V isolation) the host is not trusted: its strings and unsigned words do not count. */
bool fw_confidential_vm(void);
