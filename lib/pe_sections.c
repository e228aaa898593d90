/* SPDX-License-Identifier: BSD-2-Clause */
/* The section table: each row for itself, then every two against each other. */
#include "pe_inside.h"

#include <string.h>

/* A well-known recipe computes section addresses with an awk function that mawk lacks; objcopy does not mind. */
#define OBJCOPY_HINT "; the objcopy recipe with mawk makes such images: use ukify or gawk"

void pe_section_read(struct span bytes, const struct pe_head *head, size_t i, struct pe_section *ret) {
        const size_t at = head->table_off + PE_SECTION_SIZE * i;
        struct span name = { 0 };

        memset(ret->name, 0, sizeof(ret->name));
        if (span_sub(bytes, at, 8, &name))
                memcpy(ret->name, name.p, 8);
        ret->vsize = pe_u32(bytes, at + 8);
        ret->vaddr = pe_u32(bytes, at + 12);
        ret->raw_size = pe_u32(bytes, at + 16);
        ret->raw_off = pe_u32(bytes, at + 20);
        ret->flags = pe_u32(bytes, at + 36);
}

static bool in_memory(const struct pe_section *s) {
        return pe_memory_end(s) > s->vaddr;
}

static void show_name(struct text *why, const struct pe_section *s) {
        text_shown(why, span_of(s->name), 8);
}

/* A name that goes on after its NUL is one word for readers that stop there and another for those that do not. */
static bool name_is_whole(const struct pe_section *s) {
        for (size_t i = strlen(s->name); i < 8; i++)
                if (s->name[i] != '\0')
                        return false;
        return true;
}

static bool refuse_section(const struct pe_section *s, const char *clause, struct text *why) {
        text_str(why, "is damaged: section ");
        show_name(why, s);
        text_str(why, clause);
        return false;
}

static bool judge_one(const struct pe *pe, const struct pe_section *s, struct text *why) {
        if (!name_is_whole(s))
                return refuse_section(s, " has a name with bytes after its end", why);
        if (s->raw_size > 0 && s->raw_off < pe->size_of_headers)
                return refuse_section(s, " begins inside the headers of the file", why);
        if (s->raw_size > 0 && pe_file_end(s) > (pe->mapped ? UINT32_MAX : pe->bytes.n))
                return refuse_section(s, " has bytes that reach past the end of the file", why);
        if (in_memory(s) && s->vaddr < pe->size_of_headers)
                return refuse_section(s, " overlaps the headers in memory" OBJCOPY_HINT, why);
        if (in_memory(s) && pe_memory_end(s) > pe->size_of_image)
                return refuse_section(s, " reaches past SizeOfImage" OBJCOPY_HINT, why);
        return true;
}

/* ukify merges SBAT lines into the stub's own .sbat, which grows over .sdmagic in systemd 252's stub, where 256 bytes lie
 * between. The loader places .sdmagic last, so only the copy of .sbat in memory is damaged; shim reads it in the file, and we
 * decide nothing from it. */
static bool is_grown_sbat(const struct pe_section *first, const struct pe_section *second) {
        return pe_named(first, ".sbat") && pe_named(second, ".sdmagic") && first->vaddr < second->vaddr &&
               pe_memory_end(first) <= pe_memory_end(second);
}

static void show_range(struct text *why, uint64_t from, uint64_t to) {
        text_hexnum(why, from);
        text_str(why, " to ");
        text_hexnum(why, to);
}

/* The image with the two names, up to the bracket with the two ranges. */
static void show_overlap(const struct pe_section *a, const struct pe_section *b, const char *where, struct text *why) {
        text_str(why, "is damaged: sections ");
        show_name(why, a);
        text_str(why, " and ");
        show_name(why, b);
        text_str(why, where);
}

static bool judge_pair(const struct pe_section *a, const struct pe_section *b, struct text *why) {
        if (in_memory(a) && in_memory(b) && a->vaddr < pe_memory_end(b) && b->vaddr < pe_memory_end(a) && !is_grown_sbat(a, b)) {
                show_overlap(a, b, " overlap in memory (", why);
                show_range(why, a->vaddr, pe_memory_end(a));
                text_str(why, ", ");
                show_range(why, b->vaddr, pe_memory_end(b));
                text_str(why, ")" OBJCOPY_HINT);
                return false;
        }
        if (a->raw_size > 0 && b->raw_size > 0 && a->raw_off < pe_file_end(b) && b->raw_off < pe_file_end(a)) {
                show_overlap(a, b, " overlap in the file (", why);
                show_range(why, a->raw_off, pe_file_end(a));
                text_str(why, ", ");
                show_range(why, b->raw_off, pe_file_end(b));
                text_str(why, ")");
                return false;
        }
        return true;
}

/* Firmware would jump there. */
static bool entry_in_section(const struct pe *pe) {
        for (size_t i = 0; i < pe->n_sections; i++)
                if (pe->entry >= pe->sections[i].vaddr && pe->entry < pe_memory_end(&pe->sections[i]))
                        return true;
        return false;
}

bool pe_sections_judge(const struct pe *pe, struct text *why) {
        for (size_t i = 0; i < pe->n_sections; i++) {
                if (!judge_one(pe, &pe->sections[i], why))
                        return false;
                for (size_t j = 0; j < i; j++)
                        if (!judge_pair(&pe->sections[j], &pe->sections[i], why))
                                return false;
        }
        if (!entry_in_section(pe))
                return pe_refuse_number(why, "is damaged: its entry point lies in no section: ", pe->entry);
        return true;
}
