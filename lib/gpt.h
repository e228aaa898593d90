/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a partition by type in a GUID partition table (UEFI 2.10, 5.3): the extended boot loader partition beside the ESP. And
 * the names of partitions: their unique GUIDs, as people write them and as they lie on the disk. */
#pragma once

#include "span.h"
#include "text.h"

#define GPT_GUID_CHARS 36u /* 8-4-4-4-12 hex digits */

/* What the header says about the entries: they are n_entries * entry_size bytes from block entries_lba on. */
struct gpt_table {
        uint64_t entries_lba;
        uint32_t n_entries, entry_size, entries_crc;
};

/* Judges the header block (LBA 1, one block). False: not a GPT, its CRC does not fit, or numbers out of reason (entry_size
 * 128..4096 and a multiple of 8, 1..1024 entries, entries over the header). Neither n_entries * entry_size nor entries_lba times
 * a block of up to
 * 4096 bytes can then wrap. */
bool gpt_header(struct span block, struct gpt_table *ret);
/* Looks in the entries for the first one of type `type` (16 bytes, mixed-endian as on disk); copies its unique GUID. entries: at
 * least n_entries * entry_size bytes as read from the disk, what follows them is not looked at. False too if they do not have the
 * CRC that the header names. */
bool gpt_find(const struct gpt_table *table, struct span entries, const uint8_t type[16], uint8_t ret_guid[16]);

/* A GUID as people and udev write it (RFC 9562, 4), in any case, to the bytes on the disk: of the first three numbers the least
 * one first. False: it is none. */
bool gpt_guid_read(struct span text, uint8_t ret[16]);
/* The pair of it: appends GPT_GUID_CHARS characters, in lower case. */
void gpt_guid_write(const uint8_t guid[16], struct text *ret);
