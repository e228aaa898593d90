/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_write.h"

#include <string.h>

#include "pe_inside.h"

#define FILE_ALIGN    0x200u
#define SECTION_ALIGN 0x1000u
#define N_DIRS        16u
#define OPT_SIZE      (112u + 8u * N_DIRS)
#define TABLE_OFF     (PE_DOS_SIZE + PE_COFF_SIZE + OPT_SIZE)
#define N_OWN         2u /* .text and .reloc */

#define FLAGS_CODE  (PE_SCN_READ | PE_SCN_EXECUTE | 0x20u)
#define FLAGS_DATA  (PE_SCN_READ | 0x40u)
#define FLAGS_RELOC (PE_SCN_READ | PE_SCN_DISCARDABLE | 0x40u)

/* One block with two entries that say "nothing to do": loaders want the directory, shim wants it to match .reloc. Its first word
 * is the address of a page of the image. */
static const uint8_t reloc[] = { 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0 };

static void put16(uint8_t *p, uint32_t value) {
        p[0] = (uint8_t) value;
        p[1] = (uint8_t) (value >> 8);
}

static void put32(uint8_t *p, uint32_t value) {
        put16(p, value);
        put16(p + 2, value >> 16);
}

static uint64_t align(uint64_t value, uint64_t to) {
        return (value + to - 1) / to * to;
}

/* Places and sizes of the next section. */
struct place {
        uint64_t raw, addr;
};

static struct place after(struct place at, uint64_t size) {
        return (struct place) { .raw = align(at.raw + size, FILE_ALIGN), .addr = align(at.addr + size, SECTION_ALIGN) };
}

/* Writes one row of the table and the data with its padding; both are known to fit. */
static void put_section(uint8_t *out, uint8_t *row, const struct pe_write_section *s, struct place at, uint32_t file_align) {
        const uint32_t raw_size = (uint32_t) align(s->data.n, file_align);

        memset(row, 0, PE_SECTION_SIZE);
        memcpy(row, s->name, strlen(s->name));
        put32(row + 8, (uint32_t) s->data.n);
        put32(row + 12, (uint32_t) at.addr);
        put32(row + 16, raw_size);
        put32(row + 20, (uint32_t) at.raw);
        put32(row + 36, s->flags != 0 ? s->flags : FLAGS_DATA);
        memcpy(out + at.raw, s->data.p, s->data.n);
        memset(out + at.raw + s->data.n, 0, raw_size - s->data.n);
}

/* What a table with `rows` sections needs before the first section's data. */
static struct place first_place(size_t rows) {
        const uint64_t headers = align(TABLE_OFF + (uint64_t) PE_SECTION_SIZE * rows, FILE_ALIGN);

        return (struct place) { .raw = headers, .addr = align(headers, SECTION_ALIGN) };
}

/* Where the caller's sections begin: .text and .reloc are one block of each alignment. */
static struct place callers_place(size_t n) {
        return after(after(first_place(n + N_OWN), 1), 1);
}

/* A section without data would be refused by shim, and its name must be eight bytes at most. */
static bool is_sound(const struct pe_write_section *s) {
        return s->data.n > 0 && s->data.n < UINT32_MAX && s->name[sizeof(s->name) - 1] == '\0';
}

/* The end of the image, or {0, 0}. */
static struct place last_place(const struct pe_write_section *sections, size_t n) {
        struct place at;

        if (n > PE_SECTIONS_MAX - N_OWN)
                return (struct place) { 0 };
        at = callers_place(n);
        for (size_t i = 0; i < n; i++) {
                if (!is_sound(&sections[i]))
                        return (struct place) { 0 };
                at = after(at, sections[i].data.n);
        }
        /* at most 256 sections of 4 GiB: the sum does not wrap; and memory, with its larger alignment, is never behind the
         * file */
        if (at.addr > UINT32_MAX)
                return (struct place) { 0 };
        return at;
}

size_t pe_write_size(const struct pe_write_section *sections, size_t n) {
        return (size_t) last_place(sections, n).raw;
}

static void put_headers(uint8_t *out, uint16_t machine, size_t rows, struct place first, struct place end) {
        uint8_t *coff = out + PE_DOS_SIZE, *opt = coff + PE_COFF_SIZE, *reloc_dir = opt + 112 + (size_t) 8 * PE_DIR_RELOC;

        memset(out, 0, (size_t) first.raw);
        put16(out, 0x5a4d); /* MZ */
        put32(out + PE_DOS_SIZE - 4, PE_DOS_SIZE);
        put16(coff, 0x4550); /* PE, two zeros */
        put16(coff + 4, machine);
        put16(coff + 6, (uint32_t) rows);
        put16(coff + 20, OPT_SIZE);
        put16(coff + 22, 0x222); /* executable, no debug data, large addresses */
        put16(opt, 0x20b);
        put32(opt + 4, FILE_ALIGN);                                    /* SizeOfCode */
        put32(opt + 8, (uint32_t) (end.raw - first.raw) - FILE_ALIGN); /* SizeOfInitializedData */
        put32(opt + 16, (uint32_t) first.addr);                        /* entry: .text comes first */
        put32(opt + 20, (uint32_t) first.addr);
        put32(opt + 32, SECTION_ALIGN);
        put32(opt + 36, FILE_ALIGN);
        put32(opt + 56, (uint32_t) end.addr);
        put32(opt + 60, (uint32_t) first.raw);
        put16(opt + 68, PE_SUBSYSTEM_EFI_APPLICATION);
        put16(opt + 70, PE_NX_COMPAT | 0x60); /* movable, anywhere in the address space */
        put32(opt + 108, N_DIRS);
        put32(reloc_dir, (uint32_t) (first.addr + SECTION_ALIGN));
        put32(reloc_dir + 4, sizeof(reloc));
}

bool pe_write(uint16_t machine, const struct pe_write_section *sections, size_t n, uint8_t *out, size_t cap, size_t *ret_size) {
        const struct arch *arch = arch_of(machine);
        const struct pe_write_section own[N_OWN] = {
                { .name = ".text",
                  .data = arch ? (struct span) { arch->code, arch->code_n } : (struct span) { 0 },
                  .flags = FLAGS_CODE },
                { .name = ".reloc", .data = { reloc, sizeof(reloc) }, .flags = FLAGS_RELOC },
        };
        const struct place end = last_place(sections, n);
        struct place at = first_place(n + N_OWN);

        if (end.raw == 0 || end.raw > cap || !arch || arch->code_n == 0)
                return false;
        put_headers(out, machine, n + N_OWN, at, end);
        for (size_t i = 0; i < n + N_OWN; i++) {
                const struct pe_write_section *s = i < N_OWN ? &own[i] : &sections[i - N_OWN];

                put_section(out, out + TABLE_OFF + PE_SECTION_SIZE * i, s, at, FILE_ALIGN);
                at = after(at, s->data.n);
        }
        at = first_place(n + N_OWN);
        put32(out + after(at, 1).raw, (uint32_t) at.addr); /* .reloc names .text's page */
        *ret_size = (size_t) end.raw;
        return true;
}

/* What pe_append_section finds in the image. */
struct image {
        struct pe_head head;
        size_t row;                 /* where the new section's row goes */
        bool replaces;              /* that row is there and has the section's name */
        struct pe_section old;      /* it */
        uint64_t raw_end, addr_end; /* of all other sections */
};

static uint64_t larger(uint64_t a, uint64_t b) {
        return a > b ? a : b;
}

/* The old section is the last one everywhere, and neither entry point nor relocations lie in it. */
static bool is_replaceable(const struct image *image) {
        const struct pe_head *head = &image->head;

        return image->row + 1 == head->n_sections && image->old.raw_off >= image->raw_end &&
               image->old.vaddr >= image->addr_end && head->entry < image->addr_end &&
               (uint64_t) head->reloc_addr + head->reloc_size <= image->addr_end;
}

static bool find_row(struct span in, const char *name, struct image *image, struct text *why) {
        struct pe_section s;

        image->raw_end = image->head.size_of_headers;
        image->addr_end = image->head.size_of_headers;
        image->row = image->head.n_sections;
        image->replaces = false;
        for (size_t i = 0; i < image->head.n_sections; i++) {
                pe_section_read(in, &image->head, i, &s);
                if (pe_named(&s, name)) {
                        if (image->replaces) {
                                text_cat(why, "has a section ", name, " twice: which of them to replace is not known", NULL);
                                return false;
                        }
                        image->replaces = true;
                        image->row = i;
                        image->old = s;
                        continue;
                }
                if (s.raw_size > 0)
                        image->raw_end = larger(image->raw_end, pe_file_end(&s));
                image->addr_end = larger(image->addr_end, pe_memory_end(&s));
        }
        if (!image->replaces || is_replaceable(image))
                return true;
        text_cat(why, "has a section ", name, " that is not its last, or that its headers point into: it cannot be replaced",
                 NULL);
        return false;
}

/* The row behind the table must be inside the headers and free. */
static bool has_room(struct span in, const struct image *image, struct text *why) {
        struct span free_row;

        if (image->replaces)
                return true;
        if (image->head.n_sections == PE_SECTIONS_MAX || image->head.table_end + PE_SECTION_SIZE > image->head.size_of_headers ||
            !span_sub(in, (size_t) image->head.table_end, PE_SECTION_SIZE, &free_row) || span_trim_nul(free_row).n > 0)
                return pe_refuse(why, "has no room in its headers for another section");
        return true;
}

static bool judge_append(struct span in, const struct pe_write_section *section, struct image *image, struct text *why) {
        uint64_t end;

        if (!is_sound(section))
                return pe_refuse(why, "cannot get a section without data");
        if (!pe_head_read(in, in.n, &image->head, why))
                return false;
        if (image->head.cert_off != 0 || image->head.cert_size != 0)
                return pe_refuse(why, "is signed: sign it after the section is in, not before");
        if (!find_row(in, section->name, image, why) || !has_room(in, image, why))
                return false;
        end = image->replaces ? larger(image->raw_end, pe_file_end(&image->old)) : image->raw_end;
        if (in.n < end)
                return pe_refuse(why, "is damaged: its last section reaches past the end of the file");
        if (in.n > end)
                return pe_refuse(why, "has data behind its last section: a new section would go over it");
        return true;
}

bool pe_append_section(struct span in, const struct pe_write_section *section, uint8_t *out, size_t cap, size_t *ret_size,
                       struct text *why) {
        struct image image;
        struct place at;
        uint64_t size, memory;

        if (!judge_append(in, section, &image, why))
                return false;
        at.raw = align(image.raw_end, image.head.file_alignment);
        at.addr = align(image.addr_end, image.head.section_alignment);
        size = at.raw + align(section->data.n, image.head.file_alignment);
        memory = align(at.addr + section->data.n, image.head.section_alignment);
        if (!image.replaces)
                memory = larger(memory, image.head.size_of_image);
        if (size > UINT32_MAX || memory > UINT32_MAX || size > cap || memory > size + PE_MEMORY_ABOVE_FILE)
                return pe_refuse(why, "is too large with the new section");
        memcpy(out, in.p, (size_t) image.raw_end);
        memset(out + image.raw_end, 0, (size_t) (at.raw - image.raw_end));
        put_section(out, out + image.head.table_off + PE_SECTION_SIZE * image.row, section, at, image.head.file_alignment);
        put16(out + image.head.coff_off + 6, (uint32_t) image.row + 1);
        put32(out + image.head.opt_off + 56, (uint32_t) memory);
        put32(out + image.head.opt_off + 64, 0); /* the checksum is that of another file now */
        *ret_size = (size_t) size;
        return true;
}
