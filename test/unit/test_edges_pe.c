/* SPDX-License-Identifier: BSD-2-Clause */
/* Images at the edges of what is read, taken and written. */
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
#include "pe_shim.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MIB          (1u << 20)

/* In the file and in memory: .text 0x400, 0x1000; .reloc 0x600, 0x2000; .osrel 0x800, 0x3000; .cmdline 0xa00, 0x4000; .linux
 * 0xc00, 0x5000. */
static const struct pe_write_section sections[] = { TEXT_SECTION(".osrel", "ID=test\n"), TEXT_SECTION(".cmdline", "quiet"),
                                                    TEXT_SECTION(".linux", "kernel") };
enum { TEXT, RELOC, OSREL, CMDLINE, LINUX };

static struct image image;
static struct pe pe;
static char said[384];
static struct text why;

static int fresh(void **state) {
        (void) state;
        why = TEXT_IN(said);
        image_make(&image, PE_MACHINE_X86_64, sections, COUNT(sections));
        return 0;
}

static bool opens(void) {
        text_clear(&why);
        return pe_open_file(image_span(&image), &pe, &why);
}

static void put_row(size_t row, size_t field, uint32_t value) {
        image_put(&image, ROW(row, field), value, 4);
}

static void make_empty(size_t row) {
        put_row(row, ROW_VSIZE, 0);
        put_row(row, ROW_RAW_SIZE, 0);
}

static void turn_two_around_in_the_file(void) {
        put_row(CMDLINE, ROW_RAW_OFF, 0xc00);
        put_row(LINUX, ROW_RAW_OFF, 0xa00);
}

static void sections_in_another_order_in_the_file_are_hashed_in_that_of_the_file(void **state) {
        struct pe_hashed h;

        (void) state;
        turn_two_around_in_the_file();
        assert_true(opens());
        pe_hashed_ranges(&pe, &h);
        assert_int_equal(h.n, 3);
        assert_ptr_equal(h.range[2].p + h.range[2].n, image.bytes + image.n);
}

static void certificates_lie_behind_the_last_section_of_the_file(void **state) {
        (void) state;
        turn_two_around_in_the_file();
        image_put(&image, AT_CERT_DIR, 0xc00, 4);
        image_put(&image, AT_CERT_DIR + 4, 0x200, 4);
        assert_false(opens());
        assert_non_null(strstr(said, "its certificate table lies over headers or sections"));
}

static void a_section_without_bytes_in_the_file_has_no_place_there(void **state) {
        (void) state;
        image_sign(&image, 64);
        put_row(CMDLINE, ROW_RAW_SIZE, 0);
        put_row(CMDLINE, ROW_RAW_OFF, 0x20000);
        assert_true(opens());
        put_row(CMDLINE, ROW_RAW_OFF, 0x810); /* amid the one before it in the table */
        assert_true(opens());
        put_row(CMDLINE, ROW_RAW_OFF, 0xc10); /* amid the one behind it */
        assert_true(opens());
}

static void a_section_without_bytes_in_memory_has_no_place_there(void **state) {
        (void) state;
        make_empty(CMDLINE);
        put_row(CMDLINE, ROW_VADDR, 0x3002);
        assert_true(opens());
        put_row(CMDLINE, ROW_VADDR, 0x5002);
        assert_true(opens());
}

static void nothing_but_sbat_grows_over_sdmagic(void **state) {
        static const struct pe_write_section other[] = { TEXT_SECTION(".osrel", "sbat,1"), TEXT_SECTION(".sdmagic", "####") };

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, other, COUNT(other));
        put_row(CMDLINE, ROW_VADDR, 0x3004);
        assert_false(opens());
        assert_non_null(strstr(said, "overlap in memory"));
}

static void an_image_of_32_bits_for_an_unknown_machine_is_read(void **state) {
        (void) state;
        memmove(image.bytes + AT_N_DIRS - 16, image.bytes + AT_N_DIRS, AT_TABLE + 5 * 40 - AT_N_DIRS);
        image_put(&image, AT_MACHINE, 0x1c2, 2);
        image_put(&image, AT_MAGIC, 0x10b, 2);
        image_put(&image, AT_OPT_SIZE, 0xe0, 2);
        assert_true(opens());
        image_put(&image, AT_MAGIC, 0x10c, 2);
        assert_false(opens());
}

/* ---- what must load everywhere as one and the same ---- */

static const char judged[][9] = { ".cmdline", ".sbat" };

static bool spared(void) {
        if (!opens())
                fail_msg("%s", said);
        return pe_once_relocations(&pe, judged, COUNT(judged), &why);
}

#define LOW(at) ((uint16_t) (2u << 12 | (at)))

static void each_relocation_is_looked_up_for_itself(void **state) {
        static const uint16_t alone[] = { 0x1000, 0, 12, 0, LOW(0), 0 };
        static const uint16_t from_behind[] = { 0x5000, 0, 12, 0, LOW(0), 0, 0x4000, 0, 12, 0, LOW(2), 0 };
        static const uint16_t from_before[] = { 0x1000, 0, 12, 0, LOW(0), 0, 0x4000, 0, 12, 0, LOW(2), 0 };
        static const uint16_t odd_blocks[] = { 0x1000, 0, 10, 0, 0, 0x1000, 0, 10, 0, 0 };

        (void) state;
        image_relocate(&image, alone, COUNT(alone));
        assert_true(spared());
        image_relocate(&image, from_behind, COUNT(from_behind));
        assert_false(spared());
        assert_non_null(strstr(said, "at 0x4002 in section .cmdline"));
        image_relocate(&image, from_before, COUNT(from_before));
        assert_false(spared());
        assert_non_null(strstr(said, "at 0x4002 in section .cmdline"));
        image_relocate(&image, odd_blocks, COUNT(odd_blocks));
        assert_false(spared());
        assert_non_null(strstr(said, "not at a multiple of 4"));
}

static void a_relocation_where_sbat_grew_over_sdmagic_is_one_of_sbat(void **state) {
        static const struct pe_write_section grown[] = { TEXT_SECTION(".sbat", "sbat,1"), TEXT_SECTION(".sdmagic", "####") };
        static const uint16_t words[] = { 0x3000, 0, 12, 0, LOW(4), 0 };

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, grown, COUNT(grown));
        put_row(CMDLINE, ROW_VADDR, 0x3004);
        image_relocate(&image, words, COUNT(words));
        assert_false(spared());
        assert_non_null(strstr(said, "in section .sbat"));
}

/* The verdict about the image that firmware loaded. */
static bool holds_in_memory(bool (*judge)(const struct pe *, const char (*)[9], size_t, struct text *)) {
        static struct pe loaded;
        struct span memory = pe_load(&pe);
        bool ok = pe_open_image(memory, &loaded, &why) && judge(&loaded, judged, COUNT(judged), &why);

        free((void *) (uintptr_t) memory.p);
        return ok;
}

static void what_may_be_left_out_in_memory_is_judged_in_the_file(void **state) {
        static const uint16_t words[] = { 0x4000, 0, 12, 0, LOW(2), 0 };

        (void) state;
        image_relocate(&image, words, COUNT(words));
        put_row(RELOC, ROW_FLAGS, 0x42000040);
        assert_false(spared());
        assert_true(holds_in_memory(pe_once_relocations));
        fresh(NULL);
        put_row(LINUX, ROW_FLAGS, 0x42000040);
        put_row(LINUX, ROW_VSIZE, 28);
        image_put(&image, AT_DEBUG_DIR, 0x5000, 4);
        image_put(&image, AT_DEBUG_DIR + 4, 28, 4);
        image_put(&image, 0xc00 + 12, 2, 4);
        image_put(&image, 0xc00 + 20, 0, 4);
        image_put(&image, 0xc00 + 24, 0x400, 4);
        assert_true(opens());
        assert_false(pe_once_debug(&pe, judged, COUNT(judged), &why));
        assert_non_null(strstr(said, "CodeView without an address"));
        assert_true(holds_in_memory(pe_once_debug));
}

static void a_debug_directory_has_a_mebibyte_at_most(void **state) {
        const size_t cap = (size_t) 2 * MIB;
        uint8_t *big = calloc(2, cap), *data = big + cap;
        const struct pe_write_section one = { .name = ".debug", .data = { data, MIB + 28 } };
        const uint32_t sizes[] = { MIB, MIB + 1 };
        size_t n;

        (void) state;
        assert_non_null(big);
        assert_true(pe_write(PE_MACHINE_X86_64, &one, 1, big, cap, &n));
        for (size_t i = 0; i < COUNT(sizes); i++) {
                memcpy(big + AT_DEBUG_DIR, &(uint32_t) { 0x3000 }, 4);
                memcpy(big + AT_DEBUG_DIR + 4, &sizes[i], 4);
                assert_true(pe_open_file((struct span) { big, n }, &pe, &why));
                assert_int_equal(pe_once_debug(&pe, judged, COUNT(judged), &why), i == 0);
        }
        free(big);
}

/* ---- shim ---- */

static void shim_takes_no_empty_section_right_behind_the_image(void **state) {
        (void) state;
        make_empty(LINUX);
        put_row(LINUX, ROW_VADDR, 0x6000); /* SizeOfImage */
        assert_true(opens());
        assert_false(pe_shim_verifies(&pe, &why));
        assert_non_null(strstr(said, "has no bytes inside of the image: leave it out"));
}

/* Outside of the image, discardable and empty: shim passes over it. */
static void hide(size_t row, const char *name) {
        make_empty(row);
        put_row(row, ROW_VADDR, 0x9000);
        put_row(row, ROW_FLAGS, 0x42000040);
        memset(image.bytes + ROW(row, ROW_NAME), 0, 8);
        memcpy(image.bytes + ROW(row, ROW_NAME), name, strlen(name));
}

static void shim_counts_no_empty_sbat_and_no_empty_reloc(void **state) {
        (void) state;
        hide(CMDLINE, ".sbat");
        memcpy(image.bytes + ROW(LINUX, ROW_NAME), ".sbat\0", 6);
        if (!opens() || !pe_shim_verifies(&pe, &why))
                fail_msg("%s", said);
        fresh(NULL);
        hide(LINUX, ".reloc");
        if (!opens() || !pe_shim_loads(&pe, &why))
                fail_msg("%s", said);
}

/* ---- writing ---- */

static uint8_t out[sizeof(image.bytes)];
static const struct pe_write_section added = TEXT_SECTION(".ukipol", "@version 1");

static bool append(const struct pe_write_section *s, size_t cap) {
        size_t n;

        text_clear(&why);
        return pe_append_section(image_span(&image), s, out, cap, &n, &why);
}

static void an_image_keeps_the_memory_that_it_asks_for(void **state) {
        uint32_t memory;

        (void) state;
        image_put(&image, AT_SIZE_OF_IMAGE, 0x10000, 4);
        assert_true(append(&added, sizeof(out)));
        memcpy(&memory, out + AT_SIZE_OF_IMAGE, 4);
        assert_int_equal(memory, 0x10000);
}

static void what_is_first_in_the_file_is_not_replaced(void **state) {
        static const struct pe_write_section again = TEXT_SECTION(".linux", "other");

        (void) state;
        assert_true(append(&again, sizeof(out)));
        turn_two_around_in_the_file();
        assert_false(append(&again, sizeof(out)));
        assert_non_null(strstr(said, "that is not its last"));
}

static void half_a_certificate_directory_is_one(void **state) {
        (void) state;
        image_put(&image, AT_CERT_DIR, 8, 4);
        assert_false(append(&added, sizeof(out)));
        assert_non_null(strstr(said, "is signed"));
        image_put(&image, AT_CERT_DIR, 0, 4);
        image_put(&image, AT_CERT_DIR + 4, 8, 4);
        assert_false(append(&added, sizeof(out)));
        assert_non_null(strstr(said, "is signed"));
}

static void no_image_has_4_gib(void **state) {
        static uint8_t many[0xd000];
        const struct pe_write_section large = { .name = ".linux", .data = { many, sizeof(many) } };
        struct pe_write_section huge = { .name = ".huge", .data = { many, SIZE_MAX } }; /* only lengths are looked at */

        (void) state;
        assert_int_equal(pe_write_size(&huge, 1), 0);
        huge.data.n = 0xffffa000; /* 4 GiB in memory alone */
        assert_false(append(&huge, SIZE_MAX));
        assert_non_null(strstr(said, "is too large with the new section"));
        image_make(&image, PE_MACHINE_X86_64, &large, 1);
        put_row(OSREL, ROW_VSIZE, 16);
        image_put(&image, AT_SIZE_OF_IMAGE, 0x4000, 4);
        huge.data.n = 0xffff9000; /* 4 GiB in the file alone */
        assert_false(append(&huge, SIZE_MAX));
        assert_non_null(strstr(said, "is too large with the new section"));
        put_row(OSREL, ROW_VSIZE, 0x20010000); /* 512 MiB more than the file */
        assert_false(append(&added, sizeof(out)));
        assert_non_null(strstr(said, "is too large with the new section"));
}

#define EDGE(test) cmocka_unit_test_setup(test, fresh)

int main(void) {
        const struct CMUnitTest tests[] = {
                EDGE(sections_in_another_order_in_the_file_are_hashed_in_that_of_the_file),
                EDGE(certificates_lie_behind_the_last_section_of_the_file),
                EDGE(a_section_without_bytes_in_the_file_has_no_place_there),
                EDGE(a_section_without_bytes_in_memory_has_no_place_there),
                EDGE(nothing_but_sbat_grows_over_sdmagic),
                EDGE(an_image_of_32_bits_for_an_unknown_machine_is_read),
                EDGE(each_relocation_is_looked_up_for_itself),
                EDGE(a_relocation_where_sbat_grew_over_sdmagic_is_one_of_sbat),
                EDGE(what_may_be_left_out_in_memory_is_judged_in_the_file),
                EDGE(a_debug_directory_has_a_mebibyte_at_most),
                EDGE(shim_takes_no_empty_section_right_behind_the_image),
                EDGE(shim_counts_no_empty_sbat_and_no_empty_reloc),
                EDGE(an_image_keeps_the_memory_that_it_asks_for),
                EDGE(what_is_first_in_the_file_is_not_replaced),
                EDGE(half_a_certificate_directory_is_one),
                EDGE(no_image_has_4_gib),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
