/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_once.h"

#include "pe_inside.h"

#define RELOCS_MAX (1u << 20) /* systemd's stubs have 200 bytes */
#define BLOCK_HEAD 8u         /* a page's address and the block's size */

/* Kinds of relocations that firmware of every machine knows; all others are refused, here as there. */
enum { KIND_ABSOLUTE = 0, KIND_HIGH = 1, KIND_LOW = 2, KIND_HIGHLOW = 3, KIND_DIR64 = 10 };

#define DEBUG_ENTRY_SIZE 28u
#define DEBUG_CODEVIEW   2u

static bool is_judged(const struct pe_section *s, const char (*judged)[9], size_t n) {
        for (size_t i = 0; judged && i < n; i++)
                if (pe_named(s, judged[i]))
                        return true;
        return !judged;
}

/* shim leaves a section out that is not readable or discardable, and makes zeros of one that is uninitialised; EDK2 copies every
 * one. */
static bool all_copy(const struct pe_section *s) {
        return (s->flags & (PE_SCN_READ | PE_SCN_DISCARDABLE | PE_SCN_UNINITIALISED)) == PE_SCN_READ;
}

/* In memory there may be anything in its place; the file was judged. */
static bool not_in_memory(const struct pe *pe, const struct pe_section *s) {
        return pe->mapped && !all_copy(s);
}

/* The section that holds [from, from + n) of memory as it came from the file; NULL: none does. */
static const struct pe_section *section_of(const struct pe *pe, uint64_t from, uint64_t n) {
        for (size_t i = 0; i < pe->n_sections; i++) {
                const struct pe_section *s = &pe->sections[i];
                const uint32_t filled = s->vsize < s->raw_size ? s->vsize : s->raw_size;

                if (from >= s->vaddr && from + n <= (uint64_t) s->vaddr + filled)
                        return s;
        }
        return NULL;
}

static struct span bytes_at(const struct pe *pe, const struct pe_section *s, uint32_t addr, uint32_t n) {
        struct span ret = { 0 };

        (void) span_sub(pe_bytes(pe, s), addr - s->vaddr, n, &ret);
        return ret;
}

static uint64_t width_of(unsigned kind) {
        switch (kind) {
        case KIND_HIGH:
        case KIND_LOW: return 2;
        case KIND_HIGHLOW: return 4;
        case KIND_DIR64: return 8;
        default: return 0;
        }
}

static bool refuse_target(uint64_t at, const char *name, const char *clause, struct text *why) {
        text_str(why, "has a base relocation at ");
        text_hexnum(why, at);
        if (name) {
                text_str(why, " in section ");
                text_shown(why, span_of(name), 8);
        }
        text_cat(why, clause, ": make it anew with a tool that writes none there", NULL);
        return false;
}

/* Where the relocations are, and the section that was last hit, for the next hit is near. */
struct walk {
        const struct pe *pe;
        const char (*judged)[9];
        size_t n_judged;
        struct pe_dir dir;
        const struct pe_section *last;
};

static bool refuse_outside(uint64_t at, struct text *why) {
        return refuse_target(at, NULL, ", outside of the image, which firmware takes at one address only", why);
}

static bool judge_target(struct walk *w, uint64_t at, unsigned kind, struct text *why) {
        const uint64_t n = width_of(kind), end = (uint64_t) w->dir.addr + w->dir.size;

        if (at >= w->pe->size_of_image)
                return refuse_outside(at, why);
        if (kind == KIND_ABSOLUTE)
                return true;
        if (n == 0)
                return refuse_target(at, NULL, " of a kind that firmware does not know", why);
        if (!w->last || at < w->last->vaddr || at + n > pe_memory_end(w->last)) {
                w->last = NULL;
                for (size_t i = 0; !w->last && i < w->pe->n_sections; i++)
                        if (at >= w->pe->sections[i].vaddr && at + n <= pe_memory_end(&w->pe->sections[i]))
                                w->last = &w->pe->sections[i];
        }
        if (!w->last)
                return refuse_target(at, NULL, ", in no section: its headers would depend on where it is loaded", why);
        if (at < end && at + n > w->dir.addr)
                return refuse_target(at, NULL, ", in the relocations themselves", why);
        if (is_judged(w->last, w->judged, w->n_judged))
                return refuse_target(at, w->last->name, ", whose content would depend on where it is loaded", why);
        return true;
}

static bool judge_block(struct walk *w, struct span block, struct text *why) {
        const uint64_t page = pe_u32(block, 0);

        if (page >= w->pe->size_of_image)
                return refuse_outside(page, why);
        for (size_t i = BLOCK_HEAD; i < block.n; i += 2) {
                const uint16_t entry = pe_u16(block, i);

                if (!judge_target(w, page + (entry & 0xfffu), entry >> 12, why))
                        return false;
        }
        return true;
}

static bool judge_blocks(struct walk *w, struct span table, struct text *why) {
        while (table.n > 0) {
                struct span block;
                uint32_t size;

                if (!span_u32(table, 4, &size) || size < BLOCK_HEAD || size % 4 != 0 || !span_sub(table, 0, size, &block))
                        return pe_refuse(
                                why,
                                "is damaged: a block of its base relocations does not end inside their directory, or not at a multiple of 4");
                if (!judge_block(w, block, why))
                        return false;
                table = span_from(table, size);
        }
        return true;
}

bool pe_once_relocations(const struct pe *pe, const char (*judged)[9], size_t n, struct text *why) {
        struct walk w = { .pe = pe, .judged = judged, .n_judged = n, .dir = pe_directory(pe, PE_DIR_RELOC) };
        const struct pe_section *in;

        if (pe->n_dirs <= PE_DIR_RELOC)
                return pe_refuse(why,
                                 "has fewer than 6 data directories: firmware would take its section table for base relocations");
        if (w.dir.size == 0)
                return true;
        in = section_of(pe, w.dir.addr, w.dir.size);
        if (!in || w.dir.addr % 4 != 0 || w.dir.size > RELOCS_MAX)
                return pe_refuse(
                        why,
                        "is damaged: its base relocations do not lie in one section, at a multiple of 4, or are larger than 1 MiB");
        return not_in_memory(pe, in) || judge_blocks(&w, bytes_at(pe, in, w.dir.addr, w.dir.size), why);
}

bool pe_once_sections(const struct pe *pe, const char (*judged)[9], size_t n, struct text *why) {
        for (size_t i = 0; i < pe->n_sections; i++) {
                const struct pe_section *s = &pe->sections[i];

                if (all_copy(s) || s->vsize == 0 || !is_judged(s, judged, n))
                        continue;
                text_str(why, "has section ");
                text_shown(why, span_of(s->name), 8);
                text_str(
                        why,
                        " with flags by which some loaders leave it out (not readable, discardable or uninitialised): it must be readable data");
                return false;
        }
        return true;
}

bool pe_once_debug(const struct pe *pe, const char (*judged)[9], size_t n, struct text *why) {
        const struct pe_dir dir = pe_directory(pe, PE_DIR_DEBUG);
        const struct pe_section *in = section_of(pe, dir.addr, dir.size);
        struct span table;

        if (dir.size == 0)
                return true;
        if (!in || dir.size > RELOCS_MAX || is_judged(in, judged, n))
                return pe_refuse(why, "has a debug directory that does not lie in one section of its own");
        table = bytes_at(pe, in, dir.addr, dir.size);
        for (size_t at = 0; !not_in_memory(pe, in) && at < table.n; at += DEBUG_ENTRY_SIZE)
                if (pe_u32(table, at + 12) == DEBUG_CODEVIEW && pe_u32(table, at + 20) == 0 && pe_u32(table, at + 24) != 0)
                        return pe_refuse(
                                why,
                                "has debug data that firmware would load over its sections (CodeView without an address): strip it");
        return true;
}
