/* SPDX-License-Identifier: BSD-2-Clause */
#include "smbios.h"

#define SMBIOS_TABLE_MAX (1u << 20)
#define TYPE_OEM_STRINGS 11u
#define TYPE_END         127u

bool smbios_entry_point(struct span entry, struct smbios_table *ret) {
        struct smbios_table table;
        uint32_t address, size32;
        uint16_t size16;

        if (span_starts(entry, "_SM3_")) {
                if (!span_u32(entry, 0x0c, &size32) || !span_u64(entry, 0x10, &table.address))
                        return false;
                table.size = size32;
        } else if (span_starts(entry, "_SM_")) {
                if (!span_u16(entry, 0x16, &size16) || !span_u32(entry, 0x18, &address))
                        return false;
                table = (struct smbios_table) { address, size16 };
        } else
                return false;
        if (table.address == 0 || table.size == 0 || table.size > SMBIOS_TABLE_MAX)
                return false;
        *ret = table;
        return true;
}

/* The string that starts at *at, its NUL not counted; moves *at behind the NUL. False at the end of the string set or of the table. */
static bool next_string(struct span table, size_t *at, struct span *ret) {
        size_t end = *at;

        while (end < table.n && table.p[end])
                end++;
        if (end >= table.n || end == *at)
                return false;
        *ret = (struct span) { table.p + *at, end - *at };
        *at = end + 1;
        return true;
}

/* Looks through the string set that starts at *at and moves *at behind it, on the next structure. False if it has no end. */
static bool search_strings(struct span table, size_t *at, const char *key, bool wanted, struct span *found) {
        size_t start = *at;
        struct span s;

        while (next_string(table, at, &s))
                if (wanted && !found->p && span_starts(s, key))
                        (void) span_sub(s, span_of(key).n, s.n - span_of(key).n, found);
        /* The set ends with a second NUL; an empty set is two of them. */
        *at += *at == start ? 2 : 1;
        return *at <= table.n;
}

bool smbios_vendor_string(struct span table, const char *key, struct span *ret) {
        size_t at = 0;
        struct span head;

        while (span_sub(table, at, 4, &head) && head.p[0] != TYPE_END && head.p[1] >= 4) {
                struct span found = { 0 };
                size_t strings = at + head.p[1];

                if (!search_strings(table, &strings, key, head.p[0] == TYPE_OEM_STRINGS, &found))
                        return false;
                if (found.p) {
                        *ret = found;
                        return true;
                }
                at = strings;
        }
        return false;
}
