/* SPDX-License-Identifier: BSD-2-Clause */
/* Partition tables: header block, then entries. Checksums are made right where the first byte asks for it, or nothing would come
 * past them. */
#include "gpt.h"
#include "must.h"

#define BLOCK 512u

static const uint8_t wanted[16] = "wanted type guid";

/* Bit by bit from the other end than lib's: the reflected register written out as a division. */
static uint32_t checksum(const uint8_t *p, size_t n) {
        uint32_t reg = 0xffffffff;

        for (size_t i = 0; i < 8 * n; i++) {
                uint32_t bit = (uint32_t) p[i / 8] >> (i % 8) & 1;

                reg = (reg & 1) != bit ? reg >> 1 ^ 0xedb88320 : reg >> 1;
        }
        return ~reg;
}

static uint64_t number(const uint8_t *p, unsigned bytes) {
        uint64_t value = 0;

        while (bytes-- > 0)
                value = value << 8 | p[bytes];
        return value;
}

static void put32(uint8_t *p, uint32_t value) {
        for (unsigned i = 0; i < 4; i++)
                p[i] = (uint8_t) (value >> 8 * i);
}

static void mend(uint8_t *block, const uint8_t *entries, size_t n) {
        uint64_t all = number(block + 80, 4) * number(block + 84, 4), size = number(block + 12, 4);

        if (all <= n)
                put32(block + 88, checksum(entries, (size_t) all));
        put32(block + 16, 0);
        if (size <= BLOCK)
                put32(block + 16, checksum(block, (size_t) size));
}

static void check_find(const struct gpt_table *t, struct span entries) {
        uint64_t all = (uint64_t) t->n_entries * t->entry_size;
        uint8_t guid[16] = { 0 };
        bool found = gpt_find(t, entries, wanted, guid);

        if (all > entries.n || checksum(entries.p, (size_t) all) != t->entries_crc) {
                MUST(!found);
                return;
        }
        for (uint64_t at = 0; at < all; at += t->entry_size)
                if (memcmp(entries.p + at, wanted, 16) == 0) {
                        MUST(found && memcmp(guid, entries.p + at + 16, 16) == 0);
                        return;
                }
        MUST(!found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        uint8_t block[BLOCK];
        struct span entries;
        struct gpt_table t;

        if (size < 1 + BLOCK)
                return 0;
        memcpy(block, data + 1, BLOCK);
        entries = exact_copy(data + 1 + BLOCK, size - 1 - BLOCK);
        if (data[0] & 1)
                mend(block, entries.p, entries.n);
        if (gpt_header((struct span) { block, BLOCK }, &t)) {
                uint32_t named = (uint32_t) number(block + 16, 4);

                MUST(t.entries_lba == number(block + 72, 8) && t.entries_lba >= 2 && t.entries_lba <= UINT64_MAX / 4096);
                MUST(t.n_entries >= 1 && t.n_entries <= 1024 && t.entry_size >= 128 && t.entry_size <= 4096 &&
                     t.entry_size % 8 == 0);
                memset(block + 16, 0, 4);
                MUST(number(block + 12, 4) <= BLOCK && checksum(block, (size_t) number(block + 12, 4)) == named);
                check_find(&t, entries);
        }
        free((void *) (uintptr_t) entries.p);
        return 0;
}
