/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reader makes of an image, and of the few unusual ones that must be read. */
#include "pe_load.h"
#include "pe_sample.h"

static void opens_a_sound_image(void **state) {
        (void) state;
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        assert_int_equal(pe.machine, PE_MACHINE_X86_64);
        assert_int_equal(pe.subsystem, PE_SUBSYSTEM_EFI_APPLICATION);
        assert_true(pe.dll_characteristics & PE_NX_COMPAT);
        assert_int_equal(pe.entry, 0x1000);
        assert_int_equal(pe.size_of_image, 0x6000);
        assert_int_equal(pe.size_of_headers, 0x400);
        assert_int_equal(pe.section_alignment, 0x1000);
        assert_int_equal(pe.file_alignment, 0x200);
        assert_int_equal(pe.checksum_off, AT_CHECKSUM);
        assert_int_equal(pe.cert_dir_off, AT_CERT_DIR);
        assert_int_equal(pe.cert_off, 0);
        assert_int_equal(pe.n_sections, N_ROWS);
        assert_string_equal(pe.sections[CMDLINE].name, ".cmdline");
        assert_int_equal(pe.sections[CMDLINE].vsize, 5);
        assert_int_equal(pe.sections[CMDLINE].vaddr, 0x4000);
        assert_int_equal(pe.sections[CMDLINE].raw_off, 0xa00);
        assert_int_equal(pe.sections[CMDLINE].raw_size, 0x200);
        assert_true(span_eq_str(pe_bytes(&pe, pe_find(&pe, ".cmdline", 0)), "quiet"));
        assert_ptr_equal(pe_find(&pe, ".linux", 0), &pe.sections[LINUX]);
        assert_null(pe_find(&pe, ".linux", LINUX + 1));
        assert_null(pe_find(&pe, ".linu", 0));
        assert_int_equal(pe_count(&pe, ".linux"), 1);
        assert_int_equal(pe_count(&pe, ".linux2"), 0);
}

static void names_machines(void **state) {
        (void) state;
        assert_string_equal(arch_name(PE_MACHINE_X86_64), "x86_64");
        assert_string_equal(arch_name(PE_MACHINE_AARCH64), "aarch64");
        assert_string_equal(arch_name(PE_MACHINE_IA32), "ia32");
        assert_string_equal(arch_name(NO_MACHINE), "unknown machine");
}

/* ia32: the same fields, sixteen bytes less before the directories. */
static void opens_ia32_to_name_it(void **state) {
        (void) state;
        memmove(image.bytes + AT_N_DIRS - 16, image.bytes + AT_N_DIRS, AT_TABLE + N_ROWS * 40 - AT_N_DIRS);
        image_put(&image, AT_MACHINE, PE_MACHINE_IA32, 2);
        image_put(&image, AT_MAGIC, 0x10b, 2);
        image_put(&image, AT_OPT_SIZE, 0xe0, 2);
        assert_true(open_exactly(&image, false));
        assert_int_equal(pe.machine, PE_MACHINE_IA32);
        assert_int_equal(pe.cert_dir_off, AT_CERT_DIR - 16);
        assert_int_equal(pe.n_sections, N_ROWS);
}

/* Fewer directories than the security one: nothing to sign with, nothing to leave out of the digest. */
static void opens_without_a_security_directory(void **state) {
        struct pe_hashed h;

        (void) state;
        memmove(image.bytes + AT_N_DIRS + 4, image.bytes + AT_TABLE, N_ROWS * 40);
        image_put(&image, AT_N_DIRS, 0, 4);
        image_put(&image, AT_OPT_SIZE, 112, 2);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        assert_int_equal(pe.cert_dir_off, 0);
        pe_hashed_ranges(&pe, &h);
        assert_int_equal(h.n, 2);
        assert_int_equal(h.range[0].n + h.range[1].n, image.n - 4);
}

/* What no section has is not what is signed, and something else is instead: firmware hashes so, and sbsign. */
static void hashes_around_a_gap(void **state) {
        struct pe_hashed h;
        size_t gap, from;

        (void) state;
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        pe_hashed_ranges(&pe, &h);
        assert_int_equal(h.n, 3);
        assert_false(h.rest);
        gap = pe.sections[2].raw_size;
        from = pe.sections[2].raw_off;
        image_put(&image, ROW(2, ROW_RAW_SIZE), 0, 4);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        pe_hashed_ranges(&pe, &h);
        assert_true(h.rest);
        assert_ptr_equal(h.range[2].p + h.range[2].n, image.bytes + from);
        assert_ptr_equal(h.range[h.n - 1].p, image.bytes + image.n - gap);
        assert_ptr_equal(h.range[h.n - 1].p + h.range[h.n - 1].n, image.bytes + image.n);
}

/* The one overlap that a real tool makes: ukify lets .sbat grow over .sdmagic of systemd 252's stub. */
static void lets_sbat_grow_over_sdmagic_only(void **state) {
        static const struct pe_write_section grown[] = { TEXT_SECTION(".sbat", "sbat,1"), TEXT_SECTION(".sdmagic", "####") };
        static const struct pe_write_section turned[] = { TEXT_SECTION(".sdmagic", "####"), TEXT_SECTION(".sbat", "sbat,1") };
        static const struct pe_write_section other[] = { TEXT_SECTION(".sbat", "sbat,1"), TEXT_SECTION(".cmdline", "####") };

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, grown, 2);
        image_put(&image, ROW(3, ROW_VADDR), 0x3004, 4);
        assert_true(open_exactly(&image, false));
        image_put(&image, ROW(2, ROW_VSIZE), 9, 4); /* not past the end of .sdmagic: that could reach a third section */
        assert_false(open_exactly(&image, false));
        image_put(&image, ROW(2, ROW_VSIZE), 6, 4);
        image_put(&image, ROW(3, ROW_VADDR), 0x3000, 4);
        assert_false(open_exactly(&image, false));
        image_put(&image, ROW(2, ROW_VSIZE), 3, 4); /* all of .sbat under .sdmagic: no growth makes that */
        assert_false(open_exactly(&image, false));
        image_make(&image, PE_MACHINE_X86_64, turned, 2);
        image_put(&image, ROW(3, ROW_VADDR), 0x3002, 4);
        assert_false(open_exactly(&image, false));
        image_make(&image, PE_MACHINE_X86_64, other, 2);
        image_put(&image, ROW(3, ROW_VADDR), 0x3004, 4);
        assert_false(open_exactly(&image, false));
}

static void counts_and_finds_duplicates(void **state) {
        static const struct pe_write_section twice[] = {
                TEXT_SECTION(".cmdline", "a"),
                TEXT_SECTION(".linux2", "x"),
                TEXT_SECTION(".cmdline", "b"),
                TEXT_SECTION("eightbyt", "y"),
        };

        (void) state;
        image_make(&image, PE_MACHINE_AARCH64, twice, 4);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        assert_int_equal(pe_count(&pe, ".cmdline"), 2);
        assert_true(span_eq_str(pe_bytes(&pe, pe_find(&pe, ".cmdline", 3)), "b"));
        assert_null(pe_find(&pe, ".linux", 0));
        assert_int_equal(pe_count(&pe, "eightbyt"), 1);
        assert_true(pe_named(&pe.sections[3], ".linux2"));
        assert_false(pe_named(&pe.sections[3], ".Linux2"));
}

/* 23: the most sections there may be; every two are compared. */
static void opens_as_many_sections_as_allowed(void **state) {
        static struct pe_write_section many[PE_SECTIONS_MAX - 2];
        size_t n;
        uint8_t *big = malloc(pe_write_size(many, 0) + 300 * 0x200);

        (void) state;
        assert_non_null(big);
        for (size_t i = 0; i < COUNT(many); i++)
                many[i] = (struct pe_write_section) TEXT_SECTION(".dtbauto", "x");
        assert_true(pe_write(PE_MACHINE_X86_64, many, COUNT(many), big, 300 * 0x200, &n));
        assert_true(pe_open_file((struct span) { big, n }, &pe, &why));
        assert_int_equal(pe.n_sections, PE_SECTIONS_MAX);
        free(big);
}

/* 23: a table of ten thousand rows that is really there; it is not walked. */
static void ten_thousand_sections_are_refused_at_once(void **state) {
        const size_t n = 0x200 + 10000 * 40;
        uint8_t *big = calloc(1, n);

        (void) state;
        assert_non_null(big);
        memcpy(big, image.bytes, AT_TABLE);
        for (size_t i = 0; i < 10000; i++)
                memcpy(big + AT_TABLE + 40 * i, ".dtbauto", 8);
        big[AT_N_SECTIONS] = 10000 & 0xff;
        big[AT_N_SECTIONS + 1] = 10000 >> 8;
        memcpy(big + AT_SIZE_OF_HEADERS, &(uint32_t) { (uint32_t) n }, 4);
        assert_false(pe_open_file((struct span) { big, n }, &pe, &why));
        assert_non_null(strstr(buf, "more than 256"));
        free(big);
}

static void refuses_more_than_4_gib(void **state) {
        /* only the length is looked at */
        const struct span huge = { image.bytes, (size_t) UINT32_MAX + 1 };

        (void) state;
        assert_false(pe_open_file(huge, &pe, &why));
        assert_non_null(strstr(buf, "larger than 4 GiB"));
}

static void reads_a_loaded_image(void **state) {
        struct span memory;
        struct pe mapped;

        (void) state;
        image_sign(&image, 0x100);
        image_put(&image, ROW(CMDLINE, ROW_VSIZE), 0x300, 4); /* more than in the file: zeros */
        image_put(&image, ROW(OSREL, ROW_VSIZE), 0, 4);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        memory = pe_load(&pe);
        assert_true(pe_open_image(memory, &mapped, &why));
        assert_true(mapped.mapped);
        assert_int_equal(mapped.cert_off, 0);
        assert_int_equal(mapped.cert_size, 0);
        assert_int_equal(pe_bytes(&mapped, pe_find(&mapped, ".osrel", 0)).n, 0);
        assert_int_equal(pe_bytes(&pe, pe_find(&pe, ".osrel", 0)).n, 0);
        assert_int_equal(pe_bytes(&mapped, pe_find(&mapped, ".cmdline", 0)).n, 0x300);
        assert_int_equal(pe_bytes(&pe, pe_find(&pe, ".cmdline", 0)).n, 0x200);
        assert_true(span_eq_str(span_trim_nul(pe_bytes(&mapped, pe_find(&mapped, ".cmdline", 0))), "quiet"));
        assert_true(span_eq_str(pe_bytes(&mapped, pe_find(&mapped, ".linux", 0)), "kernel"));
        assert_false(pe_open_image((struct span) { memory.p, memory.n - 1 }, &mapped, &why));
        assert_non_null(strstr(buf, "SizeOfImage is more than was loaded"));
        text_clear(&why);
        assert_false(pe_open_image((struct span) { memory.p, 0x100 }, &mapped, &why));
        free((void *) (uintptr_t) memory.p);
}

/* A loaded image has no file behind it: raw ranges are numbers that only must not collide. */
static void judges_a_loaded_image_too(void **state) {
        (void) state;
        image.n = 0x6000;
        assert_true(open_exactly(&image, true));
        image_put(&image, ROW(LINUX, ROW_RAW_OFF), 0x20000, 4);
        assert_true(open_exactly(&image, true));
        image_put(&image, ROW(LINUX, ROW_RAW_OFF), 0xffffff00, 4);
        assert_false(open_exactly(&image, true));
        image_put(&image, ROW(LINUX, ROW_RAW_OFF), 0xc00, 4);
        image_put(&image, ROW(LINUX, ROW_VADDR), 0x4004, 4);
        assert_false(open_exactly(&image, true));
        assert_non_null(strstr(buf, "overlap in memory"));
}

/* The headers alone: enough to choose among files, and nothing behind them is reached. */
static void reads_the_headers_alone(void **state) {
        const struct span head = { image.bytes, 0x400 };

        (void) state;
        assert_true(pe_open_head(head, image.n, &pe, &why));
        assert_int_equal(pe.n_sections, N_ROWS);
        assert_non_null(pe_find(&pe, ".linux", 0));
        assert_int_equal(pe_bytes(&pe, pe_find(&pe, ".linux", 0)).n, 0);
        assert_true(pe_open_head((struct span) { head.p, AT_TABLE + 40 * N_ROWS }, image.n, &pe, &why));
        assert_false(pe_open_head((struct span) { head.p, AT_TABLE + 40 * N_ROWS - 1 }, image.n, &pe, &why));
        assert_string_equal(buf, "is damaged: its section table is not inside its headers");
        text_clear(&why);
        image_put(&image, AT_SIZE_OF_HEADERS, 0x10000, 4); /* FileAlignment may be as much, and what is read of the file less */
        image_put(&image, AT_SIZE_OF_IMAGE, 0x20000, 4);
        assert_true(pe_open_head(head, 0x10000, &pe, &why));
        assert_false(pe_open_head(head, 0xffff, &pe, &why));
        assert_string_equal(buf, "is damaged: its headers reach past the end");
}

/* A head of a few KiB is judged by what the whole file has: a UKI of 600 MiB wants as much memory. */
static void judges_a_head_by_the_size_of_the_file(void **state) {
        const uint64_t mib = 1 << 20;
        const struct {
                uint64_t memory, file;
                bool good;
        } rows[] = {
                { 600 * mib, 600 * mib, true },   { 600 * mib, 88 * mib, true },    { 600 * mib, 88 * mib - 1, false },
                { 600 * mib, 0x400, false },      { 2048 * mib, 2000 * mib, true }, { 4095 * mib, UINT32_MAX, true },
                { 600 * mib, 4096 * mib, false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                image_put(&image, AT_SIZE_OF_IMAGE, (uint32_t) rows[i].memory, 4);
                assert_int_equal(pe_open_head((struct span) { image.bytes, 0x400 }, rows[i].file, &pe, &why), rows[i].good);
                text_clear(&why);
        }
}

static void leaves_out_what_is_not_hashed(void **state) {
        uint8_t joined[sizeof(image.bytes)], expected[sizeof(image.bytes)];
        struct pe_hashed h;
        size_t n = 0, m = 0;

        (void) state;
        image_sign(&image, 0x100);
        image.n += 8; /* padding behind the table counts, but it is the table's first bytes that firmware hashes for it */
        memset(image.bytes + image.n - 8, 0, 8);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        pe_hashed_ranges(&pe, &h);
        assert_int_equal(h.n, 3);
        for (size_t i = 0; i < h.n; i++) {
                memcpy(joined + n, h.range[i].p, h.range[i].n);
                n += h.range[i].n;
        }
        for (size_t i = 0; i < image.n; i++)
                if (!(i >= AT_CHECKSUM && i < AT_CHECKSUM + 4) && !(i >= AT_CERT_DIR && i < AT_CERT_DIR + 8) && i < 0xe08)
                        expected[m++] = image.bytes[i];
        assert_int_equal(n, m);
        assert_memory_equal(joined, expected, n);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(opens_a_sound_image, make),
                cmocka_unit_test(names_machines),
                cmocka_unit_test_setup(opens_ia32_to_name_it, make),
                cmocka_unit_test_setup(opens_without_a_security_directory, make),
                cmocka_unit_test_setup(hashes_around_a_gap, make),
                cmocka_unit_test_setup(lets_sbat_grow_over_sdmagic_only, make),
                cmocka_unit_test_setup(counts_and_finds_duplicates, make),
                cmocka_unit_test_setup(opens_as_many_sections_as_allowed, make),
                cmocka_unit_test_setup(ten_thousand_sections_are_refused_at_once, make),
                cmocka_unit_test_setup(refuses_more_than_4_gib, make),
                cmocka_unit_test_setup(reads_a_loaded_image, make),
                cmocka_unit_test_setup(judges_a_loaded_image_too, make),
                cmocka_unit_test_setup(reads_the_headers_alone, make),
                cmocka_unit_test_setup(judges_a_head_by_the_size_of_the_file, make),
                cmocka_unit_test_setup(leaves_out_what_is_not_hashed, make),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
