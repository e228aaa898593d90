/* SPDX-License-Identifier: BSD-2-Clause */
/* The bench itself, on starts that nobody disturbs, or all but. */
#include <string.h>

#include "machine.h"
#include "scenes.h"

static struct machine *plain(void) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, "\\EFI\\Linux\\a.efi", 257, "root=/dev/vda", DB);
        machine_addon(m, ESP, "\\loader\\addons\\q.addon.efi", "quiet", DB);
        return m;
}

static void a_standing_start_boots_with_the_addons_that_the_policy_allows(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_addon(m, ESP, "\\EFI\\Linux\\a.efi.extra.d\\l.addon.efi", "loglevel=7", DB);
        machine_addon(m, ESP, "\\EFI\\Linux\\a.efi.extra.d\\evil.addon.efi", "init=/bin/sh", DB);
        m->forbidden[0] = "init=/bin/sh";
        scene_start(m);
        assert_int_equal(m->child.kind, CHILD_STUB);
        assert_string_equal(m->child.line, "root=/dev/vda quiet loglevel=7");
        assert_string_equal(machine_status(m, "result"), "started");
        machine_free(m);
}

static void stub_252_boots_by_the_kernel_handoff(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_uki(m, ESP, "\\EFI\\Linux\\a.efi", 252, "root=/dev/vda", DB);
        scene_start(m);
        assert_int_equal(m->child.kind, CHILD_KERNEL);
        assert_string_equal(m->child.line, "root=/dev/vda quiet");
        machine_free(m);
}

static void a_request_picks_an_addon_for_one_boot(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_addon(m, ESP, "\\EFI\\ukiload\\addons\\kdump.addon.efi", "crashkernel=512M", DB);
        machine_arm(m, "ukiload.uki=\\EFI\\Linux\\a.efi ukiload.addon=kdump");
        m->requested[0] = "crashkernel=512M";
        scene_start(m);
        assert_string_equal(m->child.line, "root=/dev/vda quiet crashkernel=512M");
        assert_string_equal(machine_last(m, "result"), "started");
        machine_power_cycle(m);
        scene_start(m);
        assert_string_equal(m->child.line, "root=/dev/vda quiet");
        machine_free(m);
}

static void an_unsigned_uki_is_refused_with_its_reason(void **state) {
        struct machine *m = machine_new();

        (void) state;
        machine_uki(m, ESP, "\\EFI\\Linux\\a.efi", 257, "root=/dev/vda", STRANGER);
        scene_start(m);
        assert_int_equal(m->n_started, 0);
        assert_int_equal(m->returned, EFI_LOAD_ERROR);
        assert_non_null(strstr(machine_status(m, "reason"), "is not signed by a key that this machine trusts"));
        machine_free(m);
}

static void a_refused_request_ends_in_a_reset(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_arm(m, "ukiload.addon=missing");
        scene_start(m);
        assert_int_equal(m->n_started, 0);
        assert_true(m->reset);
        assert_string_equal(machine_last(m, "result"), "refused");
        machine_free(m);
}

static void the_uki_may_stand_on_xbootldr(void **state) {
        struct machine *m = machine_new();

        (void) state;
        m->xbootldr = true;
        machine_uki(m, XBOOTLDR, "\\EFI\\Linux\\x.efi", 257, "root=/dev/vdb", DB);
        machine_addon(m, XBOOTLDR, "\\loader\\addons\\q.addon.efi", "quiet", DB);
        scene_start(m);
        assert_string_equal(m->child.line, "root=/dev/vdb quiet");
        machine_free(m);
}

static void shim_of_each_kind_validates(void **state) {
        static const enum shim kinds[] = { SHIM_15, SHIM_16 };

        (void) state;
        for (size_t i = 0; i < 2; i++)
                for (unsigned stub = 252; stub <= 257; stub += 5) {
                        struct machine *m = machine_new();

                        m->shim = kinds[i];
                        machine_uki(m, ESP, "\\EFI\\Linux\\a.efi", stub, "root=/dev/vda", MOK);
                        machine_addon(m, ESP, "\\loader\\addons\\q.addon.efi", "quiet", MOK);
                        scene_start(m);
                        assert_string_equal(m->child.line, "root=/dev/vda quiet");
                        machine_free(m);
                }
}

static void what_comes_back_leaves_nothing_behind(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = plain();

                machine_uki(m, ESP, "\\EFI\\Linux\\a.efi", stub, "root=/dev/vda", DB);
                m->child_returns = EFI_ABORTED;
                scene_start(m);
                assert_string_equal(machine_status(m, "result"), "failed");
                machine_free(m);
        }
}

/* What is honest is taken note of, and the oracle knows it again. */
static void a_lie_that_loadimage_does_not_know_is_none(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_lie(m, CALL_LOAD_IMAGE, NULL, 2, 2, LIE_SMALLER); /* of the addon */
        scene_ends(m, "root=/dev/vda quiet");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_standing_start_boots_with_the_addons_that_the_policy_allows),
                cmocka_unit_test(stub_252_boots_by_the_kernel_handoff),
                cmocka_unit_test(a_request_picks_an_addon_for_one_boot),
                cmocka_unit_test(an_unsigned_uki_is_refused_with_its_reason),
                cmocka_unit_test(a_refused_request_ends_in_a_reset),
                cmocka_unit_test(the_uki_may_stand_on_xbootldr),
                cmocka_unit_test(shim_of_each_kind_validates),
                cmocka_unit_test(what_comes_back_leaves_nothing_behind),
                cmocka_unit_test(a_lie_that_loadimage_does_not_know_is_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
