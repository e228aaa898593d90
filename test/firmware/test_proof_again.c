/* SPDX-License-Identifier: BSD-2-Clause */
/* The proof before the start, on folders and files that say something else each time. */
#include <string.h>

#include "inside.h"
#include "scenes.h"

static void one_does_not_open(struct machine *m) {
        scene_no_overlay(m);
        machine_find(m, ESP, SCENE_GLOBAL "\\audit.addon.efi")->open_status = EFI_DEVICE_ERROR;
}

static void one_is_half(struct machine *m) {
        scene_no_overlay(m);
        machine_lie(m, CALL_READ, "audit.addon.efi", 1, ALWAYS, LIE_HALF);
}

static void say_folder(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        if (call == CALL_GET_INFO && strstr(what, "audit.addon.efi"))
                machine_lie(m, CALL_GET_INFO, "audit.addon.efi", 1, ALWAYS, LIE_FOLDER);
}

static void one_is_a_folder_when_opened(struct machine *m) {
        scene_no_overlay(m);
        m->watch = say_folder;
}

static void many_more(struct machine *m) {
        char path[64];

        scene_no_overlay(m);
        for (unsigned i = 0; i < 200; i++) {
                snprintf(path, sizeof(path), SCENE_GLOBAL "\\b%03u.addon.efi", i);
                machine_file(m, ESP, path, span_of("MZ"));
        }
}

static void what_cannot_be_read_again_is_not_started(void **state) {
        static const struct {
                void (*meddle)(struct machine *m);
                const char *why;
        } cases[] = {
                { one_does_not_open, "audit.addon.efi is listed and cannot be read" },
                { one_is_half, "audit.addon.efi is listed and cannot be read" },
                { one_is_a_folder_when_opened, "audit.addon.efi is listed and cannot be read" },
                { many_more, SCENE_GLOBAL " shows more than 128 addons; it would boot all the same" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = scene_addons(257);

                scene_before_proof(m, cases[i].meddle);
                scene_refused(m, cases[i].why);
        }
}

/* The low byte of its last letter is that of an `i`. */
static void a_name_that_is_not_ascii_is_no_addon(void **state) {
        struct machine *m = scene_addons(257);
        struct node *node = machine_file(m, ESP, SCENE_GLOBAL "\\x.addon.ef_", span_of("MZ"));

        (void) state;
        node->name[10] = 0x0169;
        scene_start(m);
        assert_int_equal(m->n_started, 1);
        machine_free(m);
}

/* What stands in the file reads like a list with an addon. */
static void a_file_in_the_place_of_a_folder_has_no_addons(void **state) {
        static union {
                EFI_FILE_INFO info;
                uint8_t bytes[offsetof(EFI_FILE_INFO, FileName) + 2 * sizeof("evil.addon.efi")];
        } u;
        struct machine *m = machine_new();

        (void) state;
        u.info.Size = sizeof(u.bytes);
        wide("evil.addon.efi", (CHAR16 *) (void *) (u.bytes + SIZE_OF_EFI_FILE_INFO), sizeof("evil.addon.efi"));
        machine_uki(m, ESP, SCENE_UKI, 257, "root=/dev/vda", DB);
        machine_file(m, ESP, SCENE_GLOBAL, (struct span) { u.bytes, sizeof(u.bytes) });
        machine_addon(m, ESP, SCENE_OWN "\\level.addon.efi", "loglevel=7", DB);
        scene_start(m);
        assert_int_equal(m->n_started, 1);
        assert_string_equal(m->child.line, "root=/dev/vda loglevel=7");
        machine_free(m);
}

static void without_memory_for_the_proof_nothing_is_started_and_that_is_said(void **state) {
        unsigned said = 0, n_calls = 1000;

        (void) state;
        for (unsigned i = 2; i <= n_calls; i++) {
                struct machine *m = scene_addons(257);

                machine_fault(m, CALL_ALLOCATE_POOL, i, i, EFI_OUT_OF_RESOURCES);
                scene_start(m);
                if (m->n_started && m->calls[CALL_ALLOCATE_POOL] < i)
                        n_calls = 0;
                said += strstr(machine_last(m, "reason"), "is not what was planned: there is no memory to look") != NULL;
                machine_free(m);
        }
        assert_int_equal(said, 1);
}

static void a_volume_that_firmware_has_lost_is_told_as_that(void **state) {
        unsigned said = 0, n_calls = 1;

        (void) state;
        for (unsigned i = 0; i <= n_calls; i++) {
                struct machine *m = scene_addons(257);

                if (i > 0)
                        machine_fault(m, CALL_HANDLE_PROTOCOL, i, i, EFI_UNSUPPORTED);
                scene_start(m);
                if (i == 0)
                        n_calls = m->calls[CALL_HANDLE_PROTOCOL];
                said += strstr(machine_last(m, "reason"), "is not what was planned: firmware has lost its volume") != NULL;
                machine_free(m);
        }
        assert_int_equal(said, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_cannot_be_read_again_is_not_started),
                cmocka_unit_test(a_name_that_is_not_ascii_is_no_addon),
                cmocka_unit_test(a_file_in_the_place_of_a_folder_has_no_addons),
                cmocka_unit_test(without_memory_for_the_proof_nothing_is_started_and_that_is_said),
                cmocka_unit_test(a_volume_that_firmware_has_lost_is_told_as_that),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
