/* SPDX-License-Identifier: BSD-2-Clause */
#include "addon.h"

#include "dtb.h"
#include "pe_once.h"

/* An addon of ukify 257 has .text, .sdmagic and .sbat beside its content; those of other stubs may have .rodata, .data and
 * .reloc. */
static const char words[][9] = {
        ".cmdline", ".uname", ".sbat", ".osrel", ".sdmagic", ".text", ".rodata", ".data", ".reloc",
};

/* What is read again from the copy that the stub loads. */
static const char judged[][9] = { ".cmdline", ".uname", ".initrd", ".ucode", ".dtb" };

/* Code, not words: whether a policy wants them is the plan's business. */
static const char code[][9] = { ".initrd", ".ucode", ".dtb" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool one_of(const struct pe_section *s, const char (*list)[9], size_t n) {
        for (size_t i = 0; i < n; i++)
                if (pe_named(s, list[i]))
                        return true;
        return false;
}

static bool refuse_section(const struct pe_section *s, const char *clause, struct text *why) {
        text_str(why, "has section ");
        text_shown(why, span_of(s->name), 8);
        text_str(why, clause);
        return false;
}

static bool judge_sections(const struct pe *pe, struct text *why) {
        for (size_t i = 0; i < pe->n_sections; i++) {
                const struct pe_section *s = &pe->sections[i];

                if (pe_named(s, ".linux")) {
                        text_str(why, "has a .linux section: it is a UKI, not an addon");
                        return false;
                }
                if (!one_of(s, words, COUNT(words)) && !one_of(s, code, COUNT(code)))
                        return refuse_section(s, ", which an addon must not hold", why);
                if (pe_find(pe, s->name, i + 1))
                        return refuse_section(s, " twice", why);
                if (s->vsize > (uint64_t) s->raw_size + (one_of(s, code, COUNT(code)) ? 0 : pe->file_alignment) &&
                    one_of(s, judged, COUNT(judged)))
                        return refuse_section(s, " with a VirtualSize that the file does not fill", why);
        }
        return true;
}

/* An addon is loaded twice, by ukiload and by the stub, at two addresses: both must get the same, or both nothing. EDK2 follows
 * the resource and debug directories into memory that nobody filled; an addon needs neither. */
static bool judge_loads(const struct pe *pe, struct text *why) {
        for (uint32_t i = 0; i < pe->n_dirs; i++) {
                const struct pe_dir dir = pe_directory(pe, i);

                if (i == PE_DIR_SECURITY || i == PE_DIR_RELOC || (dir.addr == 0 && dir.size == 0))
                        continue;
                text_str(why, "has data directory ");
                text_dec(why, i);
                text_str(why, ", which an addon must not have: make it with ukify or ukictl addon make");
                return false;
        }
        return pe_once_relocations(pe, NULL, 0, why) && pe_once_sections(pe, judged, COUNT(judged), why);
}

/* As for the stub, a section with VirtualSize 0 is not there. */
static bool section(const struct pe *pe, const char *name, struct span *ret) {
        const struct pe_section *s = pe_find(pe, name, 0);
        const bool has = s && s->vsize > 0;

        *ret = has ? pe_bytes(pe, s) : (struct span) { 0 };
        return has;
}

static bool is_blank(uint8_t c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0x7f;
}

static struct span trim_line(struct span s) {
        while (s.n > 0 && is_blank(s.p[s.n - 1]))
                s.n--;
        while (s.n > 0 && is_blank(s.p[0]))
                s = span_from(s, 1);
        return s;
}

static bool judge_content(const struct addon *a, struct text *why) {
        if (a->cmdline.n > ADDON_CMDLINE_MAX) {
                text_str(why, "has a .cmdline of ");
                text_dec(why, a->cmdline.n);
                text_str(why, " bytes, more than the " LIMIT_TEXT(ADDON_CMDLINE_MAX) " that one addon may give");
                return false;
        }
        if (a->cmdline.n == 0 && a->initrd.n == 0 && a->ucode.n == 0 && a->dtb.n == 0) {
                text_str(why, "holds nothing: no .cmdline with a word in it, no .initrd, .ucode or .dtb");
                return false;
        }
        return dtb_without_bootargs(a->dtb, why);
}

static bool fits_machine(const struct pe *pe, const struct uki *uki, struct text *why) {
        if (!uki || pe->machine == uki->machine)
                return true;
        text_cat(why, "is for ", arch_name(pe->machine), ", the UKI for ", arch_name(uki->machine), NULL);
        return false;
}

/* Equal, and no prefix: the stub compares only as many bytes as the addon has. */
static bool fits_uname(const struct addon *a, const struct uki *uki, struct text *why) {
        if (!uki || !a->has_uname)
                return true;
        if (uki->has[UKI_UNAME] && span_eq(a->uname, span_trim_nul(uki->section[UKI_UNAME])))
                return true;
        text_str(why, "is for kernel ");
        text_quoted(why, a->uname);
        text_str(why, uki->has[UKI_UNAME] ? ", the UKI has " : ", the UKI does not say which it has (no .uname)");
        if (uki->has[UKI_UNAME])
                text_quoted(why, span_trim_nul(uki->section[UKI_UNAME]));
        return false;
}

enum addon_verdict addon_open(const struct pe *pe, const struct uki *uki, struct addon *ret, struct text *why) {
        struct addon a;

        if (!fits_machine(pe, uki, why))
                return ADDON_NOT_FOR_IMAGE;
        if (!judge_sections(pe, why) || !judge_loads(pe, why))
                return ADDON_BAD;
        a.has_cmdline = section(pe, ".cmdline", &a.text);
        a.text = span_trim_nul(a.text);
        a.cmdline = trim_line(a.text);
        (void) section(pe, ".initrd", &a.initrd);
        (void) section(pe, ".ucode", &a.ucode);
        (void) section(pe, ".dtb", &a.dtb);
        a.has_uname = section(pe, ".uname", &a.uname);
        a.uname = span_trim_nul(a.uname);
        if (!judge_content(&a, why))
                return ADDON_BAD;
        if (!fits_uname(&a, uki, why))
                return ADDON_NOT_FOR_IMAGE;
        *ret = a;
        return ADDON_FITS;
}

bool addon_same(const struct addon *a, const struct addon *b) {
        return a->has_cmdline == b->has_cmdline && span_eq(a->text, b->text) && span_eq(a->initrd, b->initrd) &&
               span_eq(a->ucode, b->ucode) && span_eq(a->dtb, b->dtb) && a->has_uname == b->has_uname &&
               span_eq(a->uname, b->uname);
}
