/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_inside.h"

static void fill(struct span bytes, const struct pe_head *head, bool mapped, struct pe *ret) {
        ret->bytes = bytes;
        ret->mapped = mapped;
        ret->machine = head->machine;
        ret->characteristics = head->characteristics;
        ret->subsystem = head->subsystem;
        ret->dll_characteristics = head->dll_characteristics;
        ret->major_image_version = head->major_image_version;
        ret->entry = head->entry;
        ret->size_of_image = head->size_of_image;
        ret->size_of_headers = head->size_of_headers;
        ret->section_alignment = head->section_alignment;
        ret->file_alignment = head->file_alignment;
        ret->table_off = head->table_off;
        ret->n_dirs = head->n_dirs;
        ret->checksum_off = head->opt_off + 64;
        ret->cert_dir_off = head->n_dirs > PE_DIR_SECURITY ? head->dirs_off + 8 * PE_DIR_SECURITY : 0;
        ret->cert_off = mapped ? 0 : head->cert_off;
        ret->cert_size = mapped ? 0 : head->cert_size;
        ret->n_sections = head->n_sections;
        for (size_t i = 0; i < ret->n_sections; i++)
                pe_section_read(bytes, head, i, &ret->sections[i]);
}

/* Where the hashed part of a file ends: nothing that a section holds may lie behind it. */
static uint32_t data_end(const struct pe *pe) {
        uint32_t end = pe->size_of_headers;

        for (size_t i = 0; i < pe->n_sections; i++) {
                const struct pe_section *s = &pe->sections[i];

                if (s->raw_size > 0 && s->raw_off + s->raw_size > end)
                        end = s->raw_off + s->raw_size;
        }
        return end;
}

static bool judge_certificates(const struct pe *pe, struct text *why) {
        struct span table, behind;

        if (pe->cert_off == 0 && pe->cert_size == 0)
                return true;
        if (pe->cert_size == 0 || pe->cert_off % 8 != 0)
                return pe_refuse(why, "is damaged: the place of its certificate table is not possible");
        if (!span_sub(pe->bytes, pe->cert_off, pe->cert_size, &table))
                return pe_refuse(why, "is damaged: its certificate table reaches past the end of the file");
        if (pe->cert_off < data_end(pe))
                return pe_refuse(why, "is damaged: its certificate table lies over headers or sections");
        (void) span_sub(pe->bytes, pe->cert_off + pe->cert_size, pe->bytes.n - pe->cert_off - pe->cert_size, &behind);
        /* A .linux section rounds its kernel up with zeros, some to its SizeOfImage; anything else there would be in the file and
         * in no digest. */
        if (span_trim_nul(behind).n > 0)
                return pe_refuse(why, "is damaged: there is data behind its certificate table");
        return true;
}

bool pe_open_file(struct span file, struct pe *ret_pe, struct text *why) {
        struct pe_head head;

        if (!pe_head_read(file, file.n, &head, why))
                return false;
        fill(file, &head, false, ret_pe);
        return pe_sections_judge(ret_pe, why) && judge_certificates(ret_pe, why);
}

bool pe_open_head(struct span head_bytes, uint64_t file_size, struct pe *ret_pe, struct text *why) {
        struct pe_head head;

        if (!pe_head_read(head_bytes, file_size, &head, why))
                return false;
        fill(head_bytes, &head, false, ret_pe);
        return true;
}

bool pe_open_image(struct span image, struct pe *ret_pe, struct text *why) {
        struct pe_head head;

        if (!pe_head_read(image, image.n, &head, why))
                return false;
        if (head.size_of_image > image.n)
                return pe_refuse(why, "is damaged: SizeOfImage is more than was loaded");
        fill(image, &head, true, ret_pe);
        return pe_sections_judge(ret_pe, why);
}

struct span pe_bytes(const struct pe *pe, const struct pe_section *section) {
        struct span s = { 0 };

        if (pe->mapped)
                (void) span_sub(pe->bytes, section->vaddr, section->vsize, &s);
        else if (section->raw_size > 0)
                (void) span_sub(pe->bytes, section->raw_off,
                                section->vsize < section->raw_size ? section->vsize : section->raw_size, &s);
        return s;
}

bool pe_named(const struct pe_section *section, const char *name) {
        return span_eq_str(span_of(section->name), name);
}

const struct pe_section *pe_find(const struct pe *pe, const char *name, size_t from) {
        for (size_t i = from; i < pe->n_sections; i++)
                if (pe_named(&pe->sections[i], name))
                        return &pe->sections[i];
        return NULL;
}

size_t pe_count(const struct pe *pe, const char *name) {
        size_t n = 0;

        for (size_t i = 0; i < pe->n_sections; i++)
                n += pe_named(&pe->sections[i], name);
        return n;
}

struct pe_dir pe_directory(const struct pe *pe, uint32_t i) {
        struct pe_dir dir = { 0 };

        if (i < pe->n_dirs) {
                const size_t at = pe->table_off - (size_t) 8 * (pe->n_dirs - i);

                dir.addr = pe_u32(pe->bytes, at);
                dir.size = pe_u32(pe->bytes, at + 4);
        }
        return dir;
}

/* What goes on where the one before ended is one range with it. */
static void add_range(struct pe_hashed *h, struct span file, size_t from, size_t to) {
        struct span *last = h->n > 0 ? &h->range[h->n - 1] : NULL, range;

        if (from >= to || !span_sub(file, from, to - from, &range))
                return;
        if (last && last->p + last->n == range.p)
                last->n += range.n;
        else
                h->range[h->n++] = range;
}

/* The section whose content comes next in the file; NULL: none does. No two share a byte. */
static const struct pe_section *next_in_file(const struct pe *pe, size_t from) {
        const struct pe_section *best = NULL;

        for (size_t i = 0; i < pe->n_sections; i++) {
                const struct pe_section *s = &pe->sections[i];

                if (s->raw_size > 0 && s->raw_off >= from && (!best || s->raw_off < best->raw_off))
                        best = s;
        }
        return best;
}

void pe_hashed_ranges(const struct pe *pe, struct pe_hashed *ret) {
        const size_t n = pe->bytes.n, after_checksum = pe->checksum_off + 4u;
        size_t sum = pe->size_of_headers, from = 0;

        ret->n = 0;
        add_range(ret, pe->bytes, 0, pe->checksum_off);
        add_range(ret, pe->bytes, after_checksum, pe->cert_dir_off > 0 ? pe->cert_dir_off : sum);
        if (pe->cert_dir_off > 0)
                add_range(ret, pe->bytes, pe->cert_dir_off + 8u, sum);
        for (const struct pe_section *s = next_in_file(pe, from); s; s = next_in_file(pe, from)) {
                from = (size_t) s->raw_off + s->raw_size;
                add_range(ret, pe->bytes, s->raw_off, from);
                sum += s->raw_size;
        }
        ret->rest = sum < n - pe->cert_size;
        add_range(ret, pe->bytes, sum, n - pe->cert_size);
}
