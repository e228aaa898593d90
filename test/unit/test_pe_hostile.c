/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile headers and section tables, one fault a row, on an image that is otherwise sound. The numbers group the rows by
 * field. */
#include "pe_sample.h"

struct row {
        const char *what;
        struct {
                uint32_t at, value, size;
        } set[4];
        int grow;         /* bytes appended (zeros) or cut */
        uint32_t sign;    /* bytes of certificate table, appended before the fields are set */
        const char *says; /* NULL: opens */
};

static void bend(const struct row *row) {
        make(NULL);
        if (row->sign > 0)
                image_sign(&image, row->sign);
        if (row->grow > 0)
                memset(image.bytes + image.n, 0, (size_t) row->grow);
        image.n = (size_t) ((long) image.n + row->grow);
        for (size_t i = 0; i < COUNT(row->set); i++)
                image_put(&image, row->set[i].at, row->set[i].value, row->set[i].size);
}

static void judge(const struct row *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                bool ok;

                bend(&rows[i]);
                ok = open_exactly(&image, false);
                if (ok != (rows[i].says == NULL) || (rows[i].says && !strstr(buf, rows[i].says)))
                        fail_msg("%s: %s \"%s\", expected \"%s\"", rows[i].what, ok ? "opens" : "refused", buf,
                                 rows[i].says ? rows[i].says : "");
                if (ok)
                        assert_int_equal(why.len, 0);
        }
}

/* Whatever its length, the beginning of an image is refused, and nothing behind it is read. */
static void refuses_every_beginning(void **state) {
        struct image part = image;

        (void) state;
        for (part.n = 0; part.n < image.n; part.n++)
                assert_false(open_exactly(&part, false));
        assert_true(open_exactly(&image, false));
}

static const struct row false_headers[] = {
        { "2 no MZ", { { 0, 'X', 1 } }, .says = "does not begin with MZ" },
        { "2 ZM", { { 0, 0x4d5a, 2 } }, .says = "does not begin with MZ" },
        { "2 PE without DOS", { { 0, 0x4550, 4 } }, .says = "does not begin with MZ" },
        { "3 lfanew 0", { { AT_LFANEW, 0, 4 } }, .says = "inside the DOS header, at 0x0" },
        { "3 lfanew 0x3c", { { AT_LFANEW, 0x3c, 4 } }, .says = "inside the DOS header" },
        { "3 lfanew odd", { { AT_LFANEW, 0x41, 4 } }, .says = "no PE signature at 0x41" },
        { "3 lfanew size - 1", { { AT_LFANEW, 0xdff, 4 } }, .says = "no PE signature at 0xdff" },
        { "3 lfanew size - 4", { { AT_LFANEW, 0xdfc, 4 }, { 0xdfc, 0x4550, 4 } }, .says = "ends inside its COFF header" },
        { "3 lfanew size", { { AT_LFANEW, 0xe00, 4 } }, .says = "no PE signature" },
        { "3 lfanew huge", { { AT_LFANEW, 0xffffffff, 4 } }, .says = "no PE signature" },
        { "4 no signature", { { AT_PE, 0x4551, 4 } }, .says = "no PE signature at 0x40" },
        { "4 half a COFF header", { { AT_LFANEW, 0xe00 - 25, 4 }, { 0xe00 - 25, 0x4550, 4 } }, .says = "COFF header" },
        { "5 other machine", { { AT_MACHINE, NO_MACHINE, 2 } }, .says = NULL },
        { "5 machine 0", { { AT_MACHINE, 0, 2 } }, .says = NULL },
        { "5 ia32 with a 64-bit header", { { AT_MACHINE, PE_MACHINE_IA32, 2 } }, .says = "wrong optional header magic 0x20b" },
        { "5 COFF bigobj", { { 0, 0xffff0000, 4 } }, .says = "does not begin with MZ" },
        { "5 COFF bigobj behind the signature", { { AT_MACHINE, 0xffff0000, 4 } }, .says = "more than 256" },
        { "6 no sections", { { AT_N_SECTIONS, 0, 2 } }, .says = "has no sections" },
        { "6 one section of five", { { AT_N_SECTIONS, 1, 2 } }, .says = NULL },
        { "6 257 sections", { { AT_N_SECTIONS, 257, 2 } }, .says = "more than 256" },
        { "6 65535 sections", { { AT_N_SECTIONS, 65535, 2 } }, .says = "more than 256" },
        { "6 too many sections for the headers",
          { { AT_N_SECTIONS, 96, 2 } },
          .says = "section table is not inside its headers" },
        { "6 97 sections in a short file", { { AT_N_SECTIONS, 97, 2 } }, .says = "section table is not inside its headers" },
        { "7 optional header 0", { { AT_OPT_SIZE, 0, 2 } }, .says = "does not hold its fields" },
        { "7 optional header short", { { AT_OPT_SIZE, 111, 2 } }, .says = "does not hold its fields" },
        { "7 optional header moves the table", { { AT_OPT_SIZE, 0xf0 + 40, 2 } }, .says = "disagree" },
        { "7 optional header to the end", { { AT_OPT_SIZE, 0xffff, 2 } }, .says = "does not hold its fields, size 0xffff" },
        { "8 magic PE32", { { AT_MAGIC, 0x10b, 2 } }, .says = "wrong optional header magic 0x10b" },
        { "8 magic ROM", { { AT_MAGIC, 0x107, 2 } }, .says = "wrong optional header magic" },
        { "8 magic 0", { { AT_MAGIC, 0, 2 } }, .says = "wrong optional header magic" },
        { "8 magic ROM, unknown machine", { { AT_MAGIC, 0x107, 2 }, { AT_MACHINE, 1, 2 } }, .says = "wrong optional" },
        { "9 directories 0", { { AT_N_DIRS, 0, 4 } }, .says = "disagree" },
        { "9 directories 4", { { AT_N_DIRS, 4, 4 } }, .says = "disagree" },
        { "9 directories 5", { { AT_N_DIRS, 5, 4 } }, .says = "disagree" },
        { "9 directories 15", { { AT_N_DIRS, 15, 4 } }, .says = "disagree" },
        { "9 directories 17", { { AT_N_DIRS, 17, 4 }, { AT_OPT_SIZE, 0xf8, 2 } }, .says = "disagree" },
        { "9 directories wrap", { { AT_N_DIRS, 0x20000010, 4 } }, .says = "disagree" },
        { "9 directories without end", { { AT_N_DIRS, 0xffffffff, 4 } }, .says = "disagree" },
};

static void refuses_false_headers(void **state) {
        (void) state;
        judge(false_headers, COUNT(false_headers));
}

static const struct row false_sizes[] = {
        { "10 headers 0", { { AT_SIZE_OF_HEADERS, 0, 4 } }, .says = "section table is not inside" },
        { "10 headers end in the table", { { AT_SIZE_OF_HEADERS, AT_TABLE + 5 * 40 - 1, 4 } }, .says = "section table is not" },
        { "10 headers end with the table", { { AT_SIZE_OF_HEADERS, AT_TABLE + 5 * 40, 4 } }, .says = NULL },
        { "10 headers past the file", { { AT_SIZE_OF_HEADERS, 0xe01, 4 } }, .says = "headers reach past the end" },
        { "10 headers past the image", { { AT_SIZE_OF_IMAGE, 0x400, 4 } }, .says = "leaves no room" },
        { "11 image 0", { { AT_SIZE_OF_IMAGE, 0, 4 } }, .says = "leaves no room" },
        { "11 image ends in the last section", { { AT_SIZE_OF_IMAGE, 0x5005, 4 } }, .says = ".linux reaches past SizeOfImage" },
        { "11 image ends with it", { { AT_SIZE_OF_IMAGE, 0x5006, 4 } }, .says = NULL },
        { "11 image huge", { { AT_SIZE_OF_IMAGE, 0xffffffff, 4 } }, .says = "SizeOfImage is 0xffffffff" },
        { "12 SectionAlignment 0", { { AT_SECTION_ALIGN, 0, 4 } }, .says = "SectionAlignment is 0x0" },
        { "12 SectionAlignment 1", { { AT_SECTION_ALIGN, 1, 4 } }, .says = "SectionAlignment is 0x1" },
        { "12 SectionAlignment 0x200", { { AT_SECTION_ALIGN, 0x200, 4 } }, .says = NULL },
        { "12 SectionAlignment 3", { { AT_SECTION_ALIGN, 3, 4 } }, .says = "SectionAlignment is 0x3" },
        { "12 SectionAlignment below the file's", { { AT_SECTION_ALIGN, 0x100, 4 } }, .says = "SectionAlignment is 0x100" },
        { "12 SectionAlignment huge", { { AT_SECTION_ALIGN, 0x80000000, 4 } }, .says = "SectionAlignment is" },
        { "12 both as in old kernels", { { AT_SECTION_ALIGN, 32, 4 }, { AT_FILE_ALIGN, 32, 4 } }, .says = NULL },
        { "12 FileAlignment 0", { { AT_FILE_ALIGN, 0, 4 } }, .says = "FileAlignment is 0x0" },
        { "12 FileAlignment 1", { { AT_FILE_ALIGN, 1, 4 } }, .says = NULL },
        { "12 FileAlignment 0x10000", { { AT_FILE_ALIGN, 0x10000, 4 } }, .says = "SectionAlignment is 0x1000" },
        { "12 FileAlignment 0x180", { { AT_FILE_ALIGN, 0x180, 4 } }, .says = "FileAlignment is 0x180" },
        { "12 FileAlignment huge", { { AT_FILE_ALIGN, 0x20000, 4 }, { AT_SECTION_ALIGN, 0x20000, 4 } }, .says = "FileAlign" },
        { "13 relocations past the image", { { AT_RELOC_DIR + 4, 0x4001, 4 } }, .says = "base relocations" },
        { "13 relocations to its end", { { AT_RELOC_DIR + 4, 0x4000, 4 } }, .says = NULL },
        { "13 relocations wrap", { { AT_RELOC_DIR + 4, 0xfffff000, 4 } }, .says = "base relocations" },
        { "13 no relocations", { { AT_RELOC_DIR, 0, 4 }, { AT_RELOC_DIR + 4, 0, 4 } }, .says = NULL },
        { "14 entry 0", { { AT_ENTRY, 0, 4 } }, .says = "entry point lies in no section: 0x0" },
        { "14 entry in the headers", { { AT_ENTRY, 0x100, 4 } }, .says = "entry point lies in no section" },
        { "14 entry behind .text", { { AT_ENTRY, 0x100b, 4 } }, .says = "entry point lies in no section: 0x100b" },
        { "14 entry on .text's last byte", { { AT_ENTRY, 0x100a, 4 } }, .says = NULL },
        { "14 entry past the image", { { AT_ENTRY, 0x7000, 4 } }, .says = "entry point lies in no section" },
        { "14 entry in data", { { AT_ENTRY, 0x5000, 4 } }, .says = NULL },
        { "14 entry in two sections",
          { { AT_ENTRY, 0x1002, 4 }, { ROW(LINUX, ROW_VADDR), 0x1000, 4 } },
          .says = ".text and .linux overlap" },
        { "15 boot service driver", { { AT_SUBSYSTEM, 11, 2 } }, .says = "not an EFI application: its subsystem is 0xb" },
        { "15 Windows program", { { AT_SUBSYSTEM, 3, 2 } }, .says = "not an EFI application" },
        { "15 DLL", { { AT_CHARACTERISTICS, 0x2022, 2 } }, .says = NULL },
        { "15 terse image (VZ)", { { 0, 0x5a56, 2 } }, .says = "does not begin with MZ" },
        { "15 relocations stripped", { { AT_CHARACTERISTICS, 0x223, 2 } }, .says = "firmware can load it at one address only" },
        { "15 memory for 2 GiB", { { AT_SIZE_OF_IMAGE, 0x7ffff000, 4 } }, .says = "wants far more memory than it has content" },
        { "15 memory just within", { { AT_SIZE_OF_IMAGE, 0x20000e00, 4 } }, .says = NULL },
        { "15 memory just beyond", { { AT_SIZE_OF_IMAGE, 0x20000e01, 4 } }, .says = "SizeOfImage is 0x20000e01" },
        { "24 symbol table past the end", { { AT_SYMBOLS, 0xfffffff0, 4 }, { AT_SYMBOLS + 4, 0xffffffff, 4 } }, .says = NULL },
        { "24 string table past the end", { { AT_SYMBOLS, 0x400, 4 }, { AT_SYMBOLS + 4, 0x10000000, 4 } }, .says = NULL },
};

static void refuses_false_sizes_and_places(void **state) {
        (void) state;
        judge(false_sizes, COUNT(false_sizes));
}

static const struct row false_sections[] = {
        { "17 raw wraps",
          { { ROW(LINUX, ROW_RAW_OFF), 0xfffffe00, 4 } },
          .says = ".linux has bytes that reach past the end of the file" },
        { "17 raw size wraps",
          { { ROW(LINUX, ROW_RAW_SIZE), 0xfffffe00, 4 } },
          .says = ".linux has bytes that reach past the end" },
        { "17 raw one past the end",
          { { ROW(LINUX, ROW_RAW_SIZE), 0x201, 4 } },
          .says = ".linux has bytes that reach past the end" },
        { "17 raw in the headers", { { ROW(LINUX, ROW_RAW_OFF), 0x3ff, 4 } }, .says = ".linux begins inside the headers" },
        { "17 raw in the table", { { ROW(LINUX, ROW_RAW_OFF), AT_TABLE, 4 } }, .says = ".linux begins inside the headers" },
        { "18 VA wraps", { { ROW(LINUX, ROW_VADDR), 0xffffffff, 4 } }, .says = ".linux reaches past SizeOfImage" },
        { "18 size wraps", { { ROW(LINUX, ROW_VSIZE), 0xffffffff, 4 } }, .says = ".linux reaches past SizeOfImage" },
        { "18 both wrap",
          { { ROW(LINUX, ROW_VADDR), 0xfffff000, 4 }, { ROW(LINUX, ROW_VSIZE), 0x2000, 4 } },
          .says = ".linux reaches past SizeOfImage" },
        { "18 VA 0", { { ROW(LINUX, ROW_VADDR), 0, 4 } }, .says = ".linux overlaps the headers in memory; the objcopy recipe" },
        { "18 VA in the headers", { { ROW(LINUX, ROW_VADDR), 0x3ff, 4 } }, .says = ".linux overlaps the headers in memory" },
        { "18 VA unaligned", { { ROW(LINUX, ROW_VADDR), 0x4005, 4 } }, .says = NULL },
        { "18 one past SizeOfImage", { { ROW(LINUX, ROW_VADDR), 0x5ffb, 4 } }, .says = ".linux reaches past SizeOfImage" },
        { "19 VirtualSize 0", { { ROW(LINUX, ROW_VSIZE), 0, 4 } }, .says = NULL },
        { "19 VirtualSize 0, raw past the image",
          { { ROW(LINUX, ROW_VSIZE), 0, 4 }, { ROW(LINUX, ROW_VADDR), 0x5f00, 4 } },
          .says = ".linux reaches past SizeOfImage" },
        { "19 VirtualSize 0, raw over a neighbour",
          { { ROW(LINUX, ROW_VSIZE), 0, 4 }, { ROW(LINUX, ROW_VADDR), 0x3f00, 4 } },
          .says = ".cmdline and .linux overlap in memory (0x4000 to 0x4005, 0x3f00 to 0x4100)" },
        { "19 raw 0, as .bss", { { ROW(LINUX, ROW_RAW_SIZE), 0, 4 }, { ROW(LINUX, ROW_RAW_OFF), 0, 4 } }, .says = NULL },
        { "19 raw 0 at any offset",
          { { ROW(LINUX, ROW_RAW_SIZE), 0, 4 }, { ROW(LINUX, ROW_RAW_OFF), 0xffffffff, 4 } },
          .says = NULL },
        { "19 raw below virtual", { { ROW(LINUX, ROW_VSIZE), 0x1000, 4 } }, .says = NULL },
        { "19 nothing at all",
          { { ROW(LINUX, ROW_VSIZE), 0, 4 }, { ROW(LINUX, ROW_RAW_SIZE), 0, 4 }, { ROW(LINUX, ROW_VADDR), 0, 4 } },
          .says = NULL },
        { "20 one raw range",
          { { ROW(LINUX, ROW_RAW_OFF), 0xa00, 4 } },
          .says = ".cmdline and .linux overlap in the file (0xa00 to 0xc00, 0xa00 to 0xc00)" },
        { "20 raw ranges by one byte", { { ROW(CMDLINE, ROW_RAW_SIZE), 0x201, 4 } }, .says = "overlap in the file" },
        { "20 one VA range",
          { { ROW(LINUX, ROW_VADDR), 0x4000, 4 } },
          .says = ".cmdline and .linux overlap in memory (0x4000 to 0x4005, 0x4000 to 0x4006); "
                  "the objcopy recipe with mawk makes such images: use ukify or gawk" },
        { "20 VA ranges by one byte",
          { { ROW(LINUX, ROW_VADDR), 0x3fff, 4 }, { ROW(LINUX, ROW_VSIZE), 2, 4 } },
          .says = "overlap in memory" },
        { "20 VA ranges side by side", { { ROW(LINUX, ROW_VADDR), 0x3fff, 4 }, { ROW(LINUX, ROW_VSIZE), 1, 4 } }, .says = NULL },
        { "20 one range in another",
          { { ROW(LINUX, ROW_VADDR), 0x4001, 4 }, { ROW(LINUX, ROW_VSIZE), 2, 4 } },
          .says = "overlap in memory" },
        { "21 bytes behind the name's NUL", { { ROW(LINUX, 7), 'e', 1 } }, .says = "section .linux has a name with bytes" },
        { "21 name with a NUL inside",
          { { ROW(CMDLINE, 7), 0, 1 }, { ROW(CMDLINE, 6), 0, 1 }, { ROW(CMDLINE, 7), 'e', 1 } },
          .says = "section .cmdli has a name with bytes after its end" },
        { "21 string table name", { { ROW(LINUX, 0), 0x0034342f, 4 }, { ROW(LINUX, 4), 0, 4 } }, .says = NULL },
        { "21 escape in a name", { { ROW(LINUX, 0), 0x1b, 1 }, { ROW(LINUX, 7), 'e', 1 } }, .says = "section \\x1blinux" },
        { "23 decreasing order", { { ROW(LINUX, ROW_VADDR), 0x4000, 4 }, { ROW(CMDLINE, ROW_VADDR), 0x5000, 4 } }, .says = NULL },
        { "25 data behind the last section", .grow = 100 },
        { "25 data between sections", { { ROW(CMDLINE, ROW_RAW_SIZE), 0x10, 4 } }, .says = NULL },
};

static void refuses_false_sections(void **state) {
        (void) state;
        judge(false_sections, COUNT(false_sections));
}

static void judges_the_place_of_certificates(void **state) {
        static const struct row rows[] = {
                { "sound", .sign = 0x100 },
                { "26 behind the end", { { AT_CERT_DIR, 0xe08, 4 } }, .sign = 0x100, .says = "reaches past the end" },
                { "26 at the end", { { AT_CERT_DIR, 0xe00, 4 }, { AT_CERT_DIR + 4, 8, 4 } }, .says = "reaches past the end" },
                { "26 far behind", { { AT_CERT_DIR, 0xfffffff8, 4 } }, .sign = 0x100, .says = "reaches past the end" },
                { "26 wraps", { { AT_CERT_DIR + 4, 0xffffffff, 4 } }, .sign = 0x100, .says = "reaches past the end" },
                { "26 over a section",
                  { { AT_CERT_DIR, 0xdf8, 4 }, { AT_CERT_DIR + 4, 0x108, 4 } },
                  .sign = 0x100,
                  .says = "lies over headers or sections" },
                { "26 over the headers",
                  { { AT_CERT_DIR, 0x40, 4 }, { AT_CERT_DIR + 4, 0xec0, 4 } },
                  .sign = 0x100,
                  .says = "lies over headers or sections" },
                { "26 unaligned",
                  { { AT_CERT_DIR, 0xe04, 4 }, { AT_CERT_DIR + 4, 0xfc, 4 } },
                  .sign = 0x100,
                  .says = "not possible" },
                { "26 size 0", { { AT_CERT_DIR + 4, 0, 4 } }, .sign = 0x100, .says = "not possible" },
                { "26 offset 0", { { AT_CERT_DIR, 0, 4 } }, .sign = 0x100, .says = "lies over headers" },
                { "25 data behind it",
                  { { AT_CERT_DIR + 4, 0xf8, 4 } },
                  .sign = 0x100,
                  .says = "data behind its certificate table" },
                { "25 a section's padding behind it", .sign = 0x100, .grow = 0x1ff },
                { "25 a page of padding behind it", .sign = 0x100, .grow = 0x1000 },
        };

        (void) state;
        judge(rows, COUNT(rows));
        bend(&rows[0]);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        assert_int_equal(pe.cert_off, 0xe00);
        assert_int_equal(pe.cert_size, 0x100);
}

/* 16: the headers, and with them the table, end where the file ends; nothing has data. */
static void opens_a_table_at_the_end(void **state) {
        (void) state;
        image.n = AT_TABLE + N_ROWS * 40;
        image_put(&image, AT_SIZE_OF_HEADERS, (uint32_t) image.n, 4);
        for (uint32_t i = 0; i < N_ROWS; i++)
                image_put(&image, ROW(i, ROW_RAW_SIZE), 0, 4);
        assert_true(open_exactly(&image, false));
        image.n--;
        image_put(&image, AT_SIZE_OF_HEADERS, (uint32_t) image.n, 4);
        assert_false(open_exactly(&image, false));
        assert_non_null(strstr(buf, "section table is not inside"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(refuses_every_beginning, make),
                cmocka_unit_test_setup(refuses_false_headers, make),
                cmocka_unit_test_setup(refuses_false_sizes_and_places, make),
                cmocka_unit_test_setup(refuses_false_sections, make),
                cmocka_unit_test_setup(judges_the_place_of_certificates, make),
                cmocka_unit_test_setup(opens_a_table_at_the_end, make),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
