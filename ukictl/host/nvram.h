/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing EFI variables: whole or not at all, and read back. */
#pragma once

#include "host/host.h"

#define NVRAM_NV_BS_RT 7u
#define NVRAM_NV       1u /* without it a variable is gone with this boot, and firmware lets nobody change it until then */
#define NVRAM_BS_RT    6u

struct nvram_var {
        struct bytes data;
        uint32_t attributes;
};

/* EFIVAR_READ: *ret is the caller's to bytes_free. EFIVAR_FAILED: why has the sentence. */
enum efivar_state nvram_get(const struct host *h, const char *name, const char *guid, struct nvram_var *ret, struct text *why);

/* Writes in one go, after taking off the immutable flag that efivarfs gives to names that it does not know, and reads back. An
 * equal value is not written again: flash wears. If it fails the old value stands. EXIT_OK, EXIT_PRIVILEGE or EXIT_NVRAM with a
 * sentence. */
enum exit_code nvram_set(const struct host *h, const char *name, const char *guid, uint32_t attributes, struct span data,
                         struct text *why);
/* Absent already is fine. */
enum exit_code nvram_delete(const struct host *h, const char *name, const char *guid, struct text *why);

/* Free bytes as the kernel counts them; false if it does not say (Linux before 6.6, or a plain folder). */
bool nvram_room(const struct host *h, uint64_t *ret);
