/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "addon.h"
#include "pe_image.h"
#include "pe_load.h"
#include "why.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct image image, uki_image;
static struct pe pe, uki_pe;
static struct addon addon;
static struct uki uki;

/* A UKI; its uname may be NULL. */
static void make_uki(const char *uname, size_t n) {
        const struct pe_write_section sections[] = { TEXT_SECTION(".linux", "kernel"),
                                                     { .name = ".uname", .data = { (const uint8_t *) uname, n } } };

        image_make(&uki_image, PE_MACHINE_X86_64, sections, uname ? 2 : 1);
        assert_true(pe_open_file(image_span(&uki_image), &uki_pe, &why));
        assert_true(uki_open(&uki_pe, 0, &uki, &why));
}

/* The verdict about the file, which must be the verdict about the loaded image too. */
static enum addon_verdict judge(const struct uki *of) {
        static struct pe loaded;
        struct addon from_memory;
        char said[384];
        struct text memory_why = TEXT_IN(said);
        struct span memory;
        enum addon_verdict verdict;

        text_clear(&why);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        verdict = addon_open(&pe, of, &addon, &why);
        memory = pe_load(&pe);
        assert_true(pe_open_image(memory, &loaded, &memory_why));
        assert_int_equal(addon_open(&loaded, of, &from_memory, &memory_why), verdict);
        assert_string_equal(buf, said);
        assert_int_equal(why.len == 0, verdict == ADDON_FITS);
        if (verdict == ADDON_FITS)
                assert_true(addon_same(&addon, &from_memory));
        free((void *) (uintptr_t) memory.p);
        return verdict;
}

static enum addon_verdict judge_sections(const struct pe_write_section *sections, size_t n, const struct uki *of) {
        image_make(&image, PE_MACHINE_X86_64, sections, n);
        return judge(of);
}

static void opens_what_ukify_makes(void **state) {
        static const struct pe_write_section sections[] = { TEXT_SECTION(".sdmagic", "#### LoaderInfo: systemd-addon 257 ####"),
                                                            TEXT_SECTION(".osrel", "ID=x"),
                                                            TEXT_SECTION(".cmdline", "crashkernel=256M"),
                                                            TEXT_SECTION(".uname", "6.1.0-x"),
                                                            TEXT_SECTION(".sbat", "sbat,1"),
                                                            TEXT_SECTION(".rodata", "r"),
                                                            TEXT_SECTION(".data", "d") };

        (void) state;
        make_uki("6.1.0-x", 7);
        assert_int_equal(judge_sections(sections, COUNT(sections), NULL), ADDON_FITS);
        assert_int_equal(judge_sections(sections, COUNT(sections), &uki), ADDON_FITS);
        assert_true(span_eq_str(addon.cmdline, "crashkernel=256M"));
        assert_true(addon.has_uname);
        assert_true(span_eq_str(addon.uname, "6.1.0-x"));
        assert_int_equal(addon.initrd.n + addon.ucode.n + addon.dtb.n, 0);
}

static void hands_out_what_is_code(void **state) {
        static const struct pe_write_section sections[] = { TEXT_SECTION(".initrd", "cpio"), TEXT_SECTION(".ucode", "micro"),
                                                            TEXT_SECTION(".dtb", "tree") };

        (void) state;
        assert_int_equal(judge_sections(sections, COUNT(sections), NULL), ADDON_FITS);
        assert_int_equal(addon.cmdline.n, 0);
        assert_false(addon.has_uname);
        assert_true(span_eq_str(addon.initrd, "cpio"));
        assert_true(span_eq_str(addon.ucode, "micro"));
        assert_true(span_eq_str(addon.dtb, "tree"));
}

static const struct {
        struct pe_write_section sections[2];
        size_t n;
        const char *line; /* NULL: refused */
} lines[] = {
        { { TEXT_SECTION(".cmdline", "a=b c") }, 1, "a=b c" },
        { { TEXT_SECTION(".cmdline", "a\n") }, 1, "a" },
        { { TEXT_SECTION(".cmdline", "a\n\0\0\0") }, 1, "a" },
        { { TEXT_SECTION(".cmdline", "  a b  \n\0") }, 1, "a b" },
        { { TEXT_SECTION(".cmdline", "a\n\n") }, 1, "a" },
        { { TEXT_SECTION(".cmdline", "a\r\nb\r\n\r\n\0\0") }, 1, "a\r\nb" },
        { { TEXT_SECTION(".cmdline", "\ta\x7f") }, 1, "a" },
        /* the rest is overlay_add's to refuse: nothing is cleaned away that could have been meant */
        { { TEXT_SECTION(".cmdline", "a\v\n") }, 1, "a\v" },
        { { TEXT_SECTION(".cmdline", "\1a") }, 1, "\1a" },
        { { TEXT_SECTION(".cmdline", "\xef\xbb\277a") }, 1, "\xef\xbb\277a" },
        { { TEXT_SECTION(".cmdline", "\n") }, 1, NULL },
        { { TEXT_SECTION(".cmdline", "   ") }, 1, NULL },
        { { TEXT_SECTION(".cmdline", "  \r\n\t\x7f\0\0") }, 1, NULL },
        { { TEXT_SECTION(".cmdline", "\0\0\0\0") }, 1, NULL },
        { { TEXT_SECTION(".cmdline", " "), TEXT_SECTION(".initrd", "x") }, 2, "" },
};

static void trims_the_line(void **state) {
        static const struct pe_write_section holed[] = { TEXT_SECTION(".cmdline", "a\0b\0") };

        (void) state;
        for (size_t i = 0; i < COUNT(lines); i++) {
                enum addon_verdict verdict = judge_sections(lines[i].sections, lines[i].n, NULL);

                if (verdict != (lines[i].line ? ADDON_FITS : ADDON_BAD))
                        fail_msg("line %zu: verdict %d \"%s\"", i, verdict, buf);
                if (lines[i].line)
                        assert_true(span_eq_str(addon.cmdline, lines[i].line));
                else
                        assert_string_equal(buf, "holds nothing: no .cmdline with a word in it, no .initrd, .ucode or .dtb");
        }
        assert_int_equal(judge_sections(holed, 1, NULL), ADDON_FITS);
        assert_int_equal(addon.cmdline.n, 3); /* the NUL inside stays, to be refused */
}

static void bounds_the_line(void **state) {
        static char large[ADDON_CMDLINE_MAX + 2];
        struct pe_write_section section = { .name = ".cmdline", .data = { (const uint8_t *) large, ADDON_CMDLINE_MAX } };

        (void) state;
        memset(large, 'a', sizeof(large));
        assert_int_equal(judge_sections(&section, 1, NULL), ADDON_FITS);
        section.data.n++;
        assert_int_equal(judge_sections(&section, 1, NULL), ADDON_BAD);
        assert_string_equal(buf, "has a .cmdline of 4097 bytes, more than the 4096 that one addon may give");
        large[ADDON_CMDLINE_MAX] = '\n';
        assert_int_equal(judge_sections(&section, 1, NULL), ADDON_FITS);
}

#define WORD TEXT_SECTION(".cmdline", "a")

static void refuses_any_other_section(void **state) {
        static const char others[][9] = {
                ".profile", ".dtbauto", ".hwids", ".efifw", ".pcrsig", ".pcrpkey", ".splash", ".ukipol",
                ".bss",     ".foo",     "/4",     "",       ".cmdlin", ".CMDLINE", "\x1b[2J",
        };

        (void) state;
        for (size_t i = 0; i < COUNT(others); i++) {
                struct pe_write_section sections[] = { WORD, TEXT_SECTION("", "x") };
                char shown[64];
                struct text name = TEXT_IN(shown);

                memcpy(sections[1].name, others[i], sizeof(others[i]));
                text_str(&name, "has section ");
                text_shown(&name, span_of(others[i]), 8);
                text_str(&name, ", which an addon must not hold");
                assert_int_equal(judge_sections(sections, 2, NULL), ADDON_BAD);
                assert_string_equal(buf, shown);
        }
}

static void refuses_a_section_twice(void **state) {
        static const char names[][9] = {
                ".cmdline", ".uname", ".sbat",  ".osrel",  ".sdmagic", ".text",
                ".rodata",  ".data",  ".reloc", ".initrd", ".ucode",   ".dtb",
        };

        (void) state;
        for (size_t i = 0; i < COUNT(names); i++) {
                struct pe_write_section sections[] = { TEXT_SECTION("", "x"), TEXT_SECTION("", "y") };

                memcpy(sections[0].name, names[i], sizeof(names[i]));
                memcpy(sections[1].name, names[i], sizeof(names[i]));
                assert_int_equal(judge_sections(sections, 2, NULL), ADDON_BAD);
                assert_non_null(strstr(buf, names[i]));
                assert_non_null(strstr(buf, " twice"));
        }
}

static void knows_a_uki(void **state) {
        static const struct pe_write_section sections[] = { WORD, TEXT_SECTION(".linux", "kernel") };

        (void) state;
        assert_int_equal(judge_sections(sections, 2, NULL), ADDON_BAD);
        assert_string_equal(buf, "has a .linux section: it is a UKI, not an addon");
}

static void the_empty_stub_is_no_addon(void **state) {
        (void) state;
        assert_int_equal(judge_sections(NULL, 0, NULL), ADDON_BAD);
        assert_non_null(strstr(buf, "holds nothing"));
}

static void a_section_without_size_is_absent(void **state) {
        static const struct pe_write_section sections[] = { WORD, TEXT_SECTION(".uname", "6.1") };

        (void) state;
        make_uki("6.2", 3);
        image_make(&image, PE_MACHINE_X86_64, sections, 2);
        image_put(&image, ROW(3, ROW_VSIZE), 0, 4);
        assert_int_equal(judge(&uki), ADDON_FITS);
        assert_false(addon.has_uname);
        image_put(&image, ROW(2, ROW_VSIZE), 0, 4);
        assert_int_equal(judge(&uki), ADDON_BAD);
}

static void text_is_in_the_file(void **state) {
        static const struct pe_write_section sections[] = { WORD, TEXT_SECTION(".uname", "6.1"), TEXT_SECTION(".data", "x") };

        (void) state;
        for (uint32_t row = 2; row < 5; row++) {
                image_make(&image, PE_MACHINE_X86_64, sections, 3);
                image_put(&image, ROW(row, ROW_VSIZE), 0x400, 4);
                assert_int_equal(judge(NULL), ADDON_FITS);
                image_put(&image, ROW(row, ROW_VSIZE), 0x401, 4);
                assert_int_equal(judge(NULL), row < 4 ? ADDON_BAD : ADDON_FITS); /* nobody reads .data */
                assert_true(row == 4 || strstr(buf, "VirtualSize that the file does not fill"));
        }
}

/* Of what is code no zeros are left to memory: the file and the image must have the same bytes. */
static void code_is_in_the_file(void **state) {
        static const char names[][9] = { ".initrd", ".ucode", ".dtb" };

        (void) state;
        for (size_t i = 0; i < COUNT(names); i++) {
                struct pe_write_section sections[] = { WORD, TEXT_SECTION("", "x") };

                memcpy(sections[1].name, names[i], sizeof(names[i]));
                image_make(&image, PE_MACHINE_X86_64, sections, 2);
                image_put(&image, ROW(3, ROW_VSIZE), 0x200, 4);
                assert_int_equal(judge(NULL), ADDON_FITS);
                image_put(&image, ROW(3, ROW_VSIZE), 0x201, 4);
                assert_int_equal(judge(NULL), ADDON_BAD);
                assert_non_null(strstr(buf, "VirtualSize that the file does not fill"));
        }
}

/* Whatever a relocation hits: not the words alone, but the section table or the next block of relocations would do. */
static void refuses_every_relocation(void **state) {
        static const struct pe_write_section sections[] = { WORD, TEXT_SECTION(".sbat", "sbat,1") };
        static const uint16_t nothing[] = { 0x1000, 0, 12, 0, 0, 0 };

        (void) state;
        for (uint16_t page = 0x1000; page < 0x5000; page = (uint16_t) (page + 0x1000))
                for (uint16_t kind = 1; kind < 16; kind++) {
                        const uint16_t words[] = { page, 0, 12, 0, (uint16_t) (kind << 12), 0 };

                        image_make(&image, PE_MACHINE_X86_64, sections, 2);
                        image_relocate(&image, words, COUNT(words));
                        assert_int_equal(judge(NULL), ADDON_BAD);
                        assert_non_null(strstr(buf, "has a base relocation at "));
                }
        image_relocate(&image, nothing, COUNT(nothing));
        assert_int_equal(judge(NULL), ADDON_FITS);
}

static void has_no_other_directory(void **state) {
        static const struct pe_write_section sections[] = { WORD };

        (void) state;
        for (uint32_t i = 0; i < 16; i++)
                for (uint32_t field = 0; i != 4 && i != 5 && field < 8; field += 4) {
                        image_make(&image, PE_MACHINE_X86_64, sections, 1);
                        image_put(&image, AT_RELOC_DIR - 40 + 8 * i + field, 1, 4);
                        assert_int_equal(judge(NULL), ADDON_BAD);
                        assert_non_null(strstr(buf, ", which an addon must not have"));
                }
        image_make(&image, PE_MACHINE_X86_64, sections, 1);
        image_sign(&image, 64);
        assert_int_equal(judge(NULL), ADDON_FITS);
}

static void every_loader_loads_its_content(void **state) {
        static const char names[][9] = { ".cmdline", ".uname", ".initrd", ".ucode", ".dtb" };
        static const uint32_t flags[] = { 0x00000040, 0x42000040, 0x400000c0 };

        (void) state;
        for (size_t i = 0; i < COUNT(names); i++)
                for (size_t j = 0; j < COUNT(flags); j++) {
                        struct pe_write_section sections[] = { TEXT_SECTION("", "x"), TEXT_SECTION(".sbat", "x") };

                        memcpy(sections[0].name, names[i], sizeof(names[i]));
                        image_make(&image, PE_MACHINE_X86_64, sections, 2);
                        image_put(&image, ROW(2, ROW_FLAGS), flags[j], 4);
                        assert_int_equal(judge(NULL), ADDON_BAD);
                        assert_non_null(strstr(buf, "with flags by which some loaders leave it out"));
                }
}

static void another_machine_is_no_violation(void **state) {
        static const struct pe_write_section sections[] = { WORD };

        (void) state;
        make_uki(NULL, 0);
        image_make(&image, PE_MACHINE_AARCH64, sections, 1);
        assert_int_equal(judge(&uki), ADDON_NOT_FOR_IMAGE);
        assert_string_equal(buf, "is for aarch64, the UKI for x86_64");
        assert_int_equal(judge(NULL), ADDON_FITS);
}

static const struct {
        const char *addon, *uki; /* NULL: none */
        size_t n_addon, n_uki;
        bool fits;
} unames[] = {
        { "6.1.0-x", "6.1.0-x", 7, 7, true },    { "6.1.0-x\0\0", "6.1.0-x", 9, 7, true },
        { "6.1.0-x", "6.1.0-x\0", 7, 8, true },  { "6.1.", "6.1.0-x", 4, 7, false }, /* the stub takes a prefix for a match */
        { "6.1.0-x-y", "6.1.0-x", 9, 7, false }, { "6.1.0-X", "6.1.0-x", 7, 7, false },
        { "6.1.0-x ", "6.1.0-x", 8, 7, false },  { "6.1.0-x\n", "6.1.0-x", 8, 7, false },
        { "\0", "6.1.0-x", 1, 7, false },        { "6.1\0.0-x", "6.1.0-x", 8, 7, false },
        { "6.1.0-x", NULL, 7, 0, false },        { "\0", NULL, 1, 0, false },
};

static void uname_is_equal_or_not_for_this_image(void **state) {
        static const struct pe_write_section other[] = { WORD, TEXT_SECTION(".uname", "5") };

        (void) state;
        for (size_t i = 0; i < COUNT(unames); i++) {
                const struct pe_write_section sections[] = {
                        WORD, { .name = ".uname", .data = { (const uint8_t *) unames[i].addon, unames[i].n_addon } }
                };
                enum addon_verdict verdict;

                make_uki(unames[i].uki, unames[i].n_uki);
                verdict = judge_sections(sections, 2, &uki);
                if (verdict != (unames[i].fits ? ADDON_FITS : ADDON_NOT_FOR_IMAGE))
                        fail_msg("row %zu: verdict %d \"%s\"", i, verdict, buf);
                assert_int_equal(judge_sections(sections, 2, NULL), ADDON_FITS);
        }
        make_uki("6.1.0-x", 7);
        assert_int_equal(judge_sections((struct pe_write_section[]) { WORD }, 1, &uki), ADDON_FITS);
        assert_int_equal(judge_sections(other, 2, &uki), ADDON_NOT_FOR_IMAGE);
        assert_string_equal(buf, "is for kernel \"5\", the UKI has \"6.1.0-x\"");
        make_uki(NULL, 0);
        assert_int_equal(judge_sections(other, 2, &uki), ADDON_NOT_FOR_IMAGE);
        assert_string_equal(buf, "is for kernel \"5\", the UKI does not say which it has (no .uname)");
}

static void compares_all_content(void **state) {
        struct addon a = { .has_cmdline = true, .has_uname = true };

        (void) state;
        a.text = span_of("a");
        a.initrd = span_of("i");
        a.ucode = span_of("u");
        a.dtb = span_of("d");
        a.uname = span_of("n");
        for (unsigned i = 0; i < 12; i++) {
                struct addon b = a;
                struct span *const parts[] = { &b.text, &b.initrd, &b.ucode, &b.dtb, &b.uname };

                assert_true(addon_same(&a, &b));
                if (i < 10)
                        *parts[i / 2] = span_of(i % 2 ? "" : "b");
                b.has_cmdline = i != 10;
                b.has_uname = i != 11;
                assert_false(addon_same(&a, &b));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(opens_what_ukify_makes, fresh),
                cmocka_unit_test_setup(hands_out_what_is_code, fresh),
                cmocka_unit_test_setup(trims_the_line, fresh),
                cmocka_unit_test_setup(bounds_the_line, fresh),
                cmocka_unit_test_setup(refuses_any_other_section, fresh),
                cmocka_unit_test_setup(refuses_a_section_twice, fresh),
                cmocka_unit_test_setup(knows_a_uki, fresh),
                cmocka_unit_test_setup(the_empty_stub_is_no_addon, fresh),
                cmocka_unit_test_setup(a_section_without_size_is_absent, fresh),
                cmocka_unit_test_setup(text_is_in_the_file, fresh),
                cmocka_unit_test_setup(code_is_in_the_file, fresh),
                cmocka_unit_test_setup(refuses_every_relocation, fresh),
                cmocka_unit_test_setup(has_no_other_directory, fresh),
                cmocka_unit_test_setup(every_loader_loads_its_content, fresh),
                cmocka_unit_test_setup(another_machine_is_no_violation, fresh),
                cmocka_unit_test_setup(uname_is_equal_or_not_for_this_image, fresh),
                cmocka_unit_test_setup(compares_all_content, fresh),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
