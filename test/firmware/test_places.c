/* SPDX-License-Identifier: BSD-2-Clause */
/* Which UKI is found, and where what belongs to it. */
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "machine.h"
#include "scenes.h"

static struct span image(struct machine *m, const char *osrel, const char *line, enum key key) {
        struct pe_write_section sections[UKI_PARTS];
        size_t n = machine_uki_sections(m, 257, line, sections);

        for (size_t i = 0; i < n; i++)
                if (strcmp(sections[i].name, ".osrel") == 0)
                        sections[i] = sections[--n];
        machine_section(sections, &n, ".osrel", osrel);
        return machine_image(m, sections, n, key);
}

/* The folder's order has nothing to say, however many there are. */
static void the_best_of_many_is_started(void **state) {
        struct machine *m = machine_new();
        char path[64];

        (void) state;
        for (unsigned i = 0; i < 200; i++) {
                snprintf(path, sizeof(path), "\\EFI\\Linux\\k%u.efi", (i * 77 + 5) % 200);
                machine_file(m, ESP, path, image(m, "ID=a\n", path, DB));
        }
        scene_start(m);
        assert_string_equal(m->child.line, "\\EFI\\Linux\\k199.efi");
        machine_free(m);
}

static void of_very_many_bad_ones_the_best_are_tried(void **state) {
        struct machine *m = machine_new();
        char path[64];

        (void) state;
        for (unsigned i = 0; i < 70; i++) {
                snprintf(path, sizeof(path), "\\EFI\\Linux\\k%u.efi", i);
                machine_uki(m, ESP, path, 257, "x", STRANGER);
        }
        scene_start(m);
        assert_int_equal(m->n_started, 0);
        assert_non_null(strstr(machine_status(m, "reason"),
                               "none of the best 64 UKIs in \\EFI\\Linux can be started, and no more are tried"));
        assert_string_equal(machine_status(m, "uki"), ""); /* it is about none of them */
        machine_free(m);
}

/* In the stub's role they are counted once LoadImage has taken the image; then there is no other. */
static void sidecars_of_an_image_that_nobody_trusts_end_nothing(void **state) {
        static const enum key keys[] = { STRANGER, DB };

        (void) state;
        for (size_t k = 0; k < 2; k++) {
                struct machine *m = machine_new();
                char path[64];

                machine_uki(m, ESP, "\\EFI\\Linux\\a.efi", 257, "root=/dev/vda", DB);
                machine_uki(m, ESP, "\\EFI\\Linux\\b.efi", 252, "root=/dev/vdb", keys[k]);
                machine_addon(m, ESP, "\\loader\\addons\\q.addon.efi", "quiet", DB);
                for (unsigned i = 0; i <= SIDECARS_MAX; i++) {
                        snprintf(path, sizeof(path), "\\EFI\\Linux\\b.efi.extra.d\\%u.cred", i);
                        machine_file(m, ESP, path, span_of("x"));
                }
                scene_ends(m, keys[k] == STRANGER ? "root=/dev/vda quiet" : NULL);
        }
}

static void a_device_that_wants_aligned_buffers_is_read(void **state) {
        struct machine *m = machine_new();

        (void) state;
        m->xbootldr = true;
        machine_uki(m, XBOOTLDR, "\\EFI\\Linux\\x.efi", 257, "root=/dev/vda", DB);
        scene_start(m);
        assert_string_equal(m->child.line, "root=/dev/vda");
        machine_free(m);
}

/* Its own addons and those that a request picks, whatever pluses there are. */
static void a_plus_in_the_path_loses_no_addon(void **state) {
        static const struct {
                unsigned stub;
                char uki[56], folder[56];
        } rows[] = {
                { 257, "\\EFI\\Linux\\debian-6.6.13+bpo-amd64.efi", "\\EFI\\Linux\\debian-6.6.13+bpo-amd64.efi" },
                { 257, "\\EFI\\Linux\\debian+bpo-amd64+3.efi", "\\EFI\\Linux\\debian+bpo-amd64+2-1.efi" },
                { 257, "\\EFI\\Linux\\k+3.efi", "\\EFI\\Linux\\k.efi" },
                { 257, "\\EFI\\Li+3.x\\a.efi", "\\EFI\\Li.x\\a.efi" },
                { 257, "\\EFI\\Linux\\k+1.5.efi", "\\EFI\\Linux\\k.5.efi" },
                { 257, "\\EFI\\Linux\\a+1+3.efi", "\\EFI\\Linux\\a+1+2-1.efi" },
                { 252, "\\EFI\\Linux\\k+3.efi", "\\EFI\\Linux\\k.efi" },
        };
        char path[128], words[160];

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct machine *m = machine_new();

                machine_uki(m, ESP, rows[i].uki, rows[i].stub, "root=/dev/vda", DB);
                snprintf(path, sizeof(path), "%s.extra.d\\own.addon.efi", rows[i].folder);
                machine_addon(m, ESP, path, "quiet", DB);
                machine_addon(m, ESP, "\\EFI\\ukiload\\addons\\p.addon.efi", "loglevel=7", DB);
                snprintf(words, sizeof(words), "ukiload.uki=%s ukiload.addon=p", rows[i].uki);
                machine_arm(m, words);
                scene_start(m);
                if (strcmp(m->child.line, "root=/dev/vda quiet loglevel=7") != 0)
                        fail_msg("%s: %s, %s\n%s", rows[i].uki, m->child.line, machine_last(m, "reason"), m->screen);
                machine_free(m);
        }
}

/* systemd-boot starts them; so does ukiload, with their own addons. */
static void a_name_may_be_any_that_fat_takes(void **state) {
        static const struct {
                char name[48], folder[48], start[48];
        } rows[] = {
                /* the bench takes each byte for a character */
                { "B\xfcro.efi", "B\xfcro.efi", "B\xfcro.efi" },
                { "appliance_2.0~20261101.efi", "appliance_2.0~20261101.efi", "appliance_2.0~20261101.efi" },
                { "with space.efi", "with space.efi", "with space.efi" },
                { "\xe4+3.efi", "\xe4.efi", "\xe4+2-1.efi" },
                { "MY-LON~1.EFI", "MY-LON~1.EFI", "MY-LON~1.EFI" },
        };
        char path[128], own[128], start[128];

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct machine *m = machine_new();

                snprintf(path, sizeof(path), "\\EFI\\Linux\\%s", rows[i].name);
                snprintf(own, sizeof(own), "\\EFI\\Linux\\%s.extra.d\\own.addon.efi", rows[i].folder);
                snprintf(start, sizeof(start), "\\EFI\\Linux\\%s", rows[i].start);
                machine_uki(m, ESP, path, 257, "root=/dev/vda", DB);
                machine_addon(m, ESP, own, "quiet", DB);
                scene_start(m);
                if (strcmp(m->child.line, "root=/dev/vda quiet") != 0 || strcmp(m->child.path, start) != 0)
                        fail_msg("%s: \"%s\" by %s: %s\n%s", path, m->child.line, m->child.path, machine_status(m, "reason"),
                                 m->screen);
                for (const char *p = m->screen; *p; p++)
                        assert_true(*p > 0);
                machine_free(m);
        }
}

/* A name that cannot be taken is told, harmlessly, and the others are started. */
static void a_name_that_cannot_be_taken_is_told(void **state) {
        static const CHAR16 odd[][8] = { { 'a', 0x1b, '.', 'e', 'f', 'i' },
                                         { 0xd83d, 0xde00, '.', 'e', 'f', 'i' },
                                         { 'a', 0xdc00, '.', 'e', 'f', 'i' } };
        static const char *const told[] = { "\\EFI\\Linux\\a\\u001b.efi has a name",
                                            "\\EFI\\Linux\\\\ud83d\\ude00.efi has a name",
                                            "\\EFI\\Linux\\a\\udc00.efi has a name" };

        (void) state;
        for (size_t i = 0; i < 3; i++) {
                struct machine *m = machine_new();
                struct node *node = machine_uki(m, ESP, "\\EFI\\Linux\\z.efi", 257, "odd", DB);

                memcpy(node->name, odd[i], sizeof(odd[i]));
                scene_start(m);
                assert_int_equal(m->n_started, 0);
                assert_non_null(strstr(machine_status(m, "skipped"), told[i]));
                assert_null(strchr(m->screen, 0x1b));
                machine_power_cycle(m);
                machine_uki(m, ESP, "\\EFI\\Linux\\a.efi", 257, "root=/dev/vda", DB);
                scene_start(m);
                assert_string_equal(m->child.line, "root=/dev/vda");
                machine_free(m);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_best_of_many_is_started),
                cmocka_unit_test(of_very_many_bad_ones_the_best_are_tried),
                cmocka_unit_test(sidecars_of_an_image_that_nobody_trusts_end_nothing),
                cmocka_unit_test(a_device_that_wants_aligned_buffers_is_read),
                cmocka_unit_test(a_plus_in_the_path_loses_no_addon),
                cmocka_unit_test(a_name_may_be_any_that_fat_takes),
                cmocka_unit_test(a_name_that_cannot_be_taken_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
