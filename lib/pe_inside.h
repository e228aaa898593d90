/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the PE reader and writer share; nobody else includes it. */
#pragma once

#include "pe.h"

#define PE_DOS_SIZE        64u     /* the DOS header ends with the offset of the PE header */
#define PE_COFF_SIZE       24u     /* signature and COFF header */
#define PE_SECTION_SIZE    40u     /* one row of the section table */
#define PE_RELOCS_STRIPPED 0x0001u /* in the COFF characteristics: can be loaded at its ImageBase only */

/* A kernel's PE asks for room to unpack itself, at most a few hundred MiB; beyond that LoadImage is out of memory. */
#define PE_MEMORY_ABOVE_FILE (512ull << 20)

/* The headers of an image, judged; offsets are from the start of the bytes. */
struct pe_head {
        uint32_t coff_off, opt_off, dirs_off, table_off;
        uint64_t table_end;
        uint32_t n_dirs, n_sections;
        uint16_t machine, characteristics, subsystem, dll_characteristics, major_image_version;
        uint32_t entry, size_of_image, size_of_headers, section_alignment, file_alignment;
        uint32_t cert_off, cert_size; /* as the directory says; not judged */
        uint32_t reloc_addr, reloc_size;
};

/* Reads and judges everything before the section table, and that the table lies in the headers. */
bool pe_head_read(struct span bytes, uint64_t file_size, struct pe_head *ret, struct text *why);

/* Row i of the table of a judged head, as it stands. */
void pe_section_read(struct span bytes, const struct pe_head *head, size_t i, struct pe_section *ret);

/* Judges pe->sections against each other and against pe's sizes. */
bool pe_sections_judge(const struct pe *pe, struct text *why);

/* How far a section reaches in memory: EDK2 copies the raw data of a section whose VirtualSize is 0. */
static inline uint64_t pe_memory_end(const struct pe_section *s) {
        return (uint64_t) s->vaddr + (s->vsize > 0 ? s->vsize : s->raw_size);
}

static inline uint64_t pe_file_end(const struct pe_section *s) {
        return (uint64_t) s->raw_off + s->raw_size;
}

/* Numbers at places that are known to lie in the bytes. */
static inline uint16_t pe_u16(struct span s, size_t off) {
        uint16_t value = 0;

        (void) span_u16(s, off, &value);
        return value;
}

static inline uint32_t pe_u32(struct span s, size_t off) {
        uint32_t value = 0;

        (void) span_u32(s, off, &value);
        return value;
}

static inline bool pe_refuse(struct text *why, const char *clause) {
        text_str(why, clause);
        return false;
}

static inline bool pe_refuse_number(struct text *why, const char *clause, uint64_t value) {
        text_str(why, clause);
        text_hexnum(why, value);
        return false;
}
