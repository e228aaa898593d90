/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "served.h"
#include "ucs2.h"

#define GLOB "\\loader\\addons"
#define OWN  "\\EFI\\Linux\\a.efi.extra.d"

static struct served s;
static uint16_t wide_buf[2][2 * SERVED_PATH_MAX];

static const uint16_t *wide(unsigned which, const char *utf8) {
        assert_true(ucs2_from_utf8(utf8, wide_buf[which], 2 * SERVED_PATH_MAX));
        return wide_buf[which];
}

/* What becomes of a name, in ASCII; NULL: nothing. */
static const char *path_of(const char *from, const char *name) {
        static char buf[SERVED_PATH_MAX + 1];
        struct text t = TEXT_IN(buf);
        uint16_t path[SERVED_PATH_MAX];

        if (!served_path(wide(0, from), wide(1, name), path))
                return NULL;
        assert_true(ucs2_ascii(path, SERVED_PATH_MAX, &t));
        return buf;
}

static enum served_kind look(const char *path, const struct served_file **ret) {
        *ret = NULL;
        return served_look(&s, wide(0, path), ret);
}

static bool is(const char *path, enum served_kind kind) {
        const struct served_file *file;

        return look(path, &file) == kind && !file == (kind != SERVED_FILE);
}

static void two_folders(void) {
        memset(&s, 0, sizeof(s));
        assert_true(served_add(&s, GLOB, "q.addon.efi", span_of("q")));
        assert_true(served_add(&s, OWN, "l.addon.efi", span_of("l")));
        assert_true(served_add(&s, GLOB, "r.addon.efi", span_of("r")));
}

/* ---- Paths ---- */

static void a_name_leads_where_its_dots_and_separators_say(void **state) {
        static const struct {
                char from[16], name[32], path[16];
        } rows[] = {
                { "\\", "", "\\" },
                { "\\", "\\", "\\" },
                { "\\", "/", "\\" },
                { "\\", ".", "\\" },
                { "\\", "a", "\\a" },
                { "\\a", "", "\\a" },
                { "\\a", "b", "\\a\\b" },
                { "\\a", "\\b", "\\b" },
                { "\\a", "/b", "\\b" },
                { "\\a\\b", "c/d\\e", "\\a\\b\\c\\d\\e" },
                { "\\a", "b\\\\c//d", "\\a\\b\\c\\d" },
                { "\\a", "b\\", "\\a\\b" },
                { "\\a", ".", "\\a" },
                { "\\a", ".\\.\\b", "\\a\\b" },
                { "\\a", "..", "\\" },
                { "\\a\\b", "..", "\\a" },
                { "\\a\\b", "..\\c", "\\a\\c" },
                { "\\a\\bc", "..\\..\\d", "\\d" },
                { "\\a", "\\x\\..\\b", "\\b" },
                { "\\a", "...", "\\a\\..." },
                { "\\a", "..b", "\\a\\..b" },
                { "\\a", ".b", "\\a\\.b" },
                { "\\a", "b.", "\\a\\b." },
                { "\\a", "x.", "\\a\\x." },
                { "\\a", "xy", "\\a\\xy" },
                { "\\a", ".x", "\\a\\.x" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_string_equal(path_of(rows[i].from, rows[i].name), rows[i].path);
}

static void no_name_leads_above_the_root(void **state) {
        (void) state;
        assert_null(path_of("\\", ".."));
        assert_null(path_of("\\a", "..\\.."));
        assert_null(path_of("\\a", "\\.."));
        assert_null(path_of("\\a", "..\\..\\a"));
        assert_null(path_of("\\..", "a")); /* nobody opens it, and it would not lead up */
}

/* SERVED_PATH_MAX with the NUL, wherever the last character too many stands. */
static void a_path_that_has_no_room_leads_nowhere(void **state) {
        char name[SERVED_PATH_MAX + 8];

        (void) state;
        memset(name, 'x', sizeof(name));
        name[0] = '\\';
        name[SERVED_PATH_MAX - 1] = 0;
        assert_int_equal(strlen(path_of("\\", name)), SERVED_PATH_MAX - 1);
        name[SERVED_PATH_MAX - 1] = 'x';
        name[SERVED_PATH_MAX] = 0;
        assert_null(path_of("\\", name));
        name[SERVED_PATH_MAX - 2] = '\\';
        assert_null(path_of("\\", name));
        name[SERVED_PATH_MAX - 1] = 0; /* a separator at the end takes no room */
        assert_int_equal(strlen(path_of("\\", name)), SERVED_PATH_MAX - 2);
        name[SERVED_PATH_MAX - 2] = 0;
        assert_int_equal(strlen(path_of("\\", name)), SERVED_PATH_MAX - 2);
        assert_null(path_of(name, "b"));
        assert_string_equal(path_of(name, "\\b"), "\\b");
        assert_string_equal(path_of(name, "..\\b"), "\\b");
}

static void the_base_is_the_last_part(void **state) {
        (void) state;
        assert_true(ucs2_eq_nocase(served_base(wide(0, "\\EFI\\a.efi")), wide(1, "a.efi")));
        assert_true(ucs2_eq_nocase(served_base(wide(0, "\\")), wide(1, "")));
        assert_true(ucs2_eq_nocase(served_base(wide(0, "a")), wide(1, "a")));
}

/* ---- Hidden ---- */

static void whatever_fat_opens_as_an_addon_is_hidden(void **state) {
        static const char *const hidden[] = { "a.addon.efi",      ".addon.efi",     "A.ADDON.EFI",
                                              "a.AdDoN.eFi",      "a.addon.efi ",   "a.addon.efi.",
                                              "a.addon.efi. . .", "a.addon.efi   ", "\xe2\x82\xac.addon.efi" };
        static const char *const shown[] = { "",
                                             ".",
                                             " ",
                                             "a.efi",
                                             "addon.efi",
                                             "a.addon.ef",
                                             "a.addon.efi.bak",
                                             "a.addon.efix",
                                             "a_addon.efi",
                                             "a.addon_efi",
                                             "a.addon.efi\t",
                                             "a.addon .efi" };

        (void) state;
        for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
                assert_true(served_hides(wide(0, hidden[i]), SERVED_NAME_MAX));
        for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
                assert_false(served_hides(wide(0, shown[i]), SERVED_NAME_MAX));
        assert_true(served_hides(wide(0, "a.addon.efix"), 11)); /* an entry of a listing need not have a NUL */
        assert_false(served_hides(wide(0, "a.addon.efi"), 10));
}

static void a_hidden_name_may_be_as_long_as_a_path(void **state) {
        char path[SERVED_PATH_MAX];

        (void) state;
        two_folders();
        memset(path, 'x', sizeof(path));
        path[0] = '\\';
        strcpy(path + sizeof(path) - sizeof(".addon.efi"), ".addon.efi");
        assert_true(is(path, SERVED_HIDDEN));
}

/* ---- Verdicts ---- */

static void a_file_of_ours_is_found_by_its_path_without_case(void **state) {
        const struct served_file *file;

        (void) state;
        two_folders();
        assert_int_equal(look(GLOB "\\q.addon.efi", &file), SERVED_FILE);
        assert_true(span_eq_str(file->bytes, "q"));
        assert_int_equal(look("\\EFI\\LINUX\\A.EFI.extra.D\\L.addon.efi", &file), SERVED_FILE);
        assert_true(span_eq_str(file->bytes, "l"));
        assert_int_equal(look("\\LOADER\\addons\\R.ADDON.efi", &file), SERVED_FILE);
        assert_true(span_eq_str(file->bytes, "r"));
}

static void every_other_addon_is_hidden(void **state) {
        static const char *const names[] = {
                GLOB "\\l.addon.efi",    OWN "\\q.addon.efi",   "\\q.addon.efi",          "\\loader\\q.addon.efi",
                GLOB "\\x\\q.addon.efi", GLOB "\\q.addon.efi.", GLOB "\\q.addon.efi ",    "\\loader/addons\\q.addon.efi",
                GLOB "xq.addon.efi",     GLOB "\\.addon.efi",   "\\any\\thing.addon.efi", "\\lOader\\addon\\q.addon.efi"
        };

        (void) state;
        two_folders();
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                assert_true(is(names[i], SERVED_HIDDEN));
        memset(&s, 0, sizeof(s));
        assert_true(is(GLOB "\\q.addon.efi", SERVED_HIDDEN));
}

static void a_folder_with_ours_and_those_above_it_are_folders(void **state) {
        (void) state;
        two_folders();
        assert_true(is(GLOB, SERVED_FOLDER));
        assert_true(is("\\Loader\\ADDONS", SERVED_FOLDER));
        assert_true(is(OWN, SERVED_FOLDER));
        assert_true(is("\\", SERVED_ON_WAY));
        assert_true(is("\\loader", SERVED_ON_WAY));
        assert_true(is("\\LOADER", SERVED_ON_WAY));
        assert_true(is("\\EFI\\Linux", SERVED_ON_WAY));
        assert_true(is("\\EFI", SERVED_ON_WAY));
        memset(&s, 0, sizeof(s));
        assert_true(is("\\", SERVED_ELSEWHERE));
        assert_true(is(GLOB, SERVED_ELSEWHERE));
}

static void the_rest_is_the_volumes(void **state) {
        static const char *const names[] = { "\\loade",
                                             "\\loaderx",
                                             "\\loader\\addon",
                                             "\\loader\\addonsx",
                                             "\\loader\\addons\\x",
                                             "\\loader\\addons\\q.efi",
                                             "\\EFI\\Linux\\a.efi",
                                             "\\EFI\\Linux\\a.efi.extra.d\\x.cred",
                                             "\\EFI\\Linu",
                                             "\\EFX",
                                             "\\EFI\\Linuz",
                                             "\\x",
                                             "\\loader\\entries" };

        (void) state;
        two_folders();
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                assert_true(is(names[i], SERVED_ELSEWHERE));
}

/* A UKI may lie in a folder of such a name: its own folder is ours, the way there is not shown. */
static void on_the_way_hidden_comes_first(void **state) {
        (void) state;
        memset(&s, 0, sizeof(s));
        assert_true(served_add(&s, "\\x.addon.efi\\a.efi.extra.d", "q.addon.efi", span_of("q")));
        assert_true(is("\\x.addon.efi\\a.efi.extra.d", SERVED_FOLDER));
        assert_true(is("\\x.addon.efi", SERVED_HIDDEN));
        assert_true(is("\\", SERVED_ON_WAY));
}

static void a_file_in_the_root_is_found_there(void **state) {
        (void) state;
        memset(&s, 0, sizeof(s));
        assert_true(served_add(&s, "\\", "q.addon.efi", span_of("q")));
        assert_true(is("\\Q.addon.efi", SERVED_FILE));
        assert_true(is("\\", SERVED_FOLDER));
        assert_true(is("\\a\\q.addon.efi", SERVED_HIDDEN));
        assert_true(is("\\a", SERVED_ELSEWHERE));
}

/* ---- Lists ---- */

static void a_folder_lists_its_own_in_order(void **state) {
        const struct served_file *file;
        size_t at = 0;

        (void) state;
        two_folders();
        file = served_next(&s, wide(0, "\\LOADER\\addons"), &at);
        assert_true(file && span_eq_str(file->bytes, "q"));
        file = served_next(&s, wide_buf[0], &at);
        assert_true(file && span_eq_str(file->bytes, "r"));
        assert_null(served_next(&s, wide_buf[0], &at));
        assert_null(served_next(&s, wide_buf[0], &at));
        at = 0;
        assert_null(served_next(&s, wide(0, "\\loader"), &at));
}

static void what_does_not_fit_is_not_added(void **state) {
        char dir[SERVED_PATH_MAX + 1], name[SERVED_NAME_MAX + 1];

        (void) state;
        memset(&s, 0, sizeof(s));
        memset(dir, 'd', sizeof(dir));
        memset(name, 'n', sizeof(name));
        dir[SERVED_PATH_MAX] = name[SERVED_NAME_MAX] = 0;
        assert_false(served_add(&s, dir, "a", span_of("")));
        assert_false(served_add(&s, "\\", name, span_of("")));
        assert_false(served_add(&s, "\\", "\xff", span_of("")));
        assert_int_equal(s.n, 0);
        dir[SERVED_PATH_MAX - 1] = name[SERVED_NAME_MAX - 1] = 0;
        for (size_t i = 0; i < PLAN_ADDONS_MAX; i++)
                assert_true(served_add(&s, dir, name, span_of("")));
        assert_false(served_add(&s, "\\", "a", span_of("")));
        assert_int_equal(s.n, PLAN_ADDONS_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_name_leads_where_its_dots_and_separators_say),
                cmocka_unit_test(no_name_leads_above_the_root),
                cmocka_unit_test(a_path_that_has_no_room_leads_nowhere),
                cmocka_unit_test(the_base_is_the_last_part),
                cmocka_unit_test(whatever_fat_opens_as_an_addon_is_hidden),
                cmocka_unit_test(a_hidden_name_may_be_as_long_as_a_path),
                cmocka_unit_test(a_file_of_ours_is_found_by_its_path_without_case),
                cmocka_unit_test(every_other_addon_is_hidden),
                cmocka_unit_test(a_folder_with_ours_and_those_above_it_are_folders),
                cmocka_unit_test(the_rest_is_the_volumes),
                cmocka_unit_test(on_the_way_hidden_comes_first),
                cmocka_unit_test(a_file_in_the_root_is_found_there),
                cmocka_unit_test(a_folder_lists_its_own_in_order),
                cmocka_unit_test(what_does_not_fit_is_not_added),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
