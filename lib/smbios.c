/* SPDX-License-Identifier: BSD-2-Clause */
#include "smbios.h"

#define SMBIOS_TABLE_MAX (1u << 20)
#define TYPE_OEM_STRINGS 11u
#define TYPE_END         127u
#define OEM_STRINGS_HEAD 5u /* type, length, handle, count */

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

/* The string that starts at *at, its NUL not counted; moves *at behind the NUL. False if it has no end in the table. */
static bool next_string(struct span table, size_t *at, struct span *ret) {
        size_t end = *at;

        while (end < table.n && table.p[end])
                end++;
        if (end >= table.n)
                return false;
        *ret = span_between(table, *at, end);
        *at = end + 1;
        return true;
}

/* Moves *at behind the string set that starts there: two NULs if it is empty, else strings up to an empty one. */
static bool skip_strings(struct span table, size_t *at) {
        struct span s;

        for (bool first = true; next_string(table, at, &s); first = false)
                if (s.n == 0 && !first)
                        return true;
        return false;
}

bool smbios_vendor_string(struct span table, const char *key, struct span *ret) {
        size_t at = 0;
        struct span head, formatted, s;

        do {
                if (!span_sub(table, at, 4, &head) || head.p[0] == TYPE_END || !span_sub(table, at, head.p[1], &formatted))
                        return false;
                if (head.p[0] == TYPE_OEM_STRINGS)
                        break;
                at += head.p[1];
        } while (skip_strings(table, &at));
        if (head.p[0] != TYPE_OEM_STRINGS || head.p[1] < OEM_STRINGS_HEAD)
                return false;
        /* The stub reads from behind the count on, and takes as many bytes less from the end as the formatted part is longer. */
        table.n -= head.p[1] - OEM_STRINGS_HEAD;
        for (at += OEM_STRINGS_HEAD; next_string(table, &at, &s) && s.n > 0;)
                if (span_starts(s, key))
                        return span_sub(s, span_of(key).n, s.n - span_of(key).n, ret);
        return false;
}
