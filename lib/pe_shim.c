/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_shim.h"

#include "pe_inside.h"

#define N_DIRS           16u
#define ROOM_FOR_HEADERS (PE_COFF_SIZE + 112u + 8u * N_DIRS) /* shim wants as many bytes, however few directories there are */

/* An address as shim's pointers compare: 0 is none, for what lies outside of the image. */
static uint64_t pointer(const struct pe *pe, uint32_t address) {
        return address < pe->size_of_image ? (uint64_t) address + 1 : 0;
}

static bool refuse_section(const struct pe_section *s, const char *clause, struct text *why) {
        text_str(why, "is refused by shim: its section ");
        text_quoted(why, span_of(s->name));
        text_str(why, clause);
        return false;
}

static bool judge_headers(const struct pe *pe, struct text *why) {
        const uint32_t lfanew = pe_u32(pe->bytes, PE_DOS_SIZE - 4);

        if (pe->file_alignment % 2 != 0)
                return pe_refuse(why, "is refused by shim: its FileAlignment is 1");
        if (pe->n_dirs <= PE_DIR_RELOC)
                return pe_refuse(why, "is refused by shim: it has no data directory for base relocations");
        if (pe->bytes.n - lfanew < ROOM_FOR_HEADERS)
                return pe_refuse(why, "is refused by shim: it is too small for the headers of an image");
        if ((pe->size_of_image - pe->table_off) / PE_SECTION_SIZE <= pe->n_sections)
                return pe_refuse(why, "is refused by shim: its section table does not fit into SizeOfImage");
        return true;
}

/* Of each section, be it loaded or not. */
static bool judge_section(const struct pe *pe, const struct pe_section *s, struct text *why) {
        const bool discardable = s->flags & PE_SCN_DISCARDABLE;
        const uint64_t from = pointer(pe, s->vaddr), to = pointer(pe, s->vaddr + s->vsize - 1);

        if ((!discardable && (from == 0 || to == 0)) || to < from)
                return refuse_section(s, " has no bytes inside of the image: leave it out", why);
        if (!(s->flags & PE_SCN_UNINITIALISED) && (s->vaddr < pe->size_of_headers || s->raw_off < pe->size_of_headers))
                return refuse_section(s, " lies in the headers, or has no data in the file and is not marked as uninitialised",
                                      why);
        return true;
}

/* What follows the sections in the file must be the certificate table, up to the end. */
static bool judge_end(const struct pe *pe, struct text *why) {
        uint64_t hashed = pe->size_of_headers;

        for (size_t i = 0; i < pe->n_sections; i++)
                hashed += pe->sections[i].raw_size;
        if (pe->cert_size == 0 || pe->bytes.n <= hashed)
                return true;
        if (pe->bytes.n - hashed < pe->cert_size || pe->bytes.n - pe->cert_size != pe->cert_off)
                return pe_refuse(why, "is refused by shim: there are bytes behind its certificate table, be they zeros");
        return true;
}

static bool judge_sbat(const struct pe *pe, struct text *why) {
        const size_t relocations_at = 24, n_relocations_at = 32;
        bool found = false;

        for (size_t i = 0; i < pe->n_sections; i++) {
                const struct pe_section *s = &pe->sections[i];
                const size_t row = pe->table_off + PE_SECTION_SIZE * i;

                if (!pe_named(s, ".sbat"))
                        continue;
                if (found)
                        return refuse_section(s, " is there twice, and shim checks one .sbat", why);
                if (pe_u32(pe->bytes, row + relocations_at) != 0 || pe_u16(pe->bytes, row + n_relocations_at) != 0)
                        return refuse_section(s, " has COFF relocations", why);
                found = s->raw_size > 0 && s->raw_size >= s->vsize;
        }
        return true;
}

bool pe_shim_verifies(const struct pe *pe, struct text *why) {
        if (!judge_headers(pe, why))
                return false;
        for (size_t i = 0; i < pe->n_sections; i++)
                if (!judge_section(pe, &pe->sections[i], why))
                        return false;
        return judge_end(pe, why) && judge_sbat(pe, why);
}

/* shim finds the relocations by this name, and wants the directory to say the same. */
static bool judge_reloc(const struct pe *pe, const struct pe_section *s, struct text *why) {
        const struct pe_dir dir = pe_directory(pe, PE_DIR_RELOC);

        if (s->raw_size == 0 || dir.addr != s->vaddr ||
            pointer(pe, dir.addr + dir.size - 1) > pointer(pe, s->vaddr + s->vsize - 1))
                return refuse_section(s, " is not where its headers say that base relocations are", why);
        return true;
}

bool pe_shim_loads(const struct pe *pe, struct text *why) {
        size_t n_entry = 0, n_reloc = 0;

        if (!pe_shim_verifies(pe, why))
                return false;
        for (size_t i = 0; i < pe->n_sections; i++) {
                const struct pe_section *s = &pe->sections[i];

                if (!(s->flags & PE_SCN_READ) || s->vsize == 0)
                        continue;
                n_entry += s->vaddr <= pe->entry && s->vaddr + s->vsize - 1 > pe->entry;
                if (!pe_named(s, ".reloc"))
                        continue;
                if (n_reloc++ > 0)
                        return refuse_section(s, " is there twice, and shim relocates by one .reloc", why);
                if (!judge_reloc(pe, s, why))
                        return false;
        }
        if (n_entry != 1)
                return pe_refuse(
                        why, "is refused by shim: its entry point does not lie in one readable section, before its last byte");
        return true;
}
