/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a partition by type in a GUID partition table (UEFI 2.10, 5.3): the extended boot loader partition beside the ESP. */
#pragma once

#include "span.h"

struct gpt_table { uint64_t entries_lba; uint32_t n_entries, entry_size; };

/* Judges the header block (LBA 1, one block). False: not a GPT, or entry_size/n_entries out of reason (128..4096 bytes, at most 1024). */
bool gpt_header(struct span block, struct gpt_table *ret);
/* Looks in the entries for the first one of type `type` (16 bytes, mixed-endian as on disk); copies its unique GUID. */
bool gpt_find(const struct gpt_table *table, struct span entries, const uint8_t type[16], uint8_t ret_guid[16]);
