/* SPDX-License-Identifier: BSD-2-Clause */
#include "gpt.h"

#include <string.h>

#define HEADER_MIN  92u
#define ENTRY_MIN   128u
#define ENTRY_MAX   4096u
#define ENTRIES_MAX 1024u
#define FIRST_FREE  2u /* LBA 0 is the protective MBR, LBA 1 the header */

/* The CRC-32 of UEFI 2.10, 4.2 (ISO 3309), where the four bytes at `zero` count as zero, as a header's own field does. */
static uint32_t crc32_of(struct span s, size_t zero) {
        uint32_t crc = 0xffffffffu;

        for (size_t i = 0; i < s.n; i++) {
                crc ^= i - zero < 4 ? 0 : s.p[i]; /* before `zero` the difference is huge */
                for (int bit = 0; bit < 8; bit++)
                        crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
        }
        return ~crc;
}

/* The header's size field holds, and its CRC fits. */
static bool header_intact(struct span block) {
        uint32_t revision, size, crc;
        struct span header;

        return span_starts(block, "EFI PART") && span_u32(block, 8, &revision) && revision == 0x00010000u &&
               span_u32(block, 12, &size) && size >= HEADER_MIN && span_sub(block, 0, size, &header) &&
               span_u32(block, 16, &crc) && crc == crc32_of(header, 16);
}

bool gpt_header(struct span block, struct gpt_table *ret) {
        struct gpt_table t;

        if (!header_intact(block) || !span_u64(block, 72, &t.entries_lba) || !span_u32(block, 80, &t.n_entries) ||
            !span_u32(block, 84, &t.entry_size) || !span_u32(block, 88, &t.entries_crc))
                return false;
        if (t.entries_lba < FIRST_FREE || t.entries_lba > UINT64_MAX / ENTRY_MAX)
                return false;
        if (t.n_entries == 0 || t.n_entries > ENTRIES_MAX)
                return false;
        if (t.entry_size < ENTRY_MIN || t.entry_size > ENTRY_MAX || t.entry_size % 8 != 0)
                return false;
        *ret = t;
        return true;
}

bool gpt_find(const struct gpt_table *table, struct span entries, const uint8_t type[16], uint8_t ret_guid[16]) {
        static const uint8_t unused[16];
        struct span all;

        if (table->entry_size < ENTRY_MIN || memcmp(type, unused, sizeof(unused)) == 0)
                return false;
        if (!span_sub(entries, 0, (size_t) table->n_entries * table->entry_size, &all) ||
            crc32_of(all, all.n) != table->entries_crc)
                return false;
        for (size_t i = 0; i < table->n_entries; i++) {
                const uint8_t *entry = all.p + i * table->entry_size;

                if (memcmp(entry, type, 16) != 0)
                        continue;
                memcpy(ret_guid, entry + 16, 16);
                return true;
        }
        return false;
}

/* Where the bytes on the disk stand in the text: the first three numbers are little-endian. */
static const uint8_t guid_order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

/* Before which of its bytes, in the order of the text, a dash stands. */
static bool dash_before(size_t i) {
        return i == 4 || i == 6 || i == 8 || i == 10;
}

bool gpt_guid_read(struct span text, uint8_t ret[16]) {
        uint8_t guid[16];
        size_t at = 0;

        if (text.n != GPT_GUID_CHARS)
                return false;
        for (size_t i = 0; i < sizeof(guid); i++, at += 2) {
                if (dash_before(i) && text.p[at++] != '-')
                        return false;
                if (!span_hex(span_between(text, at, at + 2), &guid[guid_order[i]], 1))
                        return false;
        }
        memcpy(ret, guid, sizeof(guid));
        return true;
}

void gpt_guid_write(const uint8_t guid[16], struct text *ret) {
        for (size_t i = 0; i < 16; i++) {
                if (dash_before(i))
                        text_char(ret, '-');
                text_hex(ret, (struct span) { &guid[guid_order[i]], 1 });
        }
}
