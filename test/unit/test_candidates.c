/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "candidates.h"
#include "disk_in_memory.h"
#include "pe_image.h"

#define DIR "\\EFI\\Linux\\"

static struct mem_disk esp, xbootldr;
static struct candidate rooms[CANDIDATES_MAX + 1];
static struct candidate *order[CANDIDATES_MAX + 1];
static struct candidates c;
static char said[1024];

static void note(void *arg, const char *sentence) {
        (void) arg;
        strncat(said, sentence, sizeof(said) - strlen(said) - 1);
        strncat(said, ";", sizeof(said) - strlen(said) - 1);
}

static void begin(void) {
        mem_begin(&esp);
        mem_begin(&xbootldr);
        memset(&c, 0, sizeof(c));
        memset(rooms, 0x5a, sizeof(rooms));
        for (size_t i = 0; i <= CANDIDATES_MAX; i++)
                order[i] = &rooms[i];
        c.v = order;
        c.cap = CANDIDATES_MAX;
        c.skipped = note;
        said[0] = 0;
}

static void find(void) {
        const struct disk disks[2] = { esp.disk, xbootldr.disk };

        candidates_find(disks, 2, &c);
}

/* NULL: it has no .osrel. */
static struct span uki(struct image *image, const char *osrel) {
        struct pe_write_section s[2] = { TEXT_SECTION(".linux", "kernel"), { .name = ".osrel" } };

        if (osrel)
                s[1].data = span_of(osrel);
        image_make(image, PE_MACHINE_X86_64, s, osrel ? 2 : 1);
        return image_span(image);
}

static void comes(size_t at, size_t disk, const char *path) {
        assert_true(at < c.n);
        assert_string_equal(c.v[at]->path, path);
        assert_int_equal(c.v[at]->disk, disk);
}

static void the_newest_of_all_volumes_is_first(void **state) {
        static struct image images[4];

        (void) state;
        begin();
        mem_add(&esp, DIR "a.efi", uki(&images[0], "ID=x\nVERSION_ID=1\n"));
        mem_add(&xbootldr, DIR "b.efi", uki(&images[1], "ID=x\nVERSION_ID=3\n"));
        mem_add(&esp, DIR "c.efi", uki(&images[2], "ID=x\nVERSION_ID=2\n"));
        mem_add(&xbootldr, DIR "d.EFI", uki(&images[3], NULL));
        find();
        assert_int_equal(c.n, 4);
        comes(0, 1, DIR "b.efi");
        comes(1, 0, DIR "c.efi");
        comes(2, 0, DIR "a.efi");
        comes(3, 1, DIR "d.EFI");
        assert_int_equal(c.left_out, 0);
        assert_string_equal(said, "");
}

static void of_two_alike_the_first_volumes_is_first(void **state) {
        static struct image image;
        struct span bytes = uki(&image, "ID=x\n");

        (void) state;
        begin();
        mem_add(&esp, DIR "a.efi", bytes);
        mem_add(&xbootldr, DIR "a.efi", bytes);
        find();
        comes(0, 0, DIR "a.efi");
        comes(1, 1, DIR "a.efi");
}

static void what_is_none_is_passed_over_in_silence(void **state) {
        static const char *const names[] = { "a.efi.bak", ".a.efi", "a.addon.efi", "A.ADDON.EFI", "efi", "deep\\a.efi" };
        static struct image image, addon;
        struct pe_write_section s = TEXT_SECTION(".cmdline", "quiet");
        char path[64];

        (void) state;
        begin();
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                snprintf(path, sizeof(path), DIR "%s", names[i]);
                mem_add(&esp, path, uki(&image, "ID=x\n"));
        }
        image_make(&addon, PE_MACHINE_X86_64, &s, 1);
        mem_add(&esp, DIR "none.efi", image_span(&addon));
        mem_add(&esp, DIR "text.efi", span_of("no image"));
        mem_add(&esp, "\\EFI\\a.efi", image_span(&image));
        find();
        assert_int_equal(c.n, 0);
        assert_string_equal(said, "");
}

/* What is behind a bad sector must not be missing without a word. */
static void a_file_that_cannot_be_read_is_told_of(void **state) {
        static const char clause[] = " cannot be read, and may be a UKI: repair the file system, or remove it;";
        static struct image image;
        char want[256];

        (void) state;
        begin();
        mem_add(&esp, DIR "shut.efi", uki(&image, "ID=x\n"))->shut = true;
        mem_add(&esp, DIR "torn.efi", image_span(&image))->torn = true;
        mem_add(&esp, DIR "whole.efi", image_span(&image));
        mem_add(&esp, DIR "shut.txt", span_of("no image"))->shut = true;
        find();
        assert_int_equal(c.n, 1);
        snprintf(want, sizeof(want), DIR "shut.efi%s" DIR "torn.efi%s", clause, clause);
        assert_string_equal(said, want);
}

static void a_name_that_cannot_be_taken_and_a_folder_that_breaks_off_are_said(void **state) {
        static struct image image;
        struct span bytes = uki(&image, "ID=x\n");

        (void) state;
        begin();
        mem_add(&esp, DIR "a.efi", bytes);
        mem_add(&esp, DIR "b\\u0009.efi", bytes);
        esp.files[1].bad_name = true;
        strcpy(esp.files[1].path, DIR "b_u0009.efi");
        mem_add(&xbootldr, DIR "c.efi", bytes);
        mem_add(&xbootldr, DIR "d.efi", bytes);
        xbootldr.unread = "\\EFI\\Linux";
        xbootldr.unread_after = 1;
        find();
        assert_int_equal(c.n, 2); /* what was listed before counts */
        assert_string_equal(said, DIR "b_u0009.efi " DISK_NAME_FAULT ";\\EFI\\Linux of the volume cannot be read (test);");
        c.skipped = NULL;
        find();
        assert_int_equal(c.n, 2);
}

static void of_an_os_release_2048_bytes_count(void **state) {
        static struct image images[2];
        static char osrel[2300];

        (void) state;
        begin();
        snprintf(osrel, sizeof(osrel), "ID=x\n#%2100d\nVERSION_ID=9\n", 0);
        mem_add(&esp, DIR "a.efi", uki(&images[0], osrel));
        mem_add(&esp, DIR "b.efi", uki(&images[1], "ID=x\nVERSION_ID=1\n"));
        find();
        comes(0, 0, DIR "b.efi");
        assert_int_equal(c.v[1]->entry.version.n, 0);
}

static void an_os_release_that_cannot_be_read_is_none(void **state) {
        static struct image image;

        (void) state;
        begin();
        (void) uki(&image, "ID=x\n");
        image_put(&image, ROW(3, ROW_RAW_OFF), 0x7fff0000, 4);
        mem_add(&esp, DIR "a.efi", image_span(&image));
        find();
        assert_true(c.n == 0 || c.v[0]->entry.sort_key.n == 0);
}

static uint64_t lies_from;

/* Says that there was a byte more than was asked for. */
static bool one_too_many(void *arg, const char *path, uint64_t off, uint8_t *to, size_t n, size_t *ret_n) {
        if (!mem_part(arg, path, off, to, n, ret_n))
                return false;
        if (off >= lies_from)
                *ret_n = n + 1;
        return true;
}

static void more_than_was_asked_for_is_not_read(void **state) {
        static struct image image;

        (void) state;
        for (lies_from = 0; lies_from < 2; lies_from++) { /* the head, and what follows it only */
                begin();
                esp.disk.part = one_too_many;
                mem_add(&esp, DIR "a.efi", uki(&image, "ID=a\nVERSION_ID=1\n"));
                find();
                assert_int_equal(c.n, lies_from);
                if (c.n > 0)
                        assert_int_equal(c.v[0]->entry.sort_key.n, 0);
        }
}

static void only_the_head_is_read(void **state) {
        static struct image image;
        static uint8_t large[HEAD_MAX + 4096];

        (void) state;
        begin();
        (void) uki(&image, NULL);
        memcpy(large, image.bytes, image.n);
        mem_add(&esp, DIR "a.efi", (struct span) { large, sizeof(large) });
        find();
        assert_int_equal(c.n, 1);
        assert_int_equal(esp.n_read, 0);
}

/* Of however many the best stay, sorted, wherever they stood in the folder. */
static void the_best_64_stay(void **state) {
        enum { N = 3 * CANDIDATES_MAX };
        static struct image image;
        struct span bytes = uki(&image, "ID=a\n");
        char path[32];

        (void) state;
        begin();
        for (size_t i = 0; i < N; i++) {
                snprintf(path, sizeof(path), DIR "k%zu.efi", i * 77 % N); /* 77 and 192 have no common divisor */
                mem_add(&esp, path, bytes);
        }
        find();
        assert_int_equal(c.n, CANDIDATES_MAX);
        assert_int_equal(c.left_out, N - CANDIDATES_MAX);
        for (size_t i = 0; i < CANDIDATES_MAX; i++) { /* the newest first */
                snprintf(path, sizeof(path), DIR "k%zu.efi", N - 1 - i);
                comes(i, 0, path);
        }
}

/* EDK2's FAT driver takes no path of more than 255 characters, whatever a name may have. */
static void what_is_not_read_for_its_long_path_is_said_to_have_one(void **state) {
        static struct image image;
        char path[300];

        (void) state;
        begin();
        memset(path, 'n', sizeof(path));
        memcpy(path, DIR, strlen(DIR));
        for (size_t n = 255; n <= 256; n++) { /* of the path */
                memcpy(path + n - 4, ".efi", 5);
                mem_add(&esp, path, uki(&image, NULL))->shut = true;
                path[n] = path[n - 1] = 'n';
        }
        find();
        assert_int_equal(c.n, 0);
        assert_non_null(strstr(said, ".efi cannot be read, and may be a UKI: repair the file system, or remove it;"));
        assert_non_null(strstr(said, ".efi cannot be read, and may be a UKI: its path is longer than 255 bytes, and firmware"));
}

static void a_name_of_255_bytes_is_one(void **state) {
        static struct image image;
        char path[300];

        (void) state;
        begin();
        memset(path, 'n', sizeof(path));
        memcpy(path, DIR, strlen(DIR));
        memcpy(path + strlen(DIR) + 251, ".efi", 5); /* a name of 255 bytes */
        mem_add(&esp, path, uki(&image, NULL));
        find();
        assert_int_equal(c.n, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_newest_of_all_volumes_is_first),
                cmocka_unit_test(of_two_alike_the_first_volumes_is_first),
                cmocka_unit_test(what_is_none_is_passed_over_in_silence),
                cmocka_unit_test(a_file_that_cannot_be_read_is_told_of),
                cmocka_unit_test(a_name_that_cannot_be_taken_and_a_folder_that_breaks_off_are_said),
                cmocka_unit_test(of_an_os_release_2048_bytes_count),
                cmocka_unit_test(an_os_release_that_cannot_be_read_is_none),
                cmocka_unit_test(more_than_was_asked_for_is_not_read),
                cmocka_unit_test(only_the_head_is_read),
                cmocka_unit_test(the_best_64_stay),
                cmocka_unit_test(what_is_not_read_for_its_long_path_is_said_to_have_one),
                cmocka_unit_test(a_name_of_255_bytes_is_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
