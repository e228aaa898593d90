/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware as the rest of efi/ sees it: its tables, pool memory, protocols, and the step between UTF-8 (lib/) and UCS-2 (UEFI). */
#pragma once

#include <efi.h>

#include <string.h>

#include "span.h"
#include "text.h"

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
static inline void fw_freep(void *pp) {
        fw_free(*(void **) pp);
}
#define FW_POOL __attribute__((cleanup(fw_freep)))

/* The protocol on a handle / anywhere, or NULL. */
void *fw_protocol(EFI_HANDLE handle, const EFI_GUID *guid);
void *fw_locate(const EFI_GUID *guid);
bool fw_guid_eq(const EFI_GUID *a, const EFI_GUID *b);

/* Characters of a UCS-2 string before its NUL, at most max. */
size_t fw_len(const CHAR16 *s, size_t max);
/* UTF-8 (utf8.h) to UCS-2 with NUL; false, and an empty string, if it is none or does not fit in cap characters. */
bool fw_ucs2(const char *utf8, CHAR16 *out, size_t cap);
/* The name of a file (at most max characters, to the first NUL) to UTF-8. False if it has a control character or a surrogate, which stand as \uXXXX
 * then, or does not fit: the text is only to be shown. */
bool fw_name(const CHAR16 *s, size_t max, struct text *out);
/* UCS-2 (at most max characters, to the first NUL) to ASCII; false if a character is not in 0x20..0x7e or it does not fit. */
bool fw_ascii(const CHAR16 *s, size_t max, struct text *out);
/* ASCII letters without case. */
bool fw_eq_nocase(const CHAR16 *a, const CHAR16 *b);

/* "access denied" for a status, for the end of a sentence. */
const char *fw_status(EFI_STATUS status);

void fw_sleep_ms(unsigned ms);
/* Firmware resets a machine whose loader takes longer than five minutes; reading a large image may. */
void fw_watchdog(void);
/* In a confidential VM (SEV, TDX, Hyper-V isolation) the host is not trusted: its strings and unsigned words do not count. */
bool fw_confidential_vm(void);
