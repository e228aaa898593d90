/* SPDX-License-Identifier: BSD-2-Clause */
/* The proof before the start: what was not seen as planned is not started. */
#include <string.h>

#include "inside.h"
#include "scenes.h"

static void breaks_off(struct machine *m, const char *path) {
        struct node *node = machine_find(m, ESP, path);

        node->list_status = EFI_DEVICE_ERROR;
        node->list_good = 3;
}

static struct image *uki_of(struct machine *m) {
        struct image *image = m->in->images;

        while (image && strcmp(image->name, SCENE_UKI) != 0)
                image = image->next;
        assert_non_null(image);
        return image;
}

static void other_volume(struct machine *m) {
        uki_of(m)->loaded.DeviceHandle = m->in->volumes[ESP].handle;
}

static void other_path(struct machine *m) {
        ((uint8_t *) uki_of(m)->loaded.FilePath)[4 + 2] ^= 1;
}

static void no_path(struct machine *m) {
        uki_of(m)->loaded.FilePath = NULL;
}

static void other_bytes(struct machine *m) {
        scene_no_overlay(m);
        machine_remove(m, ESP, SCENE_OWN "\\evil.addon.efi");
        machine_addon(m, ESP, SCENE_OWN "\\level.addon.efi", "loglevel=0", DB);
}

static void one_missing(struct machine *m) {
        scene_no_overlay(m);
        machine_remove(m, ESP, SCENE_OWN "\\evil.addon.efi");
}

static void one_unreadable(struct machine *m) {
        scene_no_overlay(m);
        machine_find(m, ESP, SCENE_GLOBAL "\\audit.addon.efi")->read_status = EFI_DEVICE_ERROR;
}

static void folder_breaks_off(struct machine *m) {
        scene_no_overlay(m);
        breaks_off(m, SCENE_GLOBAL);
}

static void what_is_not_seen_as_planned_is_not_started(void **state) {
        static const struct {
                void (*meddle)(struct machine *m);
                const char *why;
        } cases[] = {
                { other_volume, "firmware says that it was loaded from another volume" },
                { other_path, "firmware says that it was loaded by another path" },
                { no_path, "firmware says that it was loaded by another path" },
                { scene_no_overlay, "evil.addon.efi would be taken from the image's own folder" },
                { other_bytes, "level.addon.efi would be taken with other bytes than those that were validated" },
                { one_missing, "kdump.addon.efi, which the plan admits, would not be found" },
                { one_unreadable, "audit.addon.efi is listed and cannot be read" },
                { folder_breaks_off, "and the plan admits " SCENE_GLOBAL "\\audit.addon.efi there" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = scene_addons(257);

                scene_before_proof(m, cases[i].meddle);
                scene_refused(m, cases[i].why);
        }
}

/* The kernel's line is changed after it was set. */
static void change_the_line(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        (void) what;
        if (call == CALL_HANDLE_PROTOCOL)
                for (struct image *image = m->in->images; image; image = image->next)
                        if (image->loaded.LoadOptions)
                                ((CHAR16 *) image->loaded.LoadOptions)[0] = 'x';
}

static void another_line_for_the_kernel_is_not_started(void **state) {
        struct machine *m = scene_addons(252);

        (void) state;
        m->watch = change_the_line;
        scene_refused(m, "what its kernel would get is not what was planned: another command line");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_not_seen_as_planned_is_not_started),
                cmocka_unit_test(another_line_for_the_kernel_is_not_started),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
