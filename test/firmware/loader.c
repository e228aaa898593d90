/* SPDX-License-Identifier: BSD-2-Clause */
/* A PE in memory, as a loader of firmware makes it: headers and sections copied, base relocations applied. Written without lib/,
 * which is what it is to be compared with. And signatures of the bench: a certificate that names a key and holds a digest. */
#include "inside.h"

static uint32_t number(const uint8_t *p, unsigned bytes) {
        uint32_t value = 0;

        for (unsigned i = 0; i < bytes; i++)
                value |= (uint32_t) p[i] << 8 * i;
        return value;
}

#define MOST (512u << 20) /* no bench has more memory */

struct head {
        size_t opt, table, n_sections, size_of_image, size_of_headers;
        uint64_t base;
};

static bool head_of(const uint8_t *file, size_t n, struct head *ret) {
        size_t pe;

        if (n < 0x40 || file[0] != 'M' || file[1] != 'Z')
                return false;
        pe = number(file + 0x3c, 4);
        if (pe > n || n - pe < 24 + 160 || memcmp(file + pe, "PE\0", 4) != 0)
                return false;
        ret->opt = pe + 24;
        ret->n_sections = number(file + pe + 6, 2);
        ret->table = ret->opt + number(file + pe + 20, 2);
        ret->size_of_image = number(file + ret->opt + 56, 4);
        ret->size_of_headers = number(file + ret->opt + 60, 4);
        ret->base = number(file + ret->opt + 24, 4) | (uint64_t) number(file + ret->opt + 28, 4) << 32;
        return number(file + ret->opt, 2) == 0x20b && ret->table <= n && ret->n_sections <= (n - ret->table) / 40 &&
               ret->size_of_headers <= n && ret->size_of_headers <= ret->size_of_image && ret->size_of_image < MOST;
}

static bool copy_sections(const uint8_t *file, size_t n, const struct head *h, uint8_t *memory) {
        for (size_t i = 0; i < h->n_sections; i++) {
                const uint8_t *row = file + h->table + 40 * i;
                size_t vsize = number(row + 8, 4), at = number(row + 12, 4), raw = number(row + 16, 4), off = number(row + 20, 4);
                size_t copied = vsize == 0 || raw < vsize ? raw : vsize;

                if (at > h->size_of_image || (vsize > copied ? vsize : copied) > h->size_of_image - at)
                        return false;
                if (copied > 0 && (off > n || copied > n - off))
                        return false;
                if (copied > 0)
                        memcpy(memory + at, file + off, copied);
                if (vsize > copied)
                        memset(memory + at + copied, 0, vsize - copied);
        }
        return true;
}

static void add(uint8_t *memory, size_t size, size_t at, unsigned bytes, uint64_t delta) {
        uint64_t value = 0;

        if (at > size || bytes > size - at)
                return;
        memcpy(&value, memory + at, bytes);
        value += delta;
        memcpy(memory + at, &value, bytes);
}

/* Data directory 5, if there is one. */
static void relocate(const struct head *h, uint8_t *memory) {
        size_t size = h->size_of_image, at, end;
        uint64_t delta = (uint64_t) (uintptr_t) memory - h->base;

        if (h->opt + 160 > size || number(memory + h->opt + 108, 4) < 6)
                return;
        at = number(memory + h->opt + 152, 4);
        end = at + number(memory + h->opt + 156, 4);
        while (end <= size && at + 8 <= end) {
                size_t page = number(memory + at, 4), bytes = number(memory + at + 4, 4), stop = at + bytes;

                if (bytes < 8 || stop > end)
                        return;
                for (at += 8; at + 2 <= stop; at += 2) {
                        uint32_t entry = number(memory + at, 2);

                        if (entry >> 12 == 3)
                                add(memory, size, page + (entry & 0xfff), 4, delta);
                        else if (entry >> 12 == 10)
                                add(memory, size, page + (entry & 0xfff), 8, delta);
                }
                at = stop;
        }
}

uint8_t *load_pe(const uint8_t *file, size_t n, size_t *ret_n) {
        struct head h;
        uint8_t *memory;

        if (!head_of(file, n, &h) || !(memory = malloc(h.size_of_image)))
                return NULL;
        memset(memory, 0xa5, h.size_of_image);
        memcpy(memory, file, h.size_of_headers);
        if (!copy_sections(file, n, &h, memory)) {
                free(memory);
                return NULL;
        }
        relocate(&h, memory);
        *ret_n = h.size_of_image;
        return memory;
}

bool find_section(const uint8_t *memory, size_t size, const char *name, struct span *ret) {
        struct head h;

        if (!head_of(memory, size, &h))
                return false;
        for (size_t i = 0; i < h.n_sections; i++) {
                const uint8_t *row = memory + h.table + 40 * i;
                size_t vsize = number(row + 8, 4), at = number(row + 12, 4);

                if (strncmp((const char *) row, name, 8) != 0 || vsize == 0 || at > size || vsize > size - at)
                        continue;
                *ret = (struct span) { memory + at, vsize };
                return true;
        }
        return false;
}

/* ---- Signatures: 8 bytes of WIN_CERTIFICATE, one of the key, the digest of the file before, its certificate directory taken as
 * zeros ---- */

#define DIGEST      8u
#define CERTIFICATE 24u

/* FNV-1a, of eight bytes at a time: the bench has no forgers, only bytes that changed. */
static uint64_t mixed(uint64_t hash, const uint8_t *p, size_t n) {
        for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
                uint64_t word = 0;

                memcpy(&word, p + i, n - i < sizeof(word) ? n - i : sizeof(word));
                hash = (hash ^ word) * 0x100000001b3u;
        }
        return hash;
}

/* Not of the directory entry that says where the signature is. */
static void digest_of(const uint8_t *file, size_t n, uint8_t ret[DIGEST]) {
        size_t entry = number(file + 0x3c, 4) + 24 + 144, head = entry < n ? entry : n, rest = n - head > 8 ? n - head - 8 : 0;
        uint64_t hash = mixed(mixed(0xcbf29ce484222325u, file, head), file + n - rest, rest);

        memcpy(ret, &hash, DIGEST);
}

enum key signer(const uint8_t *file, size_t n) {
        uint8_t digest[DIGEST];
        struct head h;
        size_t at;

        if (!head_of(file, n, &h))
                return UNSIGNED;
        at = number(file + h.opt + 144, 4);
        if (at < h.opt + 160 || at > n || n - at != CERTIFICATE || number(file + h.opt + 148, 4) != CERTIFICATE)
                return UNSIGNED;
        digest_of(file, at, digest);
        return memcmp(digest, file + at + 9, sizeof(digest)) == 0 ? (enum key) file[at + 8] : UNSIGNED;
}

struct span machine_sign(struct machine *m, struct span image, enum key key) {
        uint8_t *copy = keep_memory(m, image.n + 8 + CERTIFICATE);
        size_t n = (image.n + 7) & ~(size_t) 7, directory;
        struct head h;

        memcpy(copy, image.p, image.n);
        if (key == UNSIGNED || !head_of(copy, image.n, &h))
                return (struct span) { copy, image.n };
        directory = h.opt + 144;
        for (unsigned i = 0; i < 4; i++) {
                copy[directory + i] = (uint8_t) (n >> 8 * i);
                copy[directory + 4 + i] = (uint8_t) (CERTIFICATE >> 8 * i);
        }
        copy[n] = CERTIFICATE;
        copy[n + 5] = 2;
        copy[n + 6] = 2;
        copy[n + 8] = (uint8_t) key;
        digest_of(copy, n, copy + n + 9);
        return (struct span) { copy, n + CERTIFICATE };
}
