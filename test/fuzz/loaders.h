/* SPDX-License-Identifier: BSD-2-Clause */
/* The two loaders that an image meets, told from what they do and with nothing of lib/: EDK2's, and shim's, which copies fewer
 * sections and finds relocations by a section's name, in the file. Both at any address, in memory that holds any byte before. For
 * targets that ask whether two loads of one file give the same. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum loader { LOADER_EDK2, LOADER_SHIM };

struct loading {
        const uint8_t *file;
        size_t n;
        uint8_t *memory;
        uint64_t at, base; /* where it lies, and ImageBase */
        uint32_t pe, opt, dirs, n_dirs, table, size, headers;
        uint16_t n_sections;
        bool wide;
};

static inline uint64_t loader_get(const uint8_t *p, size_t n) {
        uint64_t value = 0;

        while (n-- > 0)
                value = value << 8 | p[n];
        return value;
}

static inline void loader_put(uint8_t *p, uint64_t value, size_t n) {
        for (; n > 0; n--, value >>= 8)
                *p++ = (uint8_t) value;
}

#define LOADER_U16(p) ((uint16_t) loader_get((p), 2))
#define LOADER_U32(p) ((uint32_t) loader_get((p), 4))

static inline void loader_headers(struct loading *l) {
        l->pe = LOADER_U32(l->file + 0x3c);
        l->opt = l->pe + 24;
        l->n_sections = LOADER_U16(l->file + l->pe + 6);
        l->table = l->opt + LOADER_U16(l->file + l->pe + 20);
        l->wide = LOADER_U16(l->file + l->opt) == 0x20b;
        l->dirs = l->opt + (l->wide ? 112 : 96);
        l->n_dirs = LOADER_U32(l->file + l->dirs - 4);
        l->base = l->wide ? loader_get(l->file + l->opt + 24, 8) : LOADER_U32(l->file + l->opt + 28);
        l->size = LOADER_U32(l->file + l->opt + 56);
        l->headers = LOADER_U32(l->file + l->opt + 60);
}

/* One row of the section table. */
struct loader_row {
        const uint8_t *name;
        uint32_t vsize, vaddr, raw_size, raw_off, flags;
};

static inline struct loader_row loader_row(const struct loading *l, size_t i) {
        const uint8_t *p = l->file + l->table + 40 * i;

        return (struct loader_row) {
                p, LOADER_U32(p + 8), LOADER_U32(p + 12), LOADER_U32(p + 16), LOADER_U32(p + 20), LOADER_U32(p + 36)
        };
}

static inline bool loader_copy(struct loading *l, enum loader who) {
        for (size_t i = 0; i < l->n_sections; i++) {
                const struct loader_row r = loader_row(l, i);
                uint32_t copied = r.vsize > r.raw_size || (r.vsize == 0 && who == LOADER_EDK2) ? r.raw_size : r.vsize;

                if (who == LOADER_SHIM && r.vsize == 0)
                        return false;
                if (who == LOADER_SHIM && (!(r.flags & 0x40000000) || (r.flags & 0x02000000)))
                        continue;
                if (who == LOADER_SHIM && (r.flags & 0x80))
                        copied = 0;
                if (copied > 0 && (uint64_t) r.vaddr + copied > l->size)
                        return false;
                if (copied > 0)
                        memcpy(l->memory + r.vaddr, l->file + r.raw_off, copied);
                if (r.vsize > copied)
                        memset(l->memory + r.vaddr + copied, 0, r.vsize - copied);
        }
        return true;
}

static inline bool loader_fix(struct loading *l, uint64_t where, unsigned kind, uint64_t adjust) {
        static const uint8_t widths[16] = { [1] = 2, [2] = 2, [3] = 4, [10] = 8 };
        const size_t n = widths[kind];
        uint8_t *p = l->memory + where;

        if (where >= l->size)
                return false;
        if (kind == 0)
                return true;
        if (n == 0)
                return false;
        if (where + n > l->size)
                return true; /* firmware writes there; what that hits is not in this image */
        loader_put(p, loader_get(p, n) + (kind == 1 ? adjust >> 16 : adjust), n);
        return true;
}

/* Blocks from `from` on, until less than a byte of the directory is left; limit: how far the bytes go. */
static inline bool loader_blocks(struct loading *l, const uint8_t *from, uint32_t size, uint64_t limit, bool strict,
                                 uint64_t adjust) {
        uint64_t at = 0;

        while (at + 1 < size) {
                uint32_t page, block;

                if (at + 8 > limit)
                        return false;
                page = LOADER_U32(from + at), block = LOADER_U32(from + at + 4);
                if (block == 0 || page >= l->size || at + block > (strict ? size : limit))
                        return false;
                for (uint64_t i = 8; i + 2 <= block; i += 2) {
                        const uint16_t entry = LOADER_U16(from + at + i);

                        if (!loader_fix(l, (uint64_t) page + (entry & 0xfff), entry >> 12, adjust))
                                return false;
                }
                at += block;
        }
        return true;
}

static inline bool loader_relocate(struct loading *l, enum loader who) {
        const uint64_t adjust = l->at - l->base;
        const uint32_t addr = l->n_dirs > 5 ? LOADER_U32(l->memory + l->dirs + 40) : 0,
                       size = l->n_dirs > 5 ? LOADER_U32(l->memory + l->dirs + 44) : 0;

        if (who == LOADER_EDK2) {
                if (adjust != 0) /* the one field of the headers that is written */
                        loader_put(l->memory + l->opt + (l->wide ? 24 : 28), l->at, l->wide ? 8 : 4);
                if (size == 0)
                        return true;
                if ((uint64_t) addr + size > l->size)
                        return false;
                return adjust == 0 || loader_blocks(l, l->memory + addr, size, l->size - addr, true, adjust);
        }
        for (size_t i = 0; i < l->n_sections; i++) {
                const struct loader_row r = loader_row(l, i);

                if (memcmp(r.name, ".reloc\0", 8) != 0 || !(r.flags & 0x40000000))
                        continue;
                if (r.raw_size == 0 || addr != r.vaddr || (uint64_t) addr + size > (uint64_t) r.vaddr + r.vsize)
                        return false;
                if (adjust != 0 && size > 0 && !loader_blocks(l, l->file + r.raw_off, size, l->n - r.raw_off, false, adjust))
                        return false;
        }
        return true;
}

/* The image in memory, SizeOfImage bytes, which the caller frees; NULL: that loader refuses it there. file is one that
 * pe_open_file took. offset: how far from ImageBase it lies; before: what the memory held. */
static inline uint8_t *loader_load(enum loader who, const uint8_t *file, size_t n, uint64_t offset, uint8_t before) {
        struct loading l = { .file = file, .n = n };

        loader_headers(&l);
        l.at = l.base + offset;
        l.memory = malloc(l.size);
        if (!l.memory)
                abort();
        memset(l.memory, before, l.size);
        memcpy(l.memory, file, l.headers);
        if (loader_copy(&l, who) && loader_relocate(&l, who))
                return l.memory;
        free(l.memory);
        return NULL;
}
