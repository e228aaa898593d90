/* SPDX-License-Identifier: BSD-2-Clause */
/* Device paths, and the disks with their partition tables. */
#include "inside.h"

#define END_NODE 0x7f, 0xff, 4, 0

size_t path_bytes(const EFI_DEVICE_PATH *path) {
        const uint8_t *p = (const uint8_t *) path;
        size_t at = 0;

        while (p[at] != 0x7f)
                at += (size_t) (p[at + 2] | p[at + 3] << 8);
        return at;
}

void path_text(const EFI_DEVICE_PATH *path, char *ret, size_t cap) {
        const uint8_t *p = (const uint8_t *) path;
        size_t n = 0;

        for (size_t at = 0; p[at] != 0x7f; at += (size_t) (p[at + 2] | p[at + 3] << 8)) {
                size_t bytes = (size_t) (p[at + 2] | p[at + 3] << 8);

                if (p[at] != 4 || p[at + 1] != 4)
                        continue;
                for (size_t i = 4; i + 1 < bytes && (p[at + i] || p[at + i + 1]) && n + 1 < cap; i += 2)
                        ret[n++] = p[at + i + 1] ? '?' : (char) p[at + i];
        }
        ret[n] = 0;
}

EFI_DEVICE_PATH *path_copy(const EFI_DEVICE_PATH *path) {
        size_t n = path_bytes(path) + 4;
        void *copy = malloc(n);

        if (!copy)
                abort();
        return memcpy(copy, path, n);
}

static size_t put_disk(uint8_t *to, uint8_t which) {
        const uint8_t path[] = { 2, 1, 12, 0, 0xd0, 0x41, 3, 10, 0, 0, 0, 0, 1, 1, 6, 0, 0, which };

        memcpy(to, path, sizeof(path));
        return sizeof(path);
}

static void put_end(uint8_t *to) {
        const uint8_t end[] = { END_NODE };

        memcpy(to, end, sizeof(end));
}

/* Partition n of a disk; its GUID is n + 1 sixteen times, on each disk. */
static void put_partition(uint8_t *to, uint8_t disk, uint8_t n) {
        size_t at = put_disk(to, disk);
        uint8_t *node = to + at;

        memset(node, 0, 42);
        node[0] = 4;
        node[1] = 1;
        node[2] = 42;
        node[4] = (uint8_t) (n + 1);
        node[9] = 8; /* starts at block 2048 */
        node[18] = 16;
        memset(node + 24, n + 1, 16);
        node[40] = 2;
        node[41] = 2;
        put_end(node + 42);
}

static uint32_t crc32_of(const uint8_t *p, size_t n) {
        uint32_t crc = 0xffffffffu;

        for (size_t i = 0; i < n; i++) {
                crc ^= p[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        }
        return ~crc;
}

static void put32(uint8_t *to, uint32_t value) {
        for (int i = 0; i < 4; i++)
                to[i] = (uint8_t) (value >> 8 * i);
}

/* Four entries at block 2: an ESP, and perhaps an XBOOTLDR. */
static void make_table(struct disk_of *d, bool xbootldr) {
        static const EFI_GUID esp = { 0xc12a7328, 0xf81f, 0x11d2, { 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b } };
        static const EFI_GUID extended = XBOOTLDR_TYPE_GUID;
        uint8_t *header = d->blocks[1], *entries = d->blocks[2];

        memset(d->blocks, 0, sizeof(d->blocks));
        memcpy(entries, &esp, 16);
        memset(entries + 16, ESP + 1, 16);
        if (xbootldr) {
                memcpy(entries + 128, &extended, 16);
                memset(entries + 144, XBOOTLDR + 1, 16);
        }
        memcpy(header, "EFI PART", 8);
        put32(header + 8, 0x10000);
        put32(header + 12, 92);
        put32(header + 72, 2);
        put32(header + 80, 4);
        put32(header + 84, 128);
        put32(header + 88, crc32_of(entries, 512));
        put32(header + 16, crc32_of(header, 92));
}

static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO_PROTOCOL *this, UINT32 media, EFI_LBA lba, UINTN n, VOID *buffer) {
        const struct fault *f = fault_at(CALL_READ_BLOCKS, NULL);
        const struct disk_of *d = (const void *) this;

        if (fails(f))
                return f->status;
        if (media != d->media.MediaId || n % 512 || lba > 40 || n / 512 > 40 - lba)
                return EFI_INVALID_PARAMETER;
        if (d->media.IoAlign > 1 && (uintptr_t) buffer % d->media.IoAlign != 0)
                return EFI_INVALID_PARAMETER;
        memcpy(buffer, d->blocks[lba], n);
        if (lies(f, LIE_FLIP))
                ((uint8_t *) buffer)[n / 2] ^= 1;
        return EFI_SUCCESS;
}

static void make_disk(struct machine *m, struct disk_of *d, uint8_t which, bool xbootldr) {
        static const EFI_GUID block = EFI_BLOCK_IO_PROTOCOL_GUID, path = EFI_DEVICE_PATH_PROTOCOL_GUID;
        struct handle *h = handle_new(m);

        make_table(d, xbootldr);
        d->media =
                (EFI_BLOCK_IO_MEDIA) { .MediaId = 5, .MediaPresent = TRUE, .BlockSize = 512, .IoAlign = 4096, .LastBlock = 4095 };
        d->io = (EFI_BLOCK_IO_PROTOCOL) { .Revision = 1, .Media = &d->media, .ReadBlocks = read_blocks };
        put_end(d->path + put_disk(d->path, which));
        handle_add(h, &path, d->path);
        handle_add(h, &block, &d->io);
}

static void make_volume(struct machine *m, unsigned volume, uint8_t disk, uint8_t partition) {
        static const EFI_GUID fs = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, path = EFI_DEVICE_PATH_PROTOCOL_GUID;
        struct volume_of *v = &m->in->volumes[volume];

        put_partition(v->path, disk, partition);
        files_service(v);
        v->handle = handle_new(m);
        handle_add(v->handle, &path, v->path);
        handle_add(v->handle, &fs, &v->fs);
}

bool disks_connect(struct machine *m, const struct handle *handle) {
        static const EFI_GUID block = EFI_BLOCK_IO_PROTOCOL_GUID;

        if (!m->other_disk || m->in->volumes[OTHER_DISK].handle || handle_get(m, handle, &block) != &m->in->disks[1].io)
                return false;
        make_volume(m, OTHER_DISK, 2, XBOOTLDR);
        m->in->connected++;
        return true;
}

void disks_make(struct machine *m) {
        m->in->volumes[OTHER_DISK].handle = NULL;
        if (m->other_disk) {
                make_disk(m, &m->in->disks[1], 2, true);
                if (!m->hurried)
                        make_volume(m, OTHER_DISK, 2, XBOOTLDR);
        }
        make_disk(m, &m->in->disks[0], 1, m->xbootldr);
        make_volume(m, ESP, 1, ESP);
        if (m->xbootldr)
                make_volume(m, XBOOTLDR, 1, XBOOTLDR);
}
