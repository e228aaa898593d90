/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers, at the offsets that firmware uses: the table begins where SizeOfOptionalHeader says, and that must be where the
 * data directories end (EDK2 BasePeCoffLib asks the same), so that no reader can find another table. */
#include "pe_inside.h"

#define MAGIC_PE32      0x10bu
#define MAGIC_PE32_PLUS 0x20bu

static bool find_coff(struct span bytes, uint64_t file_size, struct pe_head *head, struct text *why) {
        uint32_t signature;

        if (bytes.n == 0)
                return pe_refuse(why, "is not a PE image: there is no byte in it");
        if (file_size > UINT32_MAX)
                return pe_refuse(why, "is larger than 4 GiB, which a PE image cannot be");
        if (!span_starts(bytes, "MZ"))
                return pe_refuse(why, "is not a PE image: it does not begin with MZ");
        if (!span_u32(bytes, PE_DOS_SIZE - 4, &head->coff_off))
                return pe_refuse(why, "is not a PE image: it ends inside its DOS header");
        if (head->coff_off < PE_DOS_SIZE)
                return pe_refuse_number(why, "is not a PE image: its PE header lies inside the DOS header, at ", head->coff_off);
        if (!span_u32(bytes, head->coff_off, &signature) || signature != 0x00004550)
                return pe_refuse_number(why, "is not a PE image: no PE signature at ", head->coff_off);
        if (bytes.n - head->coff_off < PE_COFF_SIZE + 2)
                return pe_refuse(why, "is not a PE image: it ends inside its COFF header");
        return true;
}

/* The two layouts of the optional header differ only in where the directories begin, for what is read here. */
static bool magic_fits(uint16_t machine, uint16_t magic) {
        const struct arch *arch = arch_of(machine);

        if (arch)
                return magic == (arch->pe32_plus ? MAGIC_PE32_PLUS : MAGIC_PE32);
        return magic == MAGIC_PE32 || magic == MAGIC_PE32_PLUS;
}

static bool find_table(struct span bytes, struct pe_head *head, struct text *why) {
        const uint32_t opt_size = pe_u16(bytes, head->coff_off + 20);
        const uint16_t magic = pe_u16(bytes, head->coff_off + PE_COFF_SIZE);
        const uint32_t fixed = magic == MAGIC_PE32 ? 96 : 112;

        head->opt_off = head->coff_off + PE_COFF_SIZE;
        head->dirs_off = head->opt_off + fixed;
        head->machine = pe_u16(bytes, head->coff_off + 4);
        head->n_sections = pe_u16(bytes, head->coff_off + 6);
        head->characteristics = pe_u16(bytes, head->coff_off + 22);
        if (!magic_fits(head->machine, magic))
                return pe_refuse_number(why, "is not a PE image for its machine type: wrong optional header magic ", magic);
        if (opt_size < fixed || bytes.n - head->opt_off < opt_size)
                return pe_refuse_number(why, "is damaged: its optional header does not hold its fields, size ", opt_size);
        head->n_dirs = pe_u32(bytes, head->dirs_off - 4);
        if (head->n_dirs > 16 || opt_size != fixed + 8 * head->n_dirs)
                return pe_refuse(why, "is damaged: SizeOfOptionalHeader and the number of data directories disagree");
        if (head->n_sections == 0)
                return pe_refuse(why, "has no sections");
        if (head->n_sections > PE_SECTIONS_MAX)
                return pe_refuse(why, "has more than " LIMIT_TEXT(PE_SECTIONS_MAX) " sections");
        head->table_off = head->opt_off + opt_size;
        head->table_end = head->table_off + (uint64_t) PE_SECTION_SIZE * head->n_sections;
        return true;
}

static void read_optional(struct span bytes, struct pe_head *head) {
        const uint32_t at = head->opt_off;

        head->entry = pe_u32(bytes, at + 16);
        head->section_alignment = pe_u32(bytes, at + 32);
        head->file_alignment = pe_u32(bytes, at + 36);
        head->major_image_version = pe_u16(bytes, at + 44);
        head->size_of_image = pe_u32(bytes, at + 56);
        head->size_of_headers = pe_u32(bytes, at + 60);
        head->subsystem = pe_u16(bytes, at + 68);
        head->dll_characteristics = pe_u16(bytes, at + 70);
        head->cert_off = head->cert_size = head->reloc_addr = head->reloc_size = 0;
        if (head->n_dirs > PE_DIR_SECURITY) {
                head->cert_off = pe_u32(bytes, head->dirs_off + 8 * PE_DIR_SECURITY);
                head->cert_size = pe_u32(bytes, head->dirs_off + 8 * PE_DIR_SECURITY + 4);
        }
        if (head->n_dirs > PE_DIR_RELOC) {
                head->reloc_addr = pe_u32(bytes, head->dirs_off + 8 * PE_DIR_RELOC);
                head->reloc_size = pe_u32(bytes, head->dirs_off + 8 * PE_DIR_RELOC + 4);
        }
}

static bool power_of_two(uint32_t value, uint32_t max) {
        return value != 0 && (value & (value - 1)) == 0 && value <= max;
}

static bool judge_optional(struct span bytes, uint64_t file_size, const struct pe_head *head, struct text *why) {
        if (head->subsystem != PE_SUBSYSTEM_EFI_APPLICATION)
                return pe_refuse_number(why, "is not an EFI application: its subsystem is ", head->subsystem);
        if (head->characteristics & PE_RELOCS_STRIPPED)
                return pe_refuse(
                        why,
                        "is marked as having no relocations (IMAGE_FILE_RELOCS_STRIPPED), and firmware can load it at one address only");
        if (!power_of_two(head->file_alignment, 0x10000))
                return pe_refuse_number(why, "is damaged: FileAlignment is ", head->file_alignment);
        if (!power_of_two(head->section_alignment, 0x200000) || head->section_alignment < head->file_alignment)
                return pe_refuse_number(why, "is damaged: SectionAlignment is ", head->section_alignment);
        if (head->size_of_headers < head->table_end || bytes.n < head->table_end)
                return pe_refuse(why, "is damaged: its section table is not inside its headers");
        if (head->size_of_headers > file_size)
                return pe_refuse(why, "is damaged: its headers reach past the end");
        if (head->size_of_headers >= head->size_of_image)
                return pe_refuse(why, "is damaged: SizeOfImage leaves no room behind the headers");
        if (head->size_of_image > file_size + PE_MEMORY_ABOVE_FILE)
                return pe_refuse_number(why, "is damaged: it wants far more memory than it has content, SizeOfImage is ",
                                        head->size_of_image);
        if (head->reloc_size > 0 && (uint64_t) head->reloc_addr + head->reloc_size > head->size_of_image)
                return pe_refuse(why, "is damaged: its base relocations reach past SizeOfImage");
        return true;
}

bool pe_head_read(struct span bytes, uint64_t file_size, struct pe_head *ret, struct text *why) {
        if (!find_coff(bytes, file_size, ret, why) || !find_table(bytes, ret, why))
                return false;
        read_optional(bytes, ret);
        return judge_optional(bytes, file_size, ret, why);
}
