/* SPDX-License-Identifier: BSD-2-Clause */
#include "smbios_strings.h"

#include "smbios.h"

static struct span config_table(const EFI_GUID *guid, size_t size) {
        for (UINTN i = 0; i < fw_st->NumberOfTableEntries; i++)
                if (fw_guid_eq(&fw_st->ConfigurationTable[i].VendorGuid, guid) && fw_st->ConfigurationTable[i].VendorTable)
                        return (struct span) { fw_st->ConfigurationTable[i].VendorTable, size };
        return (struct span) { 0 };
}

struct span smbios_text(const char *key) {
        static const EFI_GUID v3 = { 0xf2fd1544, 0x9794, 0x4a2c, { 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 } };
        static const EFI_GUID v2 = { 0xeb9d2d31, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } };
        struct smbios_table table;
        struct span found;

        if (fw_confidential_vm())
                return (struct span) { 0 };
        /* 0x18 and 0x1f bytes: the fixed sizes of the two entry points */
        if (!smbios_entry_point(config_table(&v3, 0x18), &table) && !smbios_entry_point(config_table(&v2, 0x1f), &table))
                return (struct span) { 0 };
        if (!smbios_vendor_string((struct span) { (void *) (uintptr_t) table.address, table.size }, key, &found))
                return (struct span) { 0 };
        return found;
}
