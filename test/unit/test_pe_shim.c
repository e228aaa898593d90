/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pe_image.h"
#include "pe_shim.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In memory: headers, .text at 0x1000 (11 bytes), .reloc at 0x2000, .sbat at 0x3000, .odd at 0x4000; SizeOfImage is 0x5000. */
static const struct pe_write_section sections[] = { TEXT_SECTION(".sbat", "sbat,1"), TEXT_SECTION(".odd", "odd") };

struct change {
        size_t at;
        uint32_t value;
        size_t size;
};

struct row {
        const char *name;
        struct change changes[4];
        const char *verifies, *loads; /* piece of the sentence; NULL: taken */
        size_t sign, grow;
};

#define ODD(field)   ROW(3, field)
#define EMPTY        "its section \".odd\" has no bytes inside of the image: leave it out"
#define IN_HEADERS   "its section \".odd\" lies in the headers, or has no data in the file and is not marked as uninitialised"
#define BEHIND       "there are bytes behind its certificate table, be they zeros"
#define ENTRY        "its entry point does not lie in one readable section, before its last byte"
#define RELOC        " is not where its headers say that base relocations are"
#define BOTH(clause) clause, clause

/* clang-format off */
static const struct row rows[] = {
        { "sound", { { 0 } }, NULL, NULL, 0, 0 },
        { "signed", { { 0 } }, NULL, NULL, 64, 0 },
        { "FileAlignment 1", { { AT_FILE_ALIGN, 1, 4 } }, BOTH("its FileAlignment is 1"), 0, 0 },
        { "FileAlignment 2", { { AT_FILE_ALIGN, 2, 4 } }, NULL, NULL, 0, 0 },
        { "empty", { { ODD(ROW_VSIZE), 0, 4 }, { ODD(ROW_RAW_SIZE), 0, 4 } }, BOTH(EMPTY), 0, 0 },
        { "empty in memory", { { ODD(ROW_VSIZE), 0, 4 } }, BOTH(EMPTY), 0, 0 },
        { "empty and discardable", { { ODD(ROW_VSIZE), 0, 4 }, { ODD(ROW_FLAGS), 0x42000040, 4 } }, BOTH(EMPTY), 0, 0 },
        { "empty behind the image", { { ODD(ROW_VSIZE), 0, 4 }, { ODD(ROW_RAW_SIZE), 0, 4 }, { ODD(ROW_VADDR), 0x9000, 4 } },
          BOTH(EMPTY), 0, 0 },
        { "there, discardable, empty", { { ODD(ROW_VSIZE), 0, 4 }, { ODD(ROW_RAW_SIZE), 0, 4 }, { ODD(ROW_VADDR), 0x9000, 4 },
          { ODD(ROW_FLAGS), 0x42000040, 4 } }, NULL, NULL, 0, 0 },
        { "zeros", { { ODD(ROW_RAW_SIZE), 0, 4 }, { ODD(ROW_RAW_OFF), 0, 4 } }, BOTH(IN_HEADERS), 0, 0 },
        { "zeros, so marked", { { ODD(ROW_RAW_SIZE), 0, 4 }, { ODD(ROW_RAW_OFF), 0, 4 }, { ODD(ROW_FLAGS), 0xc0000080, 4 } },
          NULL, NULL, 0, 0 },
        { "zeros, placed", { { ODD(ROW_RAW_SIZE), 0, 4 } }, NULL, NULL, 0, 0 },
        { "zeros behind the certificates", { { 0 } }, BOTH(BEHIND), 64, 8 },
        { "certificates and a gap before", { { 0 } }, NULL, NULL, 64, 0 },
        { "two .sbat", { { ODD(ROW_NAME), 0x6162732e, 4 }, { ODD(ROW_NAME) + 4, 0x74, 4 } },
          BOTH("its section \".sbat\" is there twice"), 0, 0 },
        { ".sbat relocated", { { ROW(2, 32), 1, 2 } }, BOTH("its section \".sbat\" has COFF relocations"), 0, 0 },
        { ".sbat relocations", { { ROW(2, 24), 0x400, 4 } }, BOTH("its section \".sbat\" has COFF relocations"), 0, 0 },
        { "first .sbat is none", { { ODD(ROW_NAME), 0x6162732e, 4 }, { ODD(ROW_NAME) + 4, 0x74, 4 },
          { ROW(2, ROW_VSIZE), 0x201, 4 } }, NULL, NULL, 0, 0 },
        { "entry at the last byte", { { AT_ENTRY, 0x100a, 4 } }, NULL, ENTRY, 0, 0 },
        { "entry before it", { { AT_ENTRY, 0x1009, 4 } }, NULL, NULL, 0, 0 },
        { "code not readable", { { ROW(0, ROW_FLAGS), 0x20000020, 4 } }, NULL, ENTRY, 0, 0 },
        { "relocations elsewhere", { { AT_RELOC_DIR, 0x2004, 4 } }, NULL, "\".reloc\"" RELOC, 0, 0 },
        { "relocations beyond .reloc", { { AT_RELOC_DIR + 4, 13, 4 } }, NULL, "\".reloc\"" RELOC, 0, 0 },
        { "no relocations", { { AT_RELOC_DIR, 0, 4 }, { AT_RELOC_DIR + 4, 0, 4 } }, NULL, "\".reloc\"" RELOC, 0, 0 },
        { "relocations without data", { { ROW(1, ROW_RAW_SIZE), 0, 4 } }, NULL, "\".reloc\"" RELOC, 0, 0 },
        { "relocations of another name", { { AT_RELOC_DIR, 0x2004, 4 }, { ROW(1, ROW_NAME), 0x6c65722f, 4 } }, NULL, NULL, 0, 0 },
        { "relocations not readable", { { AT_RELOC_DIR, 0x2004, 4 }, { ROW(1, ROW_FLAGS), 0x40, 4 } }, NULL, NULL, 0, 0 },
        { "two .reloc", { { ODD(ROW_NAME), 0x6c65722e, 4 }, { ODD(ROW_NAME) + 4, 0x636f, 4 } }, NULL,
          "its section \".reloc\" is there twice", 0, 0 },
};
/* clang-format on */

static struct image image;
static struct pe pe;

static void make(const struct row *row) {
        char buf[384];
        struct text why = TEXT_IN(buf);

        image_make(&image, PE_MACHINE_X86_64, sections, COUNT(sections));
        for (size_t i = 0; i < COUNT(row->changes) && row->changes[i].size > 0; i++)
                image_put(&image, row->changes[i].at, row->changes[i].value, row->changes[i].size);
        if (row->sign > 0)
                image_sign(&image, row->sign);
        memset(image.bytes + image.n, 0, row->grow);
        image.n += row->grow;
        if (!pe_open_file(image_span(&image), &pe, &why))
                fail_msg("%s: %s", row->name, buf);
}

static void check(const struct row *row, bool (*fn)(const struct pe *, struct text *), const char *says) {
        char buf[384];
        struct text why = TEXT_IN(buf);
        bool ok = fn(&pe, &why);

        if (ok != !says || (says && (!strstr(buf, says) || !strstr(buf, "is refused by shim: "))) || (ok && why.len > 0))
                fail_msg("%s: \"%s\"", row->name, buf);
}

static void says_what_shim_would(void **state) {
        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                make(&rows[i]);
                check(&rows[i], pe_shim_verifies, rows[i].verifies);
                check(&rows[i], pe_shim_loads, rows[i].loads);
        }
}

/* NumberOfSections + 1: firmware passes over the row of zeros. */
static void takes_no_row_of_zeros(void **state) {
        char buf[384];
        struct text why = TEXT_IN(buf);

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, 1);
        image_put(&image, AT_N_SECTIONS, 4, 2);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        assert_false(pe_shim_verifies(&pe, &why));
        assert_string_equal(buf, "is refused by shim: its section \"\" has no bytes inside of the image: leave it out");
}

/* The table moves down with the directories that go. */
static void wants_the_directory_of_relocations(void **state) {
        (void) state;
        for (uint32_t n = 5; n <= 6; n++) {
                char buf[384];
                struct text why = TEXT_IN(buf);

                make(&rows[0]);
                memmove(image.bytes + AT_TABLE - 8 * (16 - n), image.bytes + AT_TABLE, 160);
                image_put(&image, AT_N_DIRS, n, 4);
                image_put(&image, AT_OPT_SIZE, 112 + 8 * n, 2);
                assert_true(pe_open_file(image_span(&image), &pe, &why));
                assert_int_equal(pe_shim_verifies(&pe, &why), n == 6);
        }
}

/* One section at the end of small headers. */
static void wants_room_for_its_headers(void **state) {
        char buf[384];
        struct text why = TEXT_IN(buf);

        (void) state;
        make(&rows[0]);
        memmove(image.bytes + AT_TABLE - 80, image.bytes + AT_TABLE, 40);
        image_put(&image, AT_N_DIRS, 6, 4);
        image_put(&image, AT_OPT_SIZE, 112 + 48, 2);
        image_put(&image, AT_N_SECTIONS, 1, 2);
        image_put(&image, AT_TABLE - 80 + ROW_RAW_SIZE, 0, 4);
        for (image.n = 0x147; image.n <= 0x148; image.n++) {
                image_put(&image, AT_SIZE_OF_HEADERS, 0x120, 4);
                text_clear(&why);
                if (!pe_open_file(image_span(&image), &pe, &why))
                        fail_msg("%s", buf);
                assert_int_equal(pe_shim_verifies(&pe, &why), image.n == 0x148);
        }
        assert_string_equal(buf, "");
}

static void wants_the_table_in_the_image(void **state) {
        char buf[384];
        struct text why = TEXT_IN(buf);

        (void) state;
        make(&rows[0]);
        image_put(&image, AT_N_SECTIONS, 1, 2);
        image_put(&image, AT_SIZE_OF_HEADERS, AT_TABLE + 40, 4);
        for (uint32_t size = AT_TABLE + 79; size <= AT_TABLE + 80; size++) {
                image_put(&image, AT_SIZE_OF_IMAGE, size, 4);
                image_put(&image, AT_ENTRY, AT_TABLE + 40, 4);
                image_put(&image, ROW(0, ROW_VADDR), AT_TABLE + 40, 4);
                text_clear(&why);
                image_put(&image, AT_RELOC_DIR + 4, 0, 4);
                if (!pe_open_file(image_span(&image), &pe, &why))
                        fail_msg("%s", buf);
                assert_int_equal(pe_shim_verifies(&pe, &why), size == AT_TABLE + 80);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_what_shim_would),
                cmocka_unit_test(takes_no_row_of_zeros),
                cmocka_unit_test(wants_the_directory_of_relocations),
                cmocka_unit_test(wants_room_for_its_headers),
                cmocka_unit_test(wants_the_table_in_the_image),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
