/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loaderline.h"
#include "pe_image.h"
#include "pe_load.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define IMAGE        "\\EFI\\Linux\\a.efi"
#define BOOT_252     "systemd-boot 252.39-1~deb12u2"

static struct image image;
static struct pe pe;

static void make(const struct pe_write_section *sections, size_t n) {
        char buf[200];
        struct text why = TEXT_IN(buf);

        image_make(&image, PE_MACHINE_X86_64, sections, n);
        if (!pe_open_file(image_span(&image), &pe, &why))
                fail_msg("%s", buf);
}

static void make_plain(const char *line, size_t n) {
        const struct pe_write_section sections[] = {
                TEXT_SECTION(".osrel", "ID=test\n"),
                { .name = ".cmdline", .data = { (const uint8_t *) line, n } },
                TEXT_SECTION(".linux", "kernel"),
        };

        make(sections, COUNT(sections));
}

/* NULL: it is told nothing. */
static const char *told(const char *info, const char *path) {
        static char buf[64];
        struct text text = TEXT_IN(buf);

        return loaderline_make(span_of(info), span_of(path), &pe, &text) ? buf : NULL;
}

static void systemd_boot_up_to_254_tells_an_image_its_own_line(void **state) {
        static const struct {
                const char *info;
                bool tells;
        } rows[] = {
                { BOOT_252, true },
                { "systemd-boot 253", true },
                { "systemd-boot 254.26-1~bpo12+1", true },
                { "systemd-boot 254", true },
                { "systemd-boot 255", false },
                { "systemd-boot 257.13-1~deb13u1", false },
                { "systemd-boot 251", false },
                { "systemd-boot 2520", false },
                { "systemd-boot 99999999254", false },
                { "systemd-boot ", false },
                { "systemd-stub 252.39", false },
                { "", false },
        };

        (void) state;
        make_plain("quiet", 5);
        for (size_t i = 0; i < COUNT(rows); i++) {
                const char *text = told(rows[i].info, IMAGE);

                assert_int_equal(text != NULL, rows[i].tells);
                if (text)
                        assert_string_equal(text, "quiet");
        }
}

static void only_an_image_that_it_has_an_entry_for(void **state) {
        static const struct {
                const char *path;
                bool has_entry;
        } rows[] = {
                { IMAGE, true },
                { "\\efi\\linux\\A.EFI", true },
                { "\\EFI\\Linux\\.a.efi", false },
                { "\\EFI\\Linux\\auto-a.efi", false },
                { "\\EFI\\Linux\\Auto-a.efi", true },
                { "\\EFI\\Linux\\a.efi.old", false },
                { "\\EFI\\Linux\\deep\\a.efi", false },
                { "\\EFI\\other\\a.efi", false },
                { "\\a.efi", false },
        };

        (void) state;
        make_plain("quiet", 5);
        for (size_t i = 0; i < COUNT(rows); i++)
                assert_int_equal(told(BOOT_252, rows[i].path) != NULL, rows[i].has_entry);
}

static void an_image_without_a_name_or_a_line_is_told_nothing(void **state) {
        static const struct pe_write_section nameless[] = { TEXT_SECTION(".cmdline", "quiet"), TEXT_SECTION(".linux", "k") };
        static const struct pe_write_section lineless[] = { TEXT_SECTION(".osrel", "ID=x"), TEXT_SECTION(".linux", "k") };

        (void) state;
        make(nameless, COUNT(nameless));
        assert_null(told(BOOT_252, IMAGE));
        make(lineless, COUNT(lineless));
        assert_null(told(BOOT_252, IMAGE));
}

/* It reads the file, ukiload the image that was loaded from it. */
static void zeros_that_only_memory_has_are_nothing(void **state) {
        static const struct pe_write_section sections[] = { TEXT_SECTION(".osrel", "ID=x"), TEXT_SECTION(".cmdline", "quiet"),
                                                            TEXT_SECTION(".linux", "k") };

        (void) state;
        for (size_t i = 0; i < 3; i++) {
                char buf[200];
                struct text why = TEXT_IN(buf);
                struct span memory;

                make(sections, COUNT(sections));
                const size_t row = (size_t) (pe_find(&pe, sections[i].name, 0) - pe.sections);

                if (i < 2)
                        image_put(&image, ROW(row, 16), 0, 4); /* SizeOfRawData */
                assert_true(pe_open_file(image_span(&image), &pe, &why));
                assert_int_equal(told(BOOT_252, IMAGE) != NULL, i == 2);
                memory = pe_load(&pe);
                assert_true(pe_open_image(memory, &pe, &why));
                assert_int_equal(told(BOOT_252, IMAGE) != NULL, i == 2);
                free((void *) (uintptr_t) memory.p);
        }
}

static void the_text_is_what_a_stub_of_that_time_makes_of_it(void **state) {
        (void) state;
        make_plain("  a\tb=\xc3\xbc c\x7f \n\n", 14);
        assert_string_equal(told(BOOT_252, IMAGE), "  a b=\xc3\xbc c\x7f");
        make_plain("a\0b", 3);
        assert_string_equal(told(BOOT_252, IMAGE), "a");
        make_plain(" \n", 2);
        assert_string_equal(told(BOOT_252, IMAGE), "");
        make_plain("0123456789012345678901234567890123456789012345678901234567890123", 64);
        assert_null(told(BOOT_252, IMAGE)); /* does not fit into the 64 bytes of `told` */
}

static void of_several_lines_it_tells_the_last(void **state) {
        static const struct pe_write_section sections[] = {
                TEXT_SECTION(".osrel", "ID=x"),      TEXT_SECTION(".cmdline", "base"),  TEXT_SECTION(".linux", "k"),
                TEXT_SECTION(".profile", "ID=main"), TEXT_SECTION(".profile", "ID=p1"), TEXT_SECTION(".cmdline", "one"),
        };

        (void) state;
        make(sections, COUNT(sections));
        assert_string_equal(told(BOOT_252, IMAGE), "one");
}

static void a_stub_takes_it_only_without_secure_boot_and_profiles(void **state) {
        const struct span line = span_of("quiet");
        struct uki uki = { 0 };

        (void) state;
        assert_true(loaderline_for_stub(&uki, false, false, line));
        assert_false(loaderline_for_stub(&uki, true, false, line));
        assert_false(loaderline_for_stub(&uki, false, true, line));
        assert_false(loaderline_for_stub(&uki, false, false, span_of("")));
        assert_false(loaderline_for_stub(&uki, false, false, span_of("@1 quiet")));
        uki.n_profiles = 1;
        assert_false(loaderline_for_stub(&uki, false, false, line));
        uki = (struct uki) { .profile = 1 };
        assert_false(loaderline_for_stub(&uki, false, false, line));
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(systemd_boot_up_to_254_tells_an_image_its_own_line),    T(only_an_image_that_it_has_an_entry_for),
                T(an_image_without_a_name_or_a_line_is_told_nothing),     T(zeros_that_only_memory_has_are_nothing),
                T(the_text_is_what_a_stub_of_that_time_makes_of_it),      T(of_several_lines_it_tells_the_last),
                T(a_stub_takes_it_only_without_secure_boot_and_profiles),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
