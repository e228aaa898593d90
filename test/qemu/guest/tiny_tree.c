/* SPDX-License-Identifier: BSD-2-Clause */
/* Devicetree Specification 0.4, 5.2: the header's second word, the most significant byte first, is the size of all. */
#include <string.h>

#include "proto.h"
#include "sha256.h"
#include "tiny.h"

void report_tree(EFI_SYSTEM_TABLE *st) {
        static const EFI_GUID wanted = { 0xb1b621d5, 0xf19c, 0x41a5, { 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 } };
        static const UINT8 magic[] = { 0xd0, 0x0d, 0xfe, 0xed };
        UINT8 digest[SHA256_SIZE];

        for (UINTN i = 0; i < st->NumberOfTableEntries; i++) {
                const UINT8 *tree = st->ConfigurationTable[i].VendorTable;

                if (memcmp(&st->ConfigurationTable[i].VendorGuid, &wanted, sizeof(wanted)) != 0 ||
                    memcmp(tree, magic, sizeof(magic)) != 0) /* a stub hands on whatever it was given */
                        continue;
                sha256_of((struct span) { tree, (UINTN) tree[4] << 24 | (UINTN) tree[5] << 16 | (UINTN) tree[6] << 8 | tree[7] },
                          digest);
                say("@@out dtb ");
                say_hex(digest, sizeof(digest));
                say("\n");
        }
}
