/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pe_image.h"
#include "pe_load.h"
#include "pe_once.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In memory: headers, .text at 0x1000, .reloc at 0x2000, .cmdline at 0x3000, .other at 0x4000; SizeOfImage is 0x5000. */
static const struct pe_write_section sections[] = { TEXT_SECTION(".cmdline", "log_buf_len=1M,aaaa"),
                                                    TEXT_SECTION(".other", "0123456789abcdef") };
static const char names[][9] = { ".cmdline", ".reloc2" };
static const bool some = true, all = false;

static struct image image;
static struct pe pe, loaded;
static char buf[384];
static struct text why;

static int fresh(void **state) {
        (void) state;
        why = TEXT_IN(buf);
        image_make(&image, PE_MACHINE_X86_64, sections, COUNT(sections));
        image_put(&image, ROW(1, ROW_FLAGS), 0x40000040, 4); /* .reloc is loaded by all */
        return 0;
}

typedef bool judge_fn(const struct pe *, const char (*)[9], size_t, struct text *);

/* The verdict about the file, which is the one about the image in memory. */
static bool judge(judge_fn *fn, bool of_some) {
        const char(*judged)[9] = of_some ? names : NULL;
        char said[384];
        struct text memory_why = TEXT_IN(said);
        struct span memory;
        bool ok;

        text_clear(&why);
        if (!pe_open_file(image_span(&image), &pe, &why))
                fail_msg("%s", buf);
        ok = fn(&pe, judged, COUNT(names), &why);
        memory = pe_load(&pe);
        assert_true(pe_open_image(memory, &loaded, &memory_why));
        assert_int_equal(fn(&loaded, judged, COUNT(names), &memory_why), ok);
        assert_string_equal(buf, said);
        assert_int_equal(why.len == 0, ok);
        free((void *) (uintptr_t) memory.p);
        return ok;
}

#define KIND(kind, at) ((uint16_t) ((kind) << 12 | (at)))
enum { ABSOLUTE = 0, HIGH = 1, LOW = 2, HIGHLOW = 3, HIGHADJ = 4, ARM_MOV32T = 7, DIR64 = 10 };

struct row {
        const char *of_some, *of_all; /* piece of the sentence; NULL: taken */
        size_t n;
        uint16_t words[12];
};

#define IN_CMDLINE "in section .cmdline, whose content would depend on where it is loaded"
#define IN_OTHER   "in section .other, whose content would depend on where it is loaded"
#define NOWHERE    "in no section: its headers would depend on where it is loaded"
#define OUTSIDE    "outside of the image, which firmware takes at one address only"
#define ITSELF     "in the relocations themselves"
#define UNKNOWN    "of a kind that firmware does not know"
#define BLOCK      "a block of its base relocations does not end inside their directory"

static const struct row rows[] = {
        { NULL, NULL, 6, { 0x1000, 0, 12, 0, 0, 0 } },
        { NULL, NULL, 4, { 0x4000, 0, 8, 0 } },
        { NULL, NULL, 10, { 0x1000, 0, 8, 0, 0x2000, 0, 12, 0, 0, 0 } },
        { NULL, IN_OTHER, 6, { 0x4000, 0, 12, 0, KIND(DIR64, 8), 0 } },
        { NULL, IN_OTHER, 6, { 0x4000, 0, 12, 0, KIND(HIGHLOW, 12), 0 } },
        { NULL, IN_OTHER, 6, { 0x4000, 0, 12, 0, 0, KIND(LOW, 14) } },
        { NULL, IN_OTHER, 6, { 0x4000, 0, 12, 0, KIND(HIGH, 0), 0 } },
        { IN_CMDLINE, IN_CMDLINE, 6, { 0x3000, 0, 12, 0, KIND(HIGHLOW, 15), 0 } },
        { IN_CMDLINE, IN_CMDLINE, 6, { 0x3000, 0, 12, 0, 0, KIND(DIR64, 8) } },
        { IN_CMDLINE, IN_CMDLINE, 6, { 0x2fff, 0, 12, 0, KIND(LOW, 1), 0 } },
        { IN_CMDLINE, IN_CMDLINE, 10, { 0x1000, 0, 8, 0, 0x3000, 0, 12, 0, KIND(HIGH, 2), 0 } },
        /* half of it is behind the section, or before it */
        { NOWHERE, NOWHERE, 6, { 0x3000, 0, 12, 0, KIND(DIR64, 12), 0 } },
        { NOWHERE, NOWHERE, 6, { 0x3000, 0, 12, 0, KIND(HIGHLOW, 16), 0 } },
        { NOWHERE, NOWHERE, 6, { 0x3000, 0, 12, 0, KIND(LOW, 18), 0 } },
        { NOWHERE, NOWHERE, 6, { 0x2ffc, 0, 12, 0, KIND(DIR64, 0), 0 } },
        { NOWHERE, NOWHERE, 6, { 0, 0, 12, 0, KIND(DIR64, 0x160), 0 } },
        { ITSELF, ITSELF, 6, { 0x2000, 0, 12, 0, KIND(LOW, 10), 0 } },
        { UNKNOWN, UNKNOWN, 6, { 0x4000, 0, 12, 0, KIND(HIGHADJ, 0), 0 } },
        { UNKNOWN, UNKNOWN, 6, { 0x4000, 0, 12, 0, 0, KIND(ARM_MOV32T, 0) } },
        { UNKNOWN, UNKNOWN, 6, { 0x4000, 0, 12, 0, KIND(15, 0), 0 } },
        /* EDK2 looks where even padding points, but not at ImageBase */
        { NULL, NULL, 6, { 0x4fff, 0, 12, 0, 0, 0 } },
        { OUTSIDE, OUTSIDE, 6, { 0x5000, 0, 12, 0, 0, 0 } },
        { OUTSIDE, OUTSIDE, 4, { 0x5000, 0, 8, 0 } },
        { OUTSIDE, OUTSIDE, 6, { 0x4fff, 0, 12, 0, 0, KIND(ABSOLUTE, 1) } },
        { OUTSIDE, OUTSIDE, 6, { 0xfff0, 0xffff, 12, 0, 0, KIND(HIGHLOW, 0xfff) } },
        /* blocks */
        { BLOCK, BLOCK, 6, { 0x1000, 0, 0, 0, 0, 0 } },
        { BLOCK, BLOCK, 6, { 0x1000, 0, 1, 0, 0, 0 } },
        { BLOCK, BLOCK, 6, { 0x1000, 0, 0xffff, 0xffff, 0, 0 } },
        { BLOCK, BLOCK, 6, { 0x1000, 0, 4, 0, 0, 0 } },
        { BLOCK, BLOCK, 6, { 0x1000, 0, 11, 0, 0, 0 } },
        { BLOCK, BLOCK, 6, { 0x1000, 0, 10, 0, 0, 0 } },
        { BLOCK, BLOCK, 6, { 0x1000, 0, 8, 0, 0, 0 } },
        { BLOCK, BLOCK, 6, { 0x1000, 0, 16, 0, 0, 0 } },
        { BLOCK, BLOCK, 6, { 0x1000, 0, 0xfffc, 0xffff, 0, 0 } },
        { BLOCK, BLOCK, 3, { 0x1000, 0, 6 } },
};

static void relocations_spare_what_is_judged(void **state) {
        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                const char *expected = rows[i].of_all;

                fresh(NULL);
                image_relocate(&image, rows[i].words, rows[i].n);
                if (judge(pe_once_relocations, all) != !expected || (expected && !strstr(buf, expected)))
                        fail_msg("row %zu, all: \"%s\"", i, buf);
                expected = rows[i].of_some;
                if (judge(pe_once_relocations, some) != !expected || (expected && !strstr(buf, expected)))
                        fail_msg("row %zu, some: \"%s\"", i, buf);
        }
}

static void says_where_and_what_to_do(void **state) {
        static const uint16_t words[] = { 0x3000, 0, 12, 0, KIND(HIGHLOW, 15), 0 };

        (void) state;
        image_relocate(&image, words, COUNT(words));
        assert_false(judge(pe_once_relocations, all));
        assert_string_equal(buf,
                            "has a base relocation at 0x300f " IN_CMDLINE ": make it anew with a tool that writes none there");
}

static void a_name_hides_no_relocations(void **state) {
        static const uint16_t words[] = { 0x3000, 0, 12, 0, KIND(HIGHLOW, 15), 0 };

        (void) state;
        image_relocate(&image, words, COUNT(words));
        memcpy(image.bytes + ROW(1, ROW_NAME), ".data\0\0", 8);
        assert_false(judge(pe_once_relocations, some));
        assert_non_null(strstr(buf, IN_CMDLINE));
        memcpy(image.bytes + ROW(3, ROW_NAME), ".reloc\0", 8); /* and .reloc, which is nothing of the kind */
        assert_false(judge(pe_once_relocations, some));
}

#define DIRECTORY "its base relocations do not lie in one section, at a multiple of 4, or are larger than 1 MiB"

static void the_directory_lies_in_one_section(void **state) {
        static const struct {
                uint32_t addr, size;
                bool ok;
        } places[] = {
                { 0x2000, 12, true },      { 0x2000, 0, true },   { 0x9000, 0, true },   { 0x2001, 8, false },
                { 0x2002, 8, false },      { 0x2004, 12, false }, { 0x2000, 16, false }, { 0x1ffc, 12, false },
                { 0x1000, 0x1800, false }, { 0, 12, false },      { 0x40, 12, false },
        };

        (void) state;
        for (size_t i = 0; i < COUNT(places); i++) {
                image_put(&image, AT_RELOC_DIR, places[i].addr, 4);
                image_put(&image, AT_RELOC_DIR + 4, places[i].size, 4);
                if (judge(pe_once_relocations, all) != places[i].ok)
                        fail_msg("place %zu: \"%s\"", i, buf);
                if (!places[i].ok)
                        assert_non_null(strstr(buf, DIRECTORY));
        }
}

/* Zeros behind the file's data are in memory only; firmware finds blocks of size 0 there, at some addresses. */
static void the_directory_is_in_the_file(void **state) {
        (void) state;
        image_put(&image, ROW(1, ROW_VSIZE), 0x400, 4);
        image_put(&image, AT_RELOC_DIR + 4, 0x204, 4);
        assert_false(judge(pe_once_relocations, all));
        assert_non_null(strstr(buf, DIRECTORY));
}

static void a_large_directory_is_refused(void **state) {
        const uint32_t most = 1u << 20;
        const size_t n = 0x100000 + 4, at = 0x400;
        static uint8_t large[0x100000 + 4 + 0x400];
        struct span file = { large, at + n };

        (void) state;
        image_put(&image, AT_N_SECTIONS, 1, 2);
        memcpy(large, image.bytes, at);
        for (uint32_t extra = 0; extra <= 4; extra += 4) {
                struct image *head = (struct image *) (void *) large;

                image_put(head, ROW(0, ROW_VSIZE), (uint32_t) n, 4);
                image_put(head, ROW(0, ROW_RAW_SIZE), (uint32_t) n, 4);
                image_put(head, ROW(0, ROW_RAW_OFF), (uint32_t) at, 4);
                image_put(head, AT_SIZE_OF_IMAGE, 0x200000, 4);
                image_put(head, AT_RELOC_DIR, 0x1000, 4);
                image_put(head, AT_RELOC_DIR + 4, most + extra, 4);
                image_put(head, at, 0x1000, 4);
                image_put(head, at + 4, most + extra, 4);
                text_clear(&why);
                assert_true(pe_open_file(file, &pe, &why));
                assert_int_equal(pe_once_relocations(&pe, NULL, 0, &why), extra == 0);
        }
}

/* With five directories EDK2 reads the sixth, which is the name of the first section. */
static void there_is_room_for_the_directory(void **state) {
        (void) state;
        memmove(image.bytes + AT_TABLE - 80, image.bytes + AT_TABLE, 160);
        image_put(&image, AT_N_DIRS, 6, 4);
        image_put(&image, AT_OPT_SIZE, 112 + 48, 2);
        assert_true(judge(pe_once_relocations, all));
        memmove(image.bytes + AT_TABLE - 88, image.bytes + AT_TABLE - 80, 160);
        image_put(&image, AT_N_DIRS, 5, 4);
        image_put(&image, AT_OPT_SIZE, 112 + 40, 2);
        assert_false(judge(pe_once_relocations, all));
        assert_string_equal(buf, "has fewer than 6 data directories: firmware would take its section table for base relocations");
}

/* shim does not load what is so marked: there is anything in its place. */
static void blocks_that_shim_leaves_out_are_read_in_the_file_only(void **state) {
        static const uint32_t flags[] = { 0x42000040, 0x00000040, 0x400000c0 };
        struct span memory;

        (void) state;
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        memory = pe_load(&pe);
        assert_true(pe_open_image(memory, &loaded, &why));
        memset((uint8_t *) (uintptr_t) memory.p + 0x2000, 0xff, 12);
        for (size_t i = 0; i < COUNT(flags); i++) {
                loaded.sections[1].flags = flags[i];
                assert_true(pe_once_relocations(&loaded, NULL, 0, &why));
        }
        loaded.sections[1].flags = 0x40000040;
        assert_false(pe_once_relocations(&loaded, NULL, 0, &why));
        free((void *) (uintptr_t) memory.p);
}

static void judged_sections_are_loaded_by_all(void **state) {
        static const struct {
                uint32_t flags;
                bool ok;
        } flags[] = {
                { 0x40000040, true },  { 0xc0000040, true },  { 0x60000020, true },  { 0x40000000, true }, { 0x00000040, false },
                { 0x42000040, false }, { 0x400000c0, false }, { 0x80000040, false }, { 0, false },
        };

        (void) state;
        for (size_t i = 0; i < COUNT(flags); i++) {
                image_put(&image, ROW(2, ROW_FLAGS), flags[i].flags, 4);
                if (judge(pe_once_sections, some) != flags[i].ok)
                        fail_msg("flags %x: \"%s\"", flags[i].flags, buf);
        }
        assert_string_equal(
                buf,
                "has section .cmdline with flags by which some loaders leave it out (not readable, discardable or uninitialised): "
                "it must be readable data");
        assert_false(judge(pe_once_sections, all));
        image_put(&image, ROW(2, ROW_VSIZE), 0, 4); /* then it is not there */
        assert_true(judge(pe_once_sections, all));
        image_put(&image, ROW(1, ROW_FLAGS), 0x42000040, 4);
        assert_false(judge(pe_once_sections, all));
}

/* The debug directory in .other, with one entry. */
static void put_debug(uint32_t type, uint32_t address, uint32_t offset) {
        fresh(NULL);
        image_put(&image, ROW(3, ROW_VSIZE), 0x100, 4);
        image_put(&image, AT_DEBUG_DIR, 0x4000, 4);
        image_put(&image, AT_DEBUG_DIR + 4, 28, 4);
        image_put(&image, image.n - 0x200 + 12, type, 4);
        image_put(&image, image.n - 0x200 + 20, address, 4);
        image_put(&image, image.n - 0x200 + 24, offset, 4);
}

static void debug_data_stays_in_its_place(void **state) {
        (void) state;
        assert_true(judge(pe_once_debug, some));
        put_debug(2, 0, 0x400);
        assert_false(judge(pe_once_debug, some));
        assert_string_equal(buf,
                            "has debug data that firmware would load over its sections (CodeView without an address): strip it");
        put_debug(2, 0x4010, 0x400);
        assert_true(judge(pe_once_debug, some));
        put_debug(2, 0, 0);
        assert_true(judge(pe_once_debug, some));
        put_debug(1, 0, 0x400);
        assert_true(judge(pe_once_debug, some));
        assert_false(judge(pe_once_debug, all));
        image_put(&image, AT_DEBUG_DIR + 4, 0x101, 4);
        assert_false(judge(pe_once_debug, some));
        image_put(&image, AT_DEBUG_DIR + 4, 28, 4);
        image_put(&image, AT_DEBUG_DIR, 0x3000, 4);
        image_put(&image, ROW(2, ROW_VSIZE), 0x100, 4);
        assert_false(judge(pe_once_debug, some));
        assert_string_equal(buf, "has a debug directory that does not lie in one section of its own");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(relocations_spare_what_is_judged, fresh),
                cmocka_unit_test_setup(says_where_and_what_to_do, fresh),
                cmocka_unit_test_setup(a_name_hides_no_relocations, fresh),
                cmocka_unit_test_setup(the_directory_lies_in_one_section, fresh),
                cmocka_unit_test_setup(the_directory_is_in_the_file, fresh),
                cmocka_unit_test_setup(a_large_directory_is_refused, fresh),
                cmocka_unit_test_setup(there_is_room_for_the_directory, fresh),
                cmocka_unit_test_setup(blocks_that_shim_leaves_out_are_read_in_the_file_only, fresh),
                cmocka_unit_test_setup(judged_sections_are_loaded_by_all, fresh),
                cmocka_unit_test_setup(debug_data_stays_in_its_place, fresh),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
