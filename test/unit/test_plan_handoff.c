/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan_world.h"

static struct world w;

#define ADDON "\\loader\\addons\\a.addon.efi"

static void assert_kernel_wanted(enum plan_blame blame, const char *words, const char *remedy) {
        assert_refused(&w, PLAN_REFUSE, blame, words);
        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_KERNEL);
        if (!strstr(w.plan.why, remedy))
                fail_msg("no \"%s\" in: %s", remedy, w.plan.why);
}

/* It starts so; and a request that allows the stub only hears why not, and what to do. */
static void starts_by_kernel(const char *request, const char *line, const char *words, const char *remedy) {
        assert_starts(&w, line);
        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_KERNEL);
        world_request(&w, request);
        world_plan(&w);
        assert_kernel_wanted(PLAN_BLAME_REQUEST, words, remedy);
        assert_non_null(strstr(w.plan.why, "but the request says ukiload.handoff=stub"));
        w.in.request = NULL;
}

#define NEED   ADDON " has to be applied, and the image's stub (systemd-stub 25"
#define REMEDY "or newer, or remove the addon"

/* Which stub takes which addon; one version less needs the kernel handoff. */
static void each_stub_takes_what_its_version_takes(void **state) {
        static const struct {
                char section[8];
                unsigned least;
        } cases[] = {
                { "", 254 },
                { ".dtb", 255 },
                { ".initrd", 257 },
                { ".ucode", 257 },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                for (unsigned stub = cases[i].least - 1; stub <= cases[i].least; stub++) {
                        world_begin(&w, stub, "root=a");
                        world_policy(&w, "@allow-sections .initrd .ucode .dtb\nquiet");
                        world_addon_with(&w, PLAN_GLOBAL, ADDON, "quiet", cases[i].section[0] ? cases[i].section : NULL, "x");
                        world_plan(&w);
                        if (stub == cases[i].least) {
                                assert_starts(&w, "root=a quiet");
                                assert_int_equal(w.plan.handoff, PLAN_HANDOFF_STUB);
                        } else if (span_eq_str(span_of(cases[i].section), ".dtb")) /* which only a stub handles */
                                assert_kernel_wanted(PLAN_BLAME_FORMAT, NEED, REMEDY);
                        else
                                starts_by_kernel("ukiload.handoff=stub", "root=a quiet", NEED, REMEDY);
                }
}

static void an_old_stub_is_named_with_what_to_do(void **state) {
        (void) state;
        world_begin(&w, 252, "root=a");
        world_policy(&w, "quiet");
        world_addon(&w, PLAN_GLOBAL, ADDON, "quiet");
        world_plan(&w);
        starts_by_kernel("ukiload.handoff=stub", "root=a quiet", "systemd-stub 252.3-1",
                         "leave that out, or build the image with systemd-stub 254");
        w.in.n_addons = 0;
        world_plan(&w);
        assert_starts(&w, "root=a");
        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_STUB);
}

static void words_before_the_dashes_need_the_kernel_handoff(void **state) {
        (void) state;
        world_begin(&w, 257, "root=a -- single");
        world_policy(&w, "@allow-sections .initrd\nquiet");
        world_plan(&w);
        assert_starts(&w, "root=a -- single");
        world_addon_with(&w, PLAN_GLOBAL, ADDON, NULL, ".initrd", "x");
        world_plan(&w);
        assert_starts(&w, "root=a -- single");
        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_STUB);
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b.addon.efi", "quiet");
        world_plan(&w);
        starts_by_kernel("ukiload.handoff=stub", "root=a quiet -- single", "before the `--`", "build the image without `--`");
}

static void unsigned_words_need_the_kernel_handoff(void **state) {
        (void) state;
        world_begin(&w, 257, "root=a");
        world_policy(&w, "loglevel=? unsigned\nquiet");
        world_request(&w, "loglevel=7");
        world_plan(&w);
        starts_by_kernel("loglevel=7 ukiload.handoff=stub", "root=a loglevel=7", "unsigned word \"loglevel=7\"",
                         "put it into a signed addon");
        world_request(&w, "loglevel=7");
        world_addon(&w, PLAN_GLOBAL, ADDON, "quiet");
        world_plan(&w);
        assert_starts(&w, "root=a quiet loglevel=7");
        w.in.confidential = true;
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "confidential VM");
        w.in.confidential = false;
        world_request(&w, "loglevel=7 debug");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "\"debug\"");
        w.in.policy = NULL;
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "carries no policy");
}

static void a_profile_needs_the_kernel_handoff_on_an_old_stub(void **state) {
        (void) state;
        for (unsigned stub = 256; stub <= 257; stub++) {
                world_begin(&w, stub, "root=a");
                world_section(&w, ".profile", "ID=main");
                world_section(&w, ".profile", "ID=debug");
                world_section(&w, ".cmdline", "root=b");
                for (unsigned n = 0; n < 2; n++) {
                        world_request(&w, n ? "@1" : "@0");
                        world_plan(&w);
                        if (stub == 257)
                                assert_starts(&w, n ? "root=b" : "root=a");
                        else
                                starts_by_kernel(n ? "@1 ukiload.handoff=stub" : "@0 ukiload.handoff=stub",
                                                 n ? "root=b" : "root=a", "profiles", "systemd-stub 257 or newer");
                }
        }
}

/* A stub that is not known, newer than the tests, or does what ukiload does not: only the image itself can permit to leave it
 * out. */
static void a_stub_that_does_more_is_left_out_by_leave_of_the_image_only(void **state) {
        static const unsigned stubs[] = { 0, 261, 262, STUB_TESTED + 1 };

        (void) state;
        for (unsigned i = 0; i < 4; i++)
                for (int permits = 0; permits < 2; permits++) {
                        world_begin(&w, stubs[i], "root=a -- x");
                        world_policy(&w, "@handoff kernel\nquiet");
                        if (permits)
                                world_section(&w, ".ukipol", "@version 1\n@handoff kernel\nquiet\n");
                        world_plan(&w);
                        assert_starts(&w, "root=a -- x");
                        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_STUB);
                        world_addon(&w, PLAN_GLOBAL, ADDON, "quiet");
                        world_plan(&w);
                        if (permits)
                                assert_starts(&w, "root=a quiet -- x");
                        else
                                assert_kernel_wanted(PLAN_BLAME_FORMAT, "needs `@handoff kernel` in the image's own policy",
                                                     "remove the addons");
                        if (!permits && (stubs[i] != 0) != (strstr(w.plan.why, "a boot secret and consoles") != NULL))
                                fail_msg("stub %u: %s", stubs[i], w.plan.why);
                }
        world_begin(&w, 260, "root=a -- x");
        world_policy(&w, "quiet");
        world_addon(&w, PLAN_GLOBAL, ADDON, "quiet");
        world_plan(&w);
        assert_starts(&w, "root=a quiet -- x");
        world_begin(&w, 0, "root=a");
        world_policy(&w, "quiet");
        world_addon(&w, PLAN_GLOBAL, ADDON, "quiet");
        world_plan(&w);
        assert_kernel_wanted(PLAN_BLAME_FORMAT, "a stub that is not systemd's", "254 or newer");
}

static void an_allowed_kernel_handoff_is_not_forced(void **state) {
        (void) state;
        world_begin(&w, 257, "root=a");
        world_policy(&w, "@handoff kernel\nquiet");
        world_section(&w, ".ukipol", "@version 1\n@handoff kernel\nquiet\n");
        world_addon(&w, PLAN_GLOBAL, ADDON, "quiet");
        world_plan(&w);
        assert_starts(&w, "root=a quiet");
        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_STUB);
}

/* No EFI entry, but the handover entry. The setup header lies in the first section of the kernel's image, behind its text. */
static void make_old_kernel(struct world *world) {
        image_put(&world->kernel, AT_IMAGE_VERSION, 0, 2);
        image_put(&world->kernel, 0x1fe, 0xaa55, 2);
        image_put(&world->kernel, 0x202, 0x53726448, 4);
        image_put(&world->kernel, 0x206, 0x020f, 2);
        image_put(&world->kernel, 0x234, 1, 1);
        image_put(&world->kernel, 0x236, 1 << 3, 2);
        image_put(&world->kernel, 0x238, 2047, 4);
}

static void device_trees_and_firmware_are_beyond_the_kernel_handoff(void **state) {
        static const char names[4][9] = { ".dtb", ".dtbauto", ".hwids", ".efifw" };

        (void) state;
        for (size_t i = 0; i < 4; i++) {
                world_begin(&w, 252, "root=a");
                world_policy(&w, "quiet");
                world_section(&w, names[i], "x");
                world_addon(&w, PLAN_GLOBAL, ADDON, "quiet");
                world_plan(&w);
                assert_kernel_wanted(PLAN_BLAME_FORMAT, names[i], "cannot be handled as it would");
        }
        world_begin(&w, 254, "root=a");
        world_policy(&w, "@allow-sections .dtb\nquiet");
        world_addon_with(&w, PLAN_GLOBAL, ADDON, "quiet", ".dtb", "x");
        world_plan(&w);
        assert_kernel_wanted(PLAN_BLAME_FORMAT, "a .dtb addon", "255");

        world_begin(&w, 252, "root=a");
        world_policy(&w, "quiet");
        world_addon(&w, PLAN_GLOBAL, ADDON, "quiet");
        make_old_kernel(&w);
        world_plan(&w);
        assert_kernel_wanted(PLAN_BLAME_FORMAT, "cannot be started without a stub", "254");
}

/* From 261 on the stub adds to a line that names none; ukiload in its role does not. */
static void a_stub_from_261_on_adds_a_console(void **state) {
        /* a console to the kernel, and no text that the stub looks for */
        static const char *const none[] = { "root=a \"console=tty0\"", "root=a console", "x\302\240console=tty0" };

        (void) state;
        world_begin(&w, 260, "root=a");
        world_plan(&w);
        assert_false(w.plan.stub_console);
        world_begin(&w, 261, "root=a");
        world_plan(&w);
        assert_true(w.plan.stub_console);
        world_begin(&w, 261, "root=a xconsole=b consoleblank=1 -- y");
        world_plan(&w);
        assert_true(w.plan.stub_console);
        for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
                world_begin(&w, 261, none[i]);
                world_plan(&w);
                assert_true(w.plan.stub_console);
        }
        world_begin(&w, 261, "root=a console=tty0");
        world_plan(&w);
        assert_false(w.plan.stub_console);
        world_begin(&w, 261, "note=\"a console=b\""); /* the stub knows no quotes */
        world_plan(&w);
        assert_false(w.plan.stub_console);
        world_begin(&w, 261, "root=a -- y");
        world_policy(&w, "quiet");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a.addon.efi", "quiet");
        world_plan(&w);
        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_KERNEL);
        assert_false(w.plan.stub_console);
}

/* Its line goes through boot_params, as ASCII. */
static void the_line_of_an_old_kernel_is_ascii(void **state) {
        (void) state;
        world_begin(&w, 257, "x\xc3\xa4-- y");
        world_plan(&w);
        assert_starts(&w, "x\xc3\xa4-- y");
        make_old_kernel(&w);
        world_plan(&w);
        assert_starts(&w, "x -- y");
        assert_true(w.plan.overlay.splits);
}

/* Neither entry: systemd-stub gives up on it, and what another stub does is not known. */
static void a_kernel_without_an_entry_is_refused(void **state) {
        (void) state;
        world_begin(&w, 257, "root=a");
        image_put(&w.kernel, AT_IMAGE_VERSION, 0, 2);
        world_plan(&w);
        assert_int_equal(w.plan.result, PLAN_REFUSE_IMAGE);
        assert_int_equal(w.plan.blame, PLAN_BLAME_FORMAT);
        assert_non_null(strstr(w.plan.why, "that its stub cannot start"));

        world_begin(&w, 0, "root=a");
        image_put(&w.kernel, AT_IMAGE_VERSION, 0, 2);
        world_plan(&w);
        assert_int_equal(w.plan.result, PLAN_START);

        world_begin(&w, 257, "root=a");
        make_old_kernel(&w);
        world_plan(&w);
        assert_int_equal(w.plan.result, PLAN_START);
        image_put(&w.kernel, 0x236, 0, 2); /* xloadflags */
        world_plan(&w);
        assert_int_equal(w.plan.result, PLAN_REFUSE_IMAGE);
}

/* By LoadImage, that is. */
static void firmware_loads_the_kernel_of_old_stubs_only(void **state) {
        static const struct {
                unsigned stub;
                bool by_firmware;
        } stubs[] = { { 252, true }, { 257, true }, { 258, false }, { 262, false }, { 0, false } };

        (void) state;
        for (size_t i = 0; i < sizeof(stubs) / sizeof(stubs[0]); i++) {
                world_begin(&w, stubs[i].stub, "root=a");
                world_plan(&w);
                assert_int_equal(w.plan.handoff, PLAN_HANDOFF_STUB);
                assert_int_equal(plan_loads_kernel(&w.plan, false), stubs[i].by_firmware);
                assert_int_equal(plan_loads_kernel(&w.plan, true), stubs[i].stub > 0);
                w.plan.handoff = PLAN_HANDOFF_KERNEL;
                assert_true(plan_loads_kernel(&w.plan, false));
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_stub_takes_what_its_version_takes),
                cmocka_unit_test(an_old_stub_is_named_with_what_to_do),
                cmocka_unit_test(words_before_the_dashes_need_the_kernel_handoff),
                cmocka_unit_test(unsigned_words_need_the_kernel_handoff),
                cmocka_unit_test(a_profile_needs_the_kernel_handoff_on_an_old_stub),
                cmocka_unit_test(a_stub_that_does_more_is_left_out_by_leave_of_the_image_only),
                cmocka_unit_test(an_allowed_kernel_handoff_is_not_forced),
                cmocka_unit_test(device_trees_and_firmware_are_beyond_the_kernel_handoff),
                cmocka_unit_test(a_stub_from_261_on_adds_a_console),
                cmocka_unit_test(the_line_of_an_old_kernel_is_ascii),
                cmocka_unit_test(a_kernel_without_an_entry_is_refused),
                cmocka_unit_test(firmware_loads_the_kernel_of_old_stubs_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
