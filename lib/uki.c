/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd-stub's view of its own section table: what stands before the first .profile is the base, each .profile opens a profile
 * that lasts until the next one, and a profile's own section hides the base's (systemd 257, src/boot: pe.c and stub.c). */
#include "uki.h"

#include <string.h>

#include "pe_once.h"

static const char names[UKI_SECTION_COUNT][9] = {
        [UKI_LINUX] = ".linux",     [UKI_OSREL] = ".osrel",   [UKI_CMDLINE] = ".cmdline", [UKI_INITRD] = ".initrd",
        [UKI_UCODE] = ".ucode",     [UKI_SPLASH] = ".splash", [UKI_DTB] = ".dtb",         [UKI_UNAME] = ".uname",
        [UKI_SBAT] = ".sbat",       [UKI_PCRSIG] = ".pcrsig", [UKI_PCRPKEY] = ".pcrpkey", [UKI_PROFILE] = ".profile",
        [UKI_DTBAUTO] = ".dtbauto", [UKI_HWIDS] = ".hwids",   [UKI_EFIFW] = ".efifw",
};

/* Readers differ in which of two equal names they take (first, last, both): nothing that decides may stand twice in one
 * profile. */
static const char unique[][9] = {
        ".linux", ".cmdline", ".osrel", ".uname", ".initrd", ".sbat", ".ukipol", ".sdmagic",
};

/* Text is trimmed and compared: it must be the same in the file and in memory but for a page's padding. */
static const char texts[][9] = { ".cmdline", ".osrel", ".uname", ".profile", ".ukipol" };

/* What ukiload or the stub reads as data, in whatever profile: the stub's code may be relocated, these may not (.sbat is shim's
 * to read). */
static const char data[][9] = {
        ".linux",  ".osrel",   ".cmdline", ".initrd",  ".ucode", ".splash", ".dtb",     ".uname",  ".sbat",
        ".pcrsig", ".pcrpkey", ".profile", ".dtbauto", ".hwids", ".efifw",  ".sdmagic", ".ukipol",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *uki_section_name(enum uki_section s) {
        return names[s];
}

static bool one_of(const struct pe_section *s, const char (*list)[9], size_t n) {
        for (size_t i = 0; i < n; i++)
                if (pe_named(s, list[i]))
                        return true;
        return false;
}

bool uki_fills_file(const struct pe *file) {
        for (size_t i = 0; i < file->n_sections; i++)
                if (one_of(&file->sections[i], data, COUNT(data)) && file->sections[i].vsize > file->sections[i].raw_size)
                        return false;
        return true;
}

static bool refuse(struct text *why, const char *what, const char *section, const char *clause) {
        text_cat(why, what, section, clause, NULL);
        return false;
}

/* Rows [from, to) of the section table. */
struct slice {
        size_t from, to;
};

/* The rows up to the next .profile; a slice that begins with a .profile holds it. */
static struct slice slice_at(const struct pe *pe, size_t from) {
        struct slice s = { .from = from, .to = from };

        while (s.to < pe->n_sections && (s.to == from || !pe_named(&pe->sections[s.to], ".profile")))
                s.to++;
        return s;
}

static struct slice base_slice(const struct pe *pe) {
        if (pe_named(&pe->sections[0], ".profile"))
                return (struct slice) { 0 };
        return slice_at(pe, 0);
}

/* The first section of that name in the slice; the stub takes one with VirtualSize 0 for absent. */
static const struct pe_section *find_in(const struct pe *pe, struct slice slice, const char *name) {
        for (size_t i = slice.from; i < slice.to; i++)
                if (pe->sections[i].vsize > 0 && pe_named(&pe->sections[i], name))
                        return &pe->sections[i];
        return NULL;
}

static bool judge_slice(const struct pe *pe, struct slice slice, bool is_base, struct text *why) {
        for (size_t i = slice.from; i < slice.to; i++) {
                const struct pe_section *s = &pe->sections[i];
                const struct pe_section *next = pe_find(pe, s->name, i + 1);

                if (next && next < pe->sections + slice.to && one_of(s, unique, COUNT(unique)))
                        return refuse(why, "has section ", s->name, " twice in one profile");
                if (!is_base && pe_named(s, ".ukipol"))
                        return refuse(why, "has section ", s->name, " inside a profile: it belongs before the first .profile");
                if (one_of(s, texts, COUNT(texts)) && s->vsize > (uint64_t) s->raw_size + pe->file_alignment)
                        return refuse(why, "has section ", s->name, " with a VirtualSize that the file does not fill");
        }
        return true;
}

/* Judges every slice and finds the wanted one. */
static bool find_profile(const struct pe *pe, unsigned profile, struct uki *uki, struct slice *ret, struct text *why) {
        struct slice slice = base_slice(pe);

        if (!judge_slice(pe, slice, true, why))
                return false;
        *ret = (struct slice) { 0 };
        uki->n_profiles = 0;
        while (slice.to < pe->n_sections) {
                slice = slice_at(pe, slice.to);
                if (!judge_slice(pe, slice, false, why))
                        return false;
                if (uki->n_profiles++ == profile)
                        *ret = slice;
        }
        if (profile < uki->n_profiles || profile == 0)
                return true;
        text_str(why, "has no profile ");
        text_dec(why, profile);
        text_str(why, ": it has ");
        text_dec(why, uki->n_profiles > 0 ? uki->n_profiles : 1);
        text_str(why, uki->n_profiles > 1 ? " profiles, counted from 0" : " profile, number 0");
        return false;
}

static void fill(const struct pe *pe, struct slice base, struct slice own, struct uki *uki) {
        for (size_t i = 0; i < UKI_SECTION_COUNT; i++) {
                const struct pe_section *s = find_in(pe, own, names[i]);

                s = s ? s : find_in(pe, base, names[i]);
                uki->has[i] = s != NULL;
                uki->section[i] = s ? pe_bytes(pe, s) : (struct span) { 0 };
        }
}

static bool fill_policy(const struct pe *pe, struct slice base, struct uki *uki, struct text *why) {
        const struct pe_section *s = pe_find(pe, ".ukipol", 0);

        uki->has_policy = s != NULL;
        uki->policy = (struct span) { 0 };
        if (!s)
                return true;
        s = find_in(pe, base, ".ukipol");
        if (!s)
                return refuse(why, "has an empty .ukipol", "", ": an empty policy is an error");
        uki->policy = pe_bytes(pe, s);
        return true;
}

static bool judge_linux(const struct pe *pe, const struct uki *uki, struct text *why) {
        const char *fault = !uki_is_candidate(pe)            ? "has no .linux section: it is not a UKI"
                            : !uki->has[UKI_LINUX]           ? "has no .linux section in this profile"
                            : uki->section[UKI_LINUX].n == 0 ? "has a .linux section with nothing in it"
                                                             : NULL;

        if (fault)
                text_str(why, fault);
        return !fault;
}

/* A stub without a section for its mark. */
static bool find_mark_in_code(const struct pe *pe, struct stubmark *ret) {
        static const char code[][9] = { ".text", ".rodata", ".data" };

        for (size_t i = 0; i < COUNT(code); i++) {
                const struct pe_section *s = find_in(pe, base_slice(pe), code[i]);

                if (s && stubmark_of_code(pe_bytes(pe, s), ret))
                        return true;
        }
        return false;
}

void uki_read_stub(const struct pe *pe, struct uki *ret) {
        const struct pe_section *magic = find_in(pe, base_slice(pe), ".sdmagic");
        struct stubmark mark = { 0 };
        bool found = magic ? stubmark_of_section(pe_bytes(pe, magic), &mark) : find_mark_in_code(pe, &mark);

        ret->stub = found ? UKI_STUB_SYSTEMD : UKI_STUB_OTHER;
        ret->stub_version = mark.version;
        ret->stub_minor = mark.minor;
        memcpy(ret->stub_text, mark.text, sizeof(ret->stub_text));
}

bool uki_open(const struct pe *pe, unsigned profile, struct uki *ret, struct text *why) {
        const struct slice base = base_slice(pe);
        struct uki uki = { .machine = pe->machine, .profile = profile };
        struct slice own;

        if (!pe_once_sections(pe, data, COUNT(data), why) || !pe_once_relocations(pe, data, COUNT(data), why) ||
            !pe_once_debug(pe, data, COUNT(data), why))
                return false;
        if (!find_profile(pe, profile, &uki, &own, why) || !fill_policy(pe, base, &uki, why))
                return false;
        fill(pe, base, own, &uki);
        uki_read_stub(pe, &uki);
        if (!judge_linux(pe, &uki, why))
                return false;
        *ret = uki;
        return true;
}

bool uki_is_candidate(const struct pe *pe) {
        return pe_find(pe, ".linux", 0) != NULL;
}

/* Linux Documentation/arch/x86/boot.rst: "HdrS" at 0x202, the protocol's version at 0x206, cmdline_size at 0x238 from version
 * 2.06 on. */
static uint32_t cmdline_max(struct span linux_bytes, uint16_t machine) {
        const uint32_t most = 2047, of_old_kernels = 255;
        const struct arch *arch = arch_of(machine);
        uint32_t magic, size;
        uint16_t version;

        if (!arch || !arch->bzimage || !span_u32(linux_bytes, 0x202, &magic) || magic != 0x53726448)
                return most;
        if (!span_u16(linux_bytes, 0x206, &version) || version < 0x0206 || !span_u32(linux_bytes, 0x238, &size))
                return of_old_kernels;
        return size < most ? size : most;
}

/* What systemd-stub asks for before it jumps there (src/boot/linux_x86.c, 252 to 262): the same header, relocatable_kernel at
 * 0x234 and from version 2.12 on the bit XLF_EFI_HANDOVER_64 in xloadflags at 0x236. On a kernel without, the stub gives up, and
 * may crash in doing so. */
static bool has_handover(struct span linux_bytes, uint16_t machine) {
        const uint16_t handover_64 = 1 << 3;
        const struct arch *arch = arch_of(machine);
        uint32_t magic;
        uint16_t boot_flag, version, flags;
        uint8_t relocatable;

        if (!arch || !arch->bzimage || !span_u16(linux_bytes, 0x1fe, &boot_flag) || boot_flag != 0xaa55 ||
            !span_u32(linux_bytes, 0x202, &magic) || magic != 0x53726448 || !span_u16(linux_bytes, 0x206, &version) ||
            version < 0x020b || !span_u16(linux_bytes, 0x236, &flags))
                return false;
        relocatable = linux_bytes.p[0x234];
        return relocatable != 0 && (version < 0x020c || (flags & handover_64));
}

/* What builds of Linux leave beside the file that EFI starts (arm64's Image.gz, vmlinux), by the first bytes. */
static const char *kind_of(struct span file) {
        static const struct {
                char magic[7];
                char kind[25];
        } kinds[] = {
                { "\x1f\x8b", "is compressed by gzip" },
                { "\xfd"
                  "7zXZ",
                  "is compressed by xz" },
                { "(\xb5/\xfd", "is compressed by zstd" },
                { "\x02!L\x18", "is compressed by lz4" },
                { "BZh", "is compressed by bzip2" },
                { "]", "is compressed by lzma" },
                { "\x89LZO", "is compressed by lzo" },
                { "\x7f"
                  "ELF",
                  "is an ELF file" },
        };

        for (size_t i = 0; i < COUNT(kinds); i++)
                if (span_starts(file, kinds[i].magic))
                        return kinds[i].kind;
        return NULL;
}

bool uki_kernel_open(struct span linux_bytes, uint16_t machine, struct pe *scratch, struct uki_kernel *ret, struct text *why) {
        char buf[256];
        struct text clause = TEXT_IN(buf);

        if (pe_open_file(linux_bytes, scratch, &clause) && scratch->machine == machine) {
                ret->cmdline_max = cmdline_max(linux_bytes, machine);
                ret->efi_entry = scratch->major_image_version >= 1;
                ret->handover = has_handover(linux_bytes, machine);
                return true;
        }
        if (kind_of(linux_bytes)) {
                text_clear(&clause);
                text_cat(&clause, kind_of(linux_bytes), ": take bzImage, Image or vmlinuz.efi of that build", NULL);
        } else if (clause.len == 0)
                text_cat(&clause, "is for ", arch_name(scratch->machine), NULL);
        text_cat(why, "has a kernel in .linux that EFI cannot start: it ", buf, NULL);
        return false;
}
