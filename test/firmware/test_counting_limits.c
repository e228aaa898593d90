/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot counting where it cannot count: names that have no room, volumes that cannot be written. */
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define X64         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define XS          X64 X64 X64 X64
#define A3          "\\EFI\\Linux\\a+3.efi"
#define A2          "\\EFI\\Linux\\a+2-1.efi"
#define NOT_COUNTED "this boot of the UKI is not counted: "

/* "NAME+3.efi" becomes "NAME+2-1.efi", which is two characters longer; a name has 255. */
static void a_name_that_has_no_room_for_its_counters_is_not_counted(void **state) {
        (void) state;
        for (int n = 244; n <= 249; n++) {
                struct machine *m = machine_new();
                const bool counted = n + 8 <= 255;
                char before[340], after[340];

                snprintf(before, sizeof(before), "\\EFI\\Linux\\%.*s+3.efi", n, XS);
                snprintf(after, sizeof(after), "\\EFI\\Linux\\%.*s+2-1.efi", n, XS);
                machine_uki(m, ESP, before, 257, "root=/dev/vda", DB);
                scene_line(m, "root=/dev/vda");
                assert_string_equal(m->child.path, counted ? after : before);
                assert_non_null(machine_find(m, ESP, counted ? after : before));
                assert_string_equal(machine_status(m, "counting"), counted ? "" : NOT_COUNTED "its name is too long");
                machine_free(m);
        }
}

static void protect_after_the_look(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        if (call != CALL_OPEN || !strstr(what, "a+2-1.efi"))
                return;
        machine_fault(m, CALL_OPEN, 1, 1, EFI_WRITE_PROTECTED)->only = "a+3.efi";
        m->watch = NULL;
}

static void on_a_volume_that_cannot_be_written_nothing_is_counted(void **state) {
        struct machine *m = machine_new();

        (void) state;
        machine_uki(m, ESP, A3, 257, "root=/dev/vda", DB);
        m->watch = protect_after_the_look;
        scene_line(m, "root=/dev/vda");
        assert_string_equal(machine_status(m, "counting"), NOT_COUNTED "its volume cannot be written");
        assert_string_equal(m->child.path, A3);
        assert_non_null(machine_find(m, ESP, A3));
        machine_free(m);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_name_that_has_no_room_for_its_counters_is_not_counted),
                cmocka_unit_test(on_a_volume_that_cannot_be_written_nothing_is_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
