/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files of \EFI\Linux a start without a request looks at, and in which order. */
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define DIR  "\\EFI\\Linux\\"
#define NONE "there is no UKI (a file *.efi with .linux) in \\EFI\\Linux of the ESP or XBOOTLDR: install one there"

static void finds_none(struct machine *m) {
        scene_line(m, NULL);
        assert_string_equal(machine_status(m, "reason"), NONE);
        machine_free(m);
}

/* A UKI of this version; NULL: it has no .osrel. */
static struct node *versioned(struct machine *m, const char *path, const char *version, const char *line) {
        struct pe_write_section s[UKI_PARTS];
        size_t n = machine_uki_sections(m, 257, line, s);
        char *osrel = keep_memory(m, 64);

        snprintf(osrel, 64, "ID=bench\nVERSION_ID=%s\n", version ? version : "");
        for (size_t i = 0; i < n; i++)
                if (strcmp(s[i].name, ".osrel") == 0 && version)
                        s[i].data = span_of(osrel);
                else if (strcmp(s[i].name, ".osrel") == 0)
                        s[i] = s[--n];
        return machine_file(m, ESP, path, machine_image(m, s, n, DB));
}

static void the_newest_by_its_os_release_is_first_whatever_its_name(void **state) {
        (void) state;
        for (int a_is_newer = 0; a_is_newer < 2; a_is_newer++) {
                struct machine *m = machine_new();

                versioned(m, DIR "a.efi", a_is_newer ? "2" : "1", "root=/dev/a");
                versioned(m, DIR "b.efi", a_is_newer ? "1" : "2", "root=/dev/b");
                scene_line(m, a_is_newer ? "root=/dev/a" : "root=/dev/b");
                machine_free(m);
        }
}

static void a_uki_without_an_os_release_is_one_as_well(void **state) {
        struct machine *m = machine_new();

        (void) state;
        versioned(m, DIR "a.efi", NULL, "root=/dev/a");
        scene_line(m, "root=/dev/a");
        machine_free(m);
}

static void what_is_not_named_as_a_uki_is_none(void **state) {
        static const char *const names[] = { "a.efi.bak", "a.EFI_", "efi", ".a.efi", ".efi", "a.addon.efi", "A.ADDON.EFI" };

        (void) state;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                struct machine *m = machine_new();
                char path[64];

                snprintf(path, sizeof(path), DIR "%s", names[i]);
                machine_uki(m, ESP, path, 257, "root=/dev/a", DB);
                finds_none(m);
        }
}

static void a_name_in_capitals_is_one_as_well(void **state) {
        struct machine *m = machine_new();

        (void) state;
        machine_uki(m, ESP, DIR "A.EFI", 257, "root=/dev/a", DB);
        scene_line(m, "root=/dev/a");
        machine_free(m);
}

static void an_image_without_a_kernel_is_passed_over_in_silence(void **state) {
        struct machine *m = machine_new();
        struct pe_write_section s[UKI_PARTS];
        size_t n = 0;

        (void) state;
        machine_section(s, &n, ".osrel", "ID=bench\nVERSION_ID=9\n");
        machine_file(m, ESP, DIR "z.efi", machine_image(m, s, n, DB));
        machine_file(m, ESP, DIR "y.efi", span_of("no image"));
        machine_uki(m, ESP, DIR "a.efi", 257, "root=/dev/a", DB);
        scene_line(m, "root=/dev/a");
        assert_string_equal(machine_status(m, "skipped"), "");
        machine_remove(m, ESP, DIR "a.efi");
        machine_power_cycle(m);
        finds_none(m);
}

/* What is shown of it is another file's path. */
static void a_name_with_a_control_character_is_no_path_to_another_file(void **state) {
        struct machine *m = machine_new();
        struct node *bad = machine_uki(m, ESP, DIR "a_.efi", 257, "root=/dev/bad", DB);

        (void) state;
        bad->name[1] = 1;
        machine_uki(m, ESP, DIR "a\\u0001.efi", 257, "root=/dev/u0001", DB);
        scene_line(m, NULL);
        assert_non_null(strstr(m->screen, "a\\u0001.efi"));
        assert_string_equal(machine_status(m, "reason"), NONE);
        machine_free(m);
}

/* It ran, and may have done anything: what is there now is not the machine that the next one was tried on. */
static void what_came_back_is_the_last_that_is_tried(void **state) {
        struct machine *m = machine_new();

        (void) state;
        versioned(m, DIR "a.efi", "2", "new");
        versioned(m, DIR "b.efi", "1", "old");
        m->child_returns = EFI_LOAD_ERROR;
        scene_line(m, "new");
        assert_int_equal(m->returned, EFI_LOAD_ERROR);
        machine_free(m);
}

/* A request for it would come to the ESP's alone. */
static void an_image_of_the_same_path_on_the_other_volume_is_another(void **state) {
        struct machine *m = machine_new();

        (void) state;
        m->xbootldr = true;
        machine_uki(m, ESP, DIR "a.efi", 257, "root=/dev/esp", STRANGER);
        machine_uki(m, XBOOTLDR, DIR "a.efi", 257, "root=/dev/boot", DB);
        scene_line(m, "root=/dev/boot");
        machine_free(m);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_newest_by_its_os_release_is_first_whatever_its_name),
                cmocka_unit_test(a_uki_without_an_os_release_is_one_as_well),
                cmocka_unit_test(what_is_not_named_as_a_uki_is_none),
                cmocka_unit_test(a_name_in_capitals_is_one_as_well),
                cmocka_unit_test(an_image_without_a_kernel_is_passed_over_in_silence),
                cmocka_unit_test(a_name_with_a_control_character_is_no_path_to_another_file),
                cmocka_unit_test(what_came_back_is_the_last_that_is_tried),
                cmocka_unit_test(an_image_of_the_same_path_on_the_other_volume_is_another),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
