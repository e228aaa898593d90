/* SPDX-License-Identifier: BSD-2-Clause */
/* The extended boot loader partition (UAPI.1): found by its type in the partition table, since a device path does not carry the
 * type. */
#include "gpt.h"
#include "proto.h"
#include "volume.h"

#define IO_ALIGN_MAX ((size_t) 1 << 20)

static EFI_BLOCK_IO_PROTOCOL *disk_of(const struct volume *own) {
        EFI_GUID block_guid = EFI_BLOCK_IO_PROTOCOL_GUID;
        FW_POOL EFI_DEVICE_PATH *disk = devpath_disk(own->path);
        EFI_DEVICE_PATH *rest = disk;
        EFI_HANDLE handle = NULL;

        /* Only the disk itself will do: a longer rest would be some other device that is nearest. */
        if (!disk || fw_bs->LocateDevicePath(&block_guid, &rest, &handle) != EFI_SUCCESS || devpath_size(rest) != 0)
                return NULL;
        return fw_protocol(handle, &block_guid);
}

/* Whole blocks in pool memory; *ret_blocks is where they begin in it, at an address that the device takes (Media->IoAlign, a
 * power of two or 0). */
static uint8_t *read_blocks(EFI_BLOCK_IO_PROTOCOL *disk, EFI_LBA lba, size_t bytes, uint8_t **ret_blocks) {
        size_t align = disk->Media->IoAlign > 1 ? disk->Media->IoAlign : 1;
        uint8_t *pool = align <= IO_ALIGN_MAX ? fw_alloc(bytes + align - 1) : NULL;
        uint8_t *blocks = pool ? pool + (align - (uintptr_t) pool % align) % align : NULL;

        if (blocks && disk->ReadBlocks(disk, disk->Media->MediaId, lba, bytes, blocks) != EFI_SUCCESS) {
                fw_free(pool);
                return NULL;
        }
        *ret_blocks = blocks;
        return pool;
}

/* size rounded up to whole blocks. */
static size_t whole_blocks(const EFI_BLOCK_IO_PROTOCOL *disk, size_t size) {
        size_t block = disk->Media->BlockSize;

        return (size + block - 1) / block * block;
}

static bool find_in(EFI_BLOCK_IO_PROTOCOL *disk, uint8_t ret_guid[16]) {
        static const EFI_GUID type = XBOOTLDR_TYPE_GUID;
        size_t block = disk->Media->BlockSize, bytes;
        struct gpt_table table;
        uint8_t *header, *entries;
        FW_POOL uint8_t *header_pool = NULL;
        FW_POOL uint8_t *entries_pool = NULL;

        if (block < 512 || block > 65536)
                return false;
        header_pool = read_blocks(disk, 1, block, &header);
        if (!header_pool || !gpt_header((struct span) { header, block }, &table))
                return false;
        bytes = whole_blocks(disk, (size_t) table.n_entries * table.entry_size);
        entries_pool = read_blocks(disk, table.entries_lba, bytes, &entries);
        return entries_pool && gpt_find(&table, (struct span) { entries, bytes }, (const uint8_t *) &type, ret_guid);
}

bool volume_open_xbootldr(const struct volume *own, struct volume *ret) {
        EFI_BLOCK_IO_PROTOCOL *disk = disk_of(own);
        EFI_HANDLE handle = NULL;
        uint8_t guid[16];

        if (!disk || !find_in(disk, guid) || volume_find_partition(guid, own, &handle) == 0 || !volume_open(handle, ret))
                return false;
        ret->xbootldr = true;
        return true;
}
