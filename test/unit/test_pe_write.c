/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "pe_image.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct image image, appended;
static struct pe pe;
static char buf[384];
static struct text why;

static uint8_t page[0x200];

static int fresh(void **state) {
        (void) state;
        memset(page, 'p', sizeof(page));
        memset(image.bytes, 0xee, sizeof(image.bytes)); /* what is not written shows */
        memset(appended.bytes, 0xee, sizeof(appended.bytes));
        why = TEXT_IN(buf);
        return 0;
}

/* Opens the file, and asserts what sbsign, shim and strict NX firmware want of any image that we write. */
static void assert_sound(const struct image *of) {
        uint32_t raw, addr;

        assert_true(pe_open_file(image_span(of), &pe, &why));
        raw = pe.size_of_headers;
        addr = pe.section_alignment;
        for (size_t i = 0; i < pe.n_sections; i++) {
                const struct pe_section *s = &pe.sections[i];

                assert_int_equal(s->raw_off, raw); /* no gap, and in order */
                assert_int_equal(s->vaddr, addr);
                assert_true(s->vsize > 0 && s->vsize <= s->raw_size && s->raw_size - s->vsize < pe.file_alignment);
                assert_true((s->flags & PE_SCN_WRITE) == 0 || (s->flags & PE_SCN_EXECUTE) == 0);
                assert_true(s->flags & PE_SCN_READ);
                for (uint32_t at = s->vsize; at < s->raw_size; at++)
                        assert_int_equal(of->bytes[s->raw_off + at], 0);
                raw += s->raw_size;
                addr = (s->vaddr + s->vsize + pe.section_alignment - 1) / pe.section_alignment * pe.section_alignment;
        }
        assert_int_equal(raw, of->n);
        assert_int_equal(addr, pe.size_of_image);
        assert_int_equal(pe.section_alignment, 0x1000);
        assert_int_equal(of->n % 8, 0);
}

static void writes_what_loaders_want(void **state) {
        static const uint16_t machines[] = { PE_MACHINE_X86_64, PE_MACHINE_AARCH64 };
        const struct pe_write_section sections[] = {
                TEXT_SECTION(".cmdline", "quiet"),
                { .name = ".sbat", .data = { page, sizeof(page) } },
                { .name = ".data", .data = { page, 0x1ff }, .flags = PE_SCN_READ | PE_SCN_WRITE | 0x40 },
                TEXT_SECTION("eightlet", "x"),
        };

        (void) state;
        for (size_t i = 0; i < COUNT(machines); i++) {
                size_t size = pe_write_size(sections, COUNT(sections));

                fresh(NULL);
                assert_false(pe_write(machines[i], sections, COUNT(sections), image.bytes, size - 1, &image.n));
                assert_true(pe_write(machines[i], sections, COUNT(sections), image.bytes, size, &image.n));
                assert_int_equal(image.n, size);
                assert_int_equal(image.bytes[size], 0xee);
                assert_sound(&image);
                assert_int_equal(pe.machine, machines[i]);
                assert_true(pe.dll_characteristics & PE_NX_COMPAT);
                assert_int_equal(pe.characteristics & 1, 0); /* relocations not stripped */
                assert_int_equal(pe.entry, pe_find(&pe, ".text", 0)->vaddr);
                assert_true(pe_find(&pe, ".text", 0)->flags & PE_SCN_EXECUTE);
                assert_int_equal(pe_count(&pe, ".reloc"), 1);
                assert_true(span_eq(pe_bytes(&pe, pe_find(&pe, ".sbat", 0)), (struct span) { page, sizeof(page) }));
                assert_true(pe_find(&pe, ".data", 0)->flags & PE_SCN_WRITE);
                assert_int_equal(pe_find(&pe, ".cmdline", 0)->flags, PE_SCN_READ | 0x40);
                assert_non_null(pe_find(&pe, "eightlet", 0));
        }
}

/* shim compares the directory with the section; EDK2 walks the block. */
static void relocations_are_one_block_without_work(void **state) {
        const struct pe_section *s;
        struct span block;
        uint32_t addr = 0, size = 0;

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, NULL, 0);
        assert_sound(&image);
        s = pe_find(&pe, ".reloc", 0);
        assert_true(span_u32(image_span(&image), AT_RELOC_DIR, &addr) && span_u32(image_span(&image), AT_RELOC_DIR + 4, &size));
        assert_int_equal(addr, s->vaddr);
        assert_int_equal(size, s->vsize);
        assert_true(s->flags & PE_SCN_DISCARDABLE);
        block = pe_bytes(&pe, s);
        assert_true(span_u32(block, 0, &addr) && span_u32(block, 4, &size));
        assert_int_equal(addr, pe.entry);
        assert_int_equal(size, block.n);
        assert_int_equal(block.p[8] | block.p[9] | block.p[10] | block.p[11], 0); /* IMAGE_REL_BASED_ABSOLUTE */
}

/* The entry point of this machine's image is run and must say EFI_UNSUPPORTED; the other machine's is compared. */
static void the_entry_is_code_that_says_unsupported(void **state) {
        static const uint8_t aarch64[] = { 0x60, 0, 0x80, 0xd2, 0, 0, 0xf0, 0xf2, 0xc0, 3, 0x5f, 0xd6 };
        struct span code;

        (void) state;
        image_make(&image, PE_MACHINE_AARCH64, NULL, 0);
        assert_sound(&image);
        code = pe_bytes(&pe, &pe.sections[0]);
        assert_true(span_eq(code, (struct span) { aarch64, sizeof(aarch64) }));
#ifdef __x86_64__
        image_make(&image, PE_MACHINE_X86_64, NULL, 0);
        assert_sound(&image);
        code = pe_bytes(&pe, &pe.sections[0]);
#endif
#if defined(__x86_64__) || defined(__aarch64__)
        uint64_t (*entry)(void);
        char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        /* the sanitizer of clang 17 and newer reads what stands before a function */
        char *start = memory + 64;

        assert_ptr_not_equal(memory, MAP_FAILED);
        memcpy(start, code.p, code.n);
        assert_int_equal(mprotect(memory, 4096, PROT_READ | PROT_EXEC), 0);
        __builtin___clear_cache(memory, memory + 4096);
        memcpy(&entry, &start, sizeof(entry));
        assert_true(entry() == 0x8000000000000003);
        munmap(memory, 4096);
#endif
}

static void refuses_what_is_no_section(void **state) {
        struct pe_write_section bad[] = { TEXT_SECTION(".cmdline", ""), TEXT_SECTION(".cmdline", "a") };
        static struct pe_write_section many[PE_SECTIONS_MAX];
        size_t n;

        (void) state;
        assert_int_equal(pe_write_size(bad, 2), 0);
        assert_false(pe_write(PE_MACHINE_X86_64, bad, 2, image.bytes, sizeof(image.bytes), &n));
        bad[0].data.n = 1;
        assert_int_not_equal(pe_write_size(bad, 2), 0);
        memset(bad[1].name, 'n', sizeof(bad[1].name));
        assert_int_equal(pe_write_size(bad, 2), 0);
        for (size_t i = 0; i < COUNT(many); i++)
                many[i] = (struct pe_write_section) TEXT_SECTION(".x", "x");
        assert_int_equal(pe_write_size(many, PE_SECTIONS_MAX - 1), 0);
        assert_int_not_equal(pe_write_size(many, PE_SECTIONS_MAX - 2), 0);
        for (size_t i = 0; i < 5; i++)
                many[i].data.n = 0x40000000; /* five times 1 GiB; never read */
        assert_int_equal(pe_write_size(many, 5), 0);
        assert_false(pe_write(PE_MACHINE_IA32, bad, 1, image.bytes, sizeof(image.bytes), &n));
}

static const struct pe_write_section policy = TEXT_SECTION(".ukipol", "@version 1\n");
static const struct pe_write_section other_policy = { .name = ".ukipol", .data = { page, sizeof(page) } };

static bool append(const struct pe_write_section *section) {
        text_clear(&why);
        return pe_append_section(image_span(&image), section, appended.bytes, sizeof(appended.bytes), &appended.n, &why);
}

static void appends_and_replaces(void **state) {
        const struct pe_write_section sections[] = { TEXT_SECTION(".osrel", "ID=x\n") };

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, 1);
        image_put(&image, AT_CHECKSUM, 0x12345678, 4);
        assert_true(append(&policy));
        assert_sound(&appended);
        assert_int_equal(pe.n_sections, 4);
        assert_int_equal(appended.bytes[AT_CHECKSUM], 0);
        assert_true(span_eq_str(pe_bytes(&pe, pe_find(&pe, ".ukipol", 0)), "@version 1\n"));
        assert_true(span_eq_str(pe_bytes(&pe, pe_find(&pe, ".osrel", 0)), "ID=x\n"));
        image = appended;
        assert_true(append(&other_policy));
        assert_sound(&appended);
        assert_int_equal(pe.n_sections, 4);
        assert_true(span_eq(pe_bytes(&pe, pe_find(&pe, ".ukipol", 0)), other_policy.data));
        /* and back: to the same bytes as the first time */
        image = appended;
        assert_true(append(&policy));
        assert_sound(&appended);
        assert_int_equal(appended.n, image.n);
}

static void appends_to_an_image_of_another_alignment(void **state) {
        (void) state;
        image_make(&image, PE_MACHINE_X86_64, NULL, 0);
        image_put(&image, AT_FILE_ALIGN, 0x1000, 4);
        assert_true(append(&policy));
        assert_true(pe_open_file(image_span(&appended), &pe, &why));
        assert_int_equal(pe.sections[2].raw_off, 0x1000);
        assert_int_equal(appended.n, 0x2000);
        assert_int_equal(appended.bytes[0xfff], 0);
}

static void appends_only_behind_the_last_section(void **state) {
        const struct pe_write_section sections[] = { TEXT_SECTION(".ukipol", "@version 1\n"), TEXT_SECTION(".osrel", "ID=x\n") };
        const struct pe_write_section twice[] = { TEXT_SECTION(".ukipol", "a"), TEXT_SECTION(".ukipol", "b") };
        const struct pe_write_section empty = TEXT_SECTION(".ukipol", "");

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, 2);
        assert_false(append(&policy));
        assert_non_null(strstr(buf, "has a section .ukipol that is not its last"));
        image_make(&image, PE_MACHINE_X86_64, twice, 2);
        assert_false(append(&policy));
        assert_non_null(strstr(buf, "has a section .ukipol twice: which of them to replace is not known"));
        image_make(&image, PE_MACHINE_X86_64, sections + 1, 1);
        assert_false(append(&empty));
        assert_non_null(strstr(buf, "without data"));
        image.n++;
        assert_false(append(&policy));
        assert_non_null(strstr(buf, "data behind its last section"));
        image.n -= 2;
        assert_false(append(&policy));
        assert_non_null(strstr(buf, "past the end"));
}

static void appends_only_where_there_is_room(void **state) {
        const struct pe_write_section section = TEXT_SECTION(".osrel", "ID=x\n");
        static struct pe_write_section many[PE_SECTIONS_MAX - 2];
        static uint8_t big[300 * 0x200];
        size_t n;

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, &section, 1);
        image_put(&image, ROW(3, 4), 1, 1);
        assert_false(append(&policy));
        assert_non_null(strstr(buf, "no room"));
        image_put(&image, ROW(3, 4), 0, 1);
        image_put(&image, AT_SIZE_OF_HEADERS, ROW(4, 0) - 1, 4);
        assert_false(append(&policy));
        assert_non_null(strstr(buf, "no room"));
        image_put(&image, AT_SIZE_OF_HEADERS, 0x400, 4);
        assert_true(append(&policy));
        text_clear(&why);
        assert_false(pe_append_section(image_span(&image), &policy, appended.bytes, appended.n - 1, &n, &why));
        assert_non_null(strstr(buf, "too large"));
        image_sign(&image, 0x100);
        assert_false(append(&policy));
        assert_non_null(strstr(buf, "is signed"));
        image.bytes[0] = 0;
        assert_false(append(&policy));
        assert_non_null(strstr(buf, "not a PE image"));
        for (size_t i = 0; i < COUNT(many); i++)
                many[i] = (struct pe_write_section) TEXT_SECTION(".x", "x");
        assert_true(pe_write(PE_MACHINE_X86_64, many, COUNT(many), big, sizeof(big), &n));
        text_clear(&why);
        assert_false(pe_append_section((struct span) { big, n }, &policy, appended.bytes, sizeof(appended.bytes), &n, &why));
        assert_non_null(strstr(buf, "no room"));
}

/* The last row of the table need not be the last section, and headers may point into it. */
static void replaces_only_what_is_last_everywhere(void **state) {
        const struct pe_write_section sections[] = { TEXT_SECTION(".osrel", "ID=x\n"), TEXT_SECTION(".ukipol", "@version 1\n") };
        uint8_t row[40];

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, 2);
        assert_true(append(&policy));
        image_put(&image, AT_ENTRY, 0x4000, 4);
        assert_false(append(&policy));
        assert_non_null(strstr(buf, "cannot be replaced"));
        image_put(&image, AT_ENTRY, 0x1000, 4);
        image_put(&image, AT_RELOC_DIR, 0x4000, 4);
        assert_false(append(&policy));
        image_put(&image, AT_RELOC_DIR, 0x2000, 4);
        assert_true(append(&policy));
        memcpy(row, image.bytes + ROW(2, 0), sizeof(row));
        memcpy(image.bytes + ROW(2, 0), image.bytes + ROW(3, 0), sizeof(row));
        memcpy(image.bytes + ROW(3, 0), row, sizeof(row));
        assert_false(append(&policy)); /* last in file and memory, but not in the table */
        image_make(&image, PE_MACHINE_X86_64, sections, 2);
        image_put(&image, ROW(2, ROW_VADDR), 0x5000, 4);
        image_put(&image, AT_SIZE_OF_IMAGE, 0x6000, 4);
        assert_false(append(&policy)); /* .osrel lies behind it in memory */
        image_make(&image, PE_MACHINE_X86_64, sections, 2);
        image_put(&image, ROW(2, ROW_RAW_OFF), 0xa00, 4);
        image_put(&image, ROW(3, ROW_RAW_OFF), 0x800, 4);
        assert_false(append(&policy)); /* and in the file */
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(writes_what_loaders_want, fresh),
                cmocka_unit_test_setup(relocations_are_one_block_without_work, fresh),
                cmocka_unit_test_setup(the_entry_is_code_that_says_unsupported, fresh),
                cmocka_unit_test_setup(refuses_what_is_no_section, fresh),
                cmocka_unit_test_setup(appends_and_replaces, fresh),
                cmocka_unit_test_setup(appends_to_an_image_of_another_alignment, fresh),
                cmocka_unit_test_setup(appends_only_behind_the_last_section, fresh),
                cmocka_unit_test_setup(appends_only_where_there_is_room, fresh),
                cmocka_unit_test_setup(replaces_only_what_is_last_everywhere, fresh),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
