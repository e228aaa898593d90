/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "disk_in_memory.h"
#include "gather.h"
#include "plan_world.h"

static struct world w;
static struct mem_disk m;
static struct plan_addon found[PLAN_ADDONS_MAX];
static size_t n_found;
static char why_buf[1024];

static struct mem_file *add(const char *path) {
        return mem_add(&m, path, span_of("bytes"));
}

/* An image of this stub, which lies where it is started by. */
static void begin(unsigned stub) {
        mem_begin(&m);
        world_begin(&w, stub, "quiet");
        world_plan(&w);
}

static bool gather(const char *start_path) {
        struct text why = TEXT_IN(why_buf);

        return gather_addons(&m.disk, &w.pe, start_path, w.in.request, found, &n_found, &why);
}

static void release(void) {
        gather_release(&m.disk, found, n_found);
        assert_int_equal(m.out, 0);
}

static void found_are(const char *const *paths, size_t n) {
        assert_int_equal(n_found, n);
        for (size_t i = 0; i < n; i++)
                assert_string_equal(found[i].path, paths[i]);
}
#define FOUND(...)                                                  \
        do {                                                        \
                static const char *const paths[] = { __VA_ARGS__ }; \
                found_are(paths, sizeof(paths) / sizeof(paths[0])); \
        } while (0)

static void they_come_in_the_order_of_application(void **state) {
        (void) state;
        begin(257);
        world_request(&w, "ukiload.addon=q ukiload.addon=p");
        add("\\EFI\\Linux\\a.efi.extra.d\\b.addon.efi");
        add("\\EFI\\ukiload\\addons\\q.addon.efi");
        add("\\loader\\addons\\z.addon.efi");
        add("\\EFI\\ukiload\\addons\\p.addon.efi");
        add("\\EFI\\ukiload\\addons\\not-asked.addon.efi");
        add("\\EFI\\Linux\\a.efi.extra.d\\B.addon.efi");
        add("\\loader\\addons\\a.addon.efi");
        assert_true(gather("\\EFI\\Linux\\a.efi"));
        FOUND("\\loader\\addons\\a.addon.efi", "\\loader\\addons\\z.addon.efi", "\\EFI\\Linux\\a.efi.extra.d\\B.addon.efi",
              "\\EFI\\Linux\\a.efi.extra.d\\b.addon.efi", "\\EFI\\ukiload\\addons\\p.addon.efi",
              "\\EFI\\ukiload\\addons\\q.addon.efi");
        assert_int_equal(found[0].origin, PLAN_GLOBAL);
        assert_int_equal(found[2].origin, PLAN_LOCAL);
        assert_int_equal(found[5].origin, PLAN_PICKED);
        assert_true(span_eq_str(found[0].file, "bytes"));
        assert_int_equal(m.most, ADDON_FILE_MAX);
        release();
        assert_int_equal(found[0].file.n, 0);
        assert_string_equal(found[0].path, "\\loader\\addons\\a.addon.efi");
}

static void only_what_the_stub_looks_at_is_read(void **state) {
        static const char *const others[] = { "a.efi", ".a.addon.efi", "a.addon.efi.bak", "\xc3\xa4.addon.efi", "addon.efi" };

        (void) state;
        begin(257);
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                char path[64];

                snprintf(path, sizeof(path), "\\loader\\addons\\%s", others[i]);
                add(path);
        }
        add("\\loader\\addons\\deep\\a.addon.efi");
        assert_true(gather("\\EFI\\Linux\\a.efi"));
        assert_int_equal(n_found, 0);
        assert_int_equal(m.n_read, 0);
        release();
}

static void the_folder_is_where_the_stub_looks(void **state) {
        (void) state;
        begin(257);
        add("\\EFI\\Linux\\a.efi.extra.d\\x.addon.efi");
        add("\\EFI\\Linux\\a+3.efi.extra.d\\y.addon.efi");
        assert_true(gather("\\EFI\\Linux\\a+3.efi"));
        FOUND("\\EFI\\Linux\\a.efi.extra.d\\x.addon.efi");
        release();
        begin(254); /* 254.3 leaves the counter where it is */
        add("\\EFI\\Linux\\a.efi.extra.d\\x.addon.efi");
        add("\\EFI\\Linux\\a+3.efi.extra.d\\y.addon.efi");
        assert_true(gather("\\EFI\\Linux\\a+3.efi"));
        FOUND("\\EFI\\Linux\\a+3.efi.extra.d\\y.addon.efi");
        release();
}

static void what_cannot_be_read_is_among_them_with_its_reason(void **state) {
        (void) state;
        begin(257);
        world_request(&w, "ukiload.addon=missing");
        add("\\loader\\addons\\a.addon.efi")->bad_name = true;
        add("\\loader\\addons\\b.addon.efi")->shut = true;
        add("\\loader\\addons\\c.addon.efi")->size = ADDON_FILE_MAX + 1;
        add("\\loader\\addons\\d.addon.efi")->size = 0;
        add("\\loader\\addons\\e.addon.efi");
        assert_true(gather("\\EFI\\Linux\\a.efi"));
        assert_int_equal(n_found, 6);
        assert_string_equal(found[0].unread, DISK_NAME_FAULT);
        assert_string_equal(found[1].unread, "cannot be opened");
        assert_string_equal(found[2].unread, "is larger than the limit of 268435456 bytes");
        assert_string_equal(found[3].unread, "is an empty file");
        assert_string_equal(found[4].unread, "");
        assert_string_equal(found[5].unread, "does not exist here");
        assert_int_equal(m.n_read, 5); /* the one that cannot be named is not asked for */
        release();
}

static void a_folder_that_cannot_be_read_has_a_place_of_its_own(void **state) {
        (void) state;
        begin(257);
        add("\\loader\\addons\\a.addon.efi");
        add("\\loader\\addons\\b.addon.efi");
        m.unread = "\\loader\\addons";
        m.unread_after = 1;
        assert_true(gather("\\EFI\\Linux\\a.efi"));
        FOUND("\\loader\\addons\\a.addon.efi", "\\loader\\addons");
        assert_string_equal(found[1].unread, "cannot be read (test)");
        assert_int_equal(found[1].origin, PLAN_GLOBAL);
        release();
}

static void a_path_that_is_too_long_is_said(void **state) {
        char start[PLAN_PATH_MAX], file[PLAN_PATH_MAX + 32];

        (void) state;
        begin(257);
        memset(start, 'n', sizeof(start));
        memcpy(start, "\\EFI\\", 5);
        memcpy(start + 300, ".efi", 5);
        snprintf(file, sizeof(file), "%s.extra.d\\q.addon.efi", start);
        add(file);
        assert_true(gather(start));
        assert_int_equal(n_found, 1);
        assert_string_equal(found[0].unread, "has too long a path: q.addon.efi");
        assert_int_equal(m.n_read, 0);
        release();
}

static void fill(size_t n) {
        for (size_t i = 0; i < n; i++) {
                char path[64];

                snprintf(path, sizeof(path), "\\loader\\addons\\%03zu.addon.efi", i);
                add(path);
        }
}

static void there_are_at_most_128(void **state) {
        (void) state;
        begin(257);
        fill(128);
        assert_true(gather("\\EFI\\Linux\\a.efi"));
        assert_int_equal(n_found, 128);
        release();
        add("\\EFI\\Linux\\a.efi.extra.d\\x.addon.efi");
        m.n_read = 0;
        assert_false(gather("\\EFI\\Linux\\a.efi"));
        assert_string_equal(why_buf, "has more than 128 addons, the limit: remove some from \\loader\\addons or "
                                     "\\EFI\\Linux\\a.efi.extra.d");
        assert_int_equal(m.n_read, 128);
        release();
        begin(257);
        world_request(&w, "ukiload.addon=one-more");
        fill(128);
        assert_false(gather("\\EFI\\Linux\\a.efi"));
        release();
        begin(257);
        fill(200);
        m.unread = "\\EFI\\Linux\\a.efi.extra.d";
        assert_false(gather("\\EFI\\Linux\\a.efi"));
        assert_int_equal(m.n_read, 128);
        release();
}

static void what_a_folder_lists_twice_is_taken_once(void **state) {
        (void) state;
        begin(257);
        add("\\loader\\addons\\a.addon.efi");
        add("\\loader\\addons\\b.addon.efi");
        add("\\loader\\addons\\a.addon.efi");
        add("\\EFI\\Linux\\a.efi.extra.d\\a.addon.efi");
        assert_true(gather("\\EFI\\Linux\\a.efi"));
        FOUND("\\loader\\addons\\a.addon.efi", "\\loader\\addons\\b.addon.efi", "\\EFI\\Linux\\a.efi.extra.d\\a.addon.efi");
        release();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_a_folder_lists_twice_is_taken_once),
                cmocka_unit_test(they_come_in_the_order_of_application),
                cmocka_unit_test(only_what_the_stub_looks_at_is_read),
                cmocka_unit_test(the_folder_is_where_the_stub_looks),
                cmocka_unit_test(what_cannot_be_read_is_among_them_with_its_reason),
                cmocka_unit_test(a_folder_that_cannot_be_read_has_a_place_of_its_own),
                cmocka_unit_test(a_path_that_is_too_long_is_said),
                cmocka_unit_test(there_are_at_most_128),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
