/* SPDX-License-Identifier: BSD-2-Clause */
/* Plans, and the stub's role in them, right beside where they turn into others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "plan_world.h"
#include "stubrole.h"

static struct world w;

#define GLOBAL "\\loader\\addons\\"
#define LOCAL  "\\EFI\\Linux\\a.efi.extra.d\\"
#define PICKED "\\EFI\\ukiload\\addons\\"

static void assert_why(const struct plan_addon *a, enum plan_verdict verdict, const char *words) {
        if (a->verdict != verdict || !strstr(a->why, words))
                fail_msg("%s is %s: %s", a->path, plan_verdict_name(a->verdict), a->why);
}

static void a_profile_that_no_request_names_is_none(void **state) {
        (void) state;
        world_begin(&w, 257, "quiet");
        world_request(&w, "ukiload.log=debug");
        w.request.profile = 1;
        world_plan(&w);
        assert_starts(&w, "quiet");
        assert_int_equal(w.plan.profile, 0);
}

static void a_policy_in_the_image_without_directives_gives_none(void **state) {
        (void) state;
        world_begin(&w, 257, "quiet");
        world_section(&w, ".ukipol", "@version 1\ndebug\n");
        world_request(&w, "ukiload.log=debug");
        world_plan(&w);
        assert_starts(&w, "quiet");
        assert_false(w.plan.measure_uki_policy);
        assert_string_equal(w.plan.handoff_why, "nothing is added, the image starts as it is");
}

static void put_setup_header(uint32_t cmdline_size) {
        image_put(&w.kernel, 0x1fe, 0xaa55, 2);
        image_put(&w.kernel, 0x202, 0x53726448, 4);
        image_put(&w.kernel, 0x206, 0x020f, 2);
        image_put(&w.kernel, 0x234, 1, 1);
        image_put(&w.kernel, 0x236, 1 << 3, 2);
        image_put(&w.kernel, 0x238, cmdline_size, 4);
}

static void a_signed_line_is_measured_by_its_own_kernel(void **state) {
        (void) state;
        for (uint32_t size = 13; size <= 14; size++) {
                world_begin(&w, 257, "root=/dev/vda");
                put_setup_header(size - 1);
                world_plan(&w);
                if (size == 14)
                        assert_starts(&w, "root=/dev/vda");
                else
                        assert_refused(&w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT, "its .cmdline is longer than the 12 bytes");
        }
}

static void only_a_kernel_without_any_other_entry_gets_its_line_as_ascii(void **state) {
        (void) state;
        world_begin(&w, 257, "x\xc3\xa4");
        put_setup_header(2047);
        world_plan(&w);
        assert_starts(&w, "x\xc3\xa4");
        world_begin(&w, 0, "x\xc3\xa4");
        image_put(&w.kernel, AT_IMAGE_VERSION, 0, 2); /* neither entry: what another stub does with it is its own */
        world_plan(&w);
        assert_starts(&w, "x\xc3\xa4");
}

/* ---- addons ---- */

static void an_open_quote_is_told_first(void **state) {
        static char line[1950] = "root=\"", words[201];

        (void) state;
        memset(line + 6, 'a', sizeof(line) - 7);
        memset(words, 'b', sizeof(words) - 1);
        world_begin(&w, 257, line);
        world_policy(&w, "quiet");
        struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", words);
        world_plan(&w);
        assert_starts(&w, line);
        assert_why(a, PLAN_REFUSED, "the signed command line opens a quote");
}

/* The limit of a text is the same where no word can be added. */
static void an_addon_of_blanks_has_a_length_as_well(void **state) {
        static const char *const lines[] = { "root=/dev/vda2", "root=\"/dev/vda2" };
        static char blanks[ADDON_CMDLINE_MAX + 2];

        (void) state;
        memset(blanks, ' ', sizeof(blanks) - 1);
        for (size_t i = 0; i < 2; i++) {
                world_begin(&w, 257, lines[i]);
                world_policy(&w, "quiet\n@allow-sections .initrd");
                struct plan_addon *most = world_addon_with(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", blanks + 1, ".initrd", "x");
                struct plan_addon *more = world_addon_with(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", blanks, ".initrd", "x");
                world_plan(&w);
                assert_starts(&w, lines[i]);
                assert_why(most, PLAN_ADMITTED, "");
                assert_why(more, PLAN_REFUSED, "its line has 4097 bytes; an addon may have 4096");
        }
}

static void an_addon_without_words_moves_nothing(void **state) {
        (void) state;
        for (unsigned stub = 257; stub <= 262; stub += 5) {
                world_begin(&w, stub, "root=x");
                world_policy(&w, "@allow-sections .initrd\na=*\nc=*");
                world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "a=1");
                world_addon_with(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", NULL, ".initrd", "x");
                world_addon(&w, PLAN_GLOBAL, GLOBAL "c.addon.efi", "c=3");
                world_plan(&w);
                assert_starts(&w, "root=x a=1 c=3");
        }
}

static void blanks_alone_do_no_harm_where_the_stub_stops_at_their_end(void **state) {
        (void) state;
        world_begin(&w, 257, "root=x");
        world_policy(&w, "@allow-sections .initrd");
        world_addon_with(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", " ", ".initrd", "x");
        world_plan(&w);
        assert_starts(&w, "root=x");
        assert_why(&w.addons[0], PLAN_ADMITTED, "");
        world_begin(&w, 256, "root=x");
        world_policy(&w, "@allow-sections .dtb");
        world_addon_with(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", " ", ".dtb", "tree");
        w.images[0].bytes[0x600] = '\0'; /* its .cmdline: no character at all */
        world_plan(&w);
        assert_starts(&w, "root=x");
        assert_why(&w.addons[0], PLAN_ADMITTED, "");
}

static void a_picked_addon_has_the_whole_name(void **state) {
        (void) state;
        world_begin(&w, 257, "root=x");
        world_policy(&w, "quiet");
        world_addon(&w, PLAN_PICKED, PICKED "z.addon.efx", "quiet");
        world_request(&w, "ukiload.addon=z");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_REQUEST, "the request names the addon z, and there is no ");
}

static void the_first_folder_ends_once(void **state) {
        (void) state;
        world_begin(&w, 254, "root=x");
        world_policy(&w, "a=*\nb=*\nc=*");
        world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "a=1");
        world_addon(&w, PLAN_LOCAL, LOCAL "b.addon.efi", "b=2");
        world_addon(&w, PLAN_LOCAL, LOCAL "c.addon.efi", "c=3");
        world_plan(&w);
        assert_starts(&w, "root=x a=1 b=2 c=3");
        assert_int_equal(w.plan.overlay.first_folder_len, 3);
}

/* The addons begin where a page does, and the pages before it must not be read. */
static void nothing_stands_before_the_first_addon(void **state) {
        const size_t guard = (size_t) 16 * 4096, size = guard + sizeof(struct plan_addon);
        uint8_t *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        (void) state;
        assert_true(pages != MAP_FAILED && mprotect(pages, guard, PROT_NONE) == 0);
        world_begin(&w, 254, "root=x");
        world_policy(&w, "a=*");
        world_addon(&w, PLAN_LOCAL, LOCAL "a.addon.efi", "a=1");
        memcpy(pages + guard, w.addons, sizeof(w.addons[0]));
        w.in.addons = (struct plan_addon *) (void *) (pages + guard);
        world_plan(&w);
        assert_starts(&w, "root=x a=1");
        munmap(pages, size);
}

/* ---- handoffs ---- */

static void a_refused_addon_needs_no_stub(void **state) {
        (void) state;
        world_begin(&w, 0, "root=x");
        world_policy(&w, "quiet");
        world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "debug");
        world_plan(&w);
        assert_starts(&w, "root=x");
        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_STUB);
        world_begin(&w, 252, "root=x");
        world_policy(&w, "quiet");
        world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "quiet");
        world_addon_with(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", NULL, ".dtb", "x");
        world_plan(&w);
        assert_starts(&w, "root=x quiet");
        assert_why(&w.addons[1], PLAN_REFUSED, "holds .dtb");
}

static void what_the_image_itself_would_lose_is_told_first(void **state) {
        (void) state;
        world_begin(&w, 254, "root=x");
        world_policy(&w, "@allow-sections .dtb");
        world_section(&w, ".hwids", "x");
        world_addon_with(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", NULL, ".dtb", "x");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_FORMAT, "without the stub .hwids cannot be handled");
}

static void a_policy_in_the_image_permits_only_what_it_says(void **state) {
        (void) state;
        world_begin(&w, 0, "root=x -- y");
        world_policy(&w, "quiet");
        world_section(&w, ".ukipol", "@version 1\nquiet\n");
        world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "quiet");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_FORMAT, "needs `@handoff kernel` in the image's own policy");
}

/* ---- the stub's role ---- */

static void profiles_need_257_and_take_no_more(void **state) {
        static const struct {
                unsigned version, n_profiles, profile, role;
        } rows[] = {
                { 254, 0, 0, 254 }, { 254, 1, 0, 257 }, { 254, 0, 1, 257 }, { 261, 2, 0, 261 }, { 261, 2, 1, 261 },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct uki uki = { .stub = UKI_STUB_SYSTEMD,
                                         .stub_version = rows[i].version,
                                         .n_profiles = rows[i].n_profiles,
                                         .profile = rows[i].profile };

                assert_int_equal(stubrole_version(&uki), rows[i].role);
        }
}

/* As in an image whose section has a size in memory and nothing to be read. */
static void an_empty_section_is_neither_measured_nor_given(void **state) {
        static struct stubrole role;
        static uint8_t singles[64];
        char said[128];
        struct text why = TEXT_IN(said);
        struct stubrole_input in = { .plan = &w.plan, .singles = singles, .singles_cap = sizeof(singles) };
        size_t size, n_events;

        (void) state;
        world_begin(&w, 257, "root=x");
        world_plan(&w);
        assert_true(stubrole_make(&in, &role, &why));
        n_events = role.n_events;
        assert_int_equal(role.initrd.n, 0);
        w.plan.uki.has[UKI_OSREL] = true;
        assert_true(stubrole_singles_size(&w.plan.uki, &size));
        assert_int_equal(size, 0);
        assert_true(stubrole_make(&in, &role, &why));
        assert_int_equal(role.n_events, n_events);
        assert_int_equal(role.initrd.n, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_profile_that_no_request_names_is_none),
                cmocka_unit_test(a_policy_in_the_image_without_directives_gives_none),
                cmocka_unit_test(a_signed_line_is_measured_by_its_own_kernel),
                cmocka_unit_test(only_a_kernel_without_any_other_entry_gets_its_line_as_ascii),
                cmocka_unit_test(an_open_quote_is_told_first),
                cmocka_unit_test(an_addon_of_blanks_has_a_length_as_well),
                cmocka_unit_test(an_addon_without_words_moves_nothing),
                cmocka_unit_test(blanks_alone_do_no_harm_where_the_stub_stops_at_their_end),
                cmocka_unit_test(a_picked_addon_has_the_whole_name),
                cmocka_unit_test(the_first_folder_ends_once),
                cmocka_unit_test(nothing_stands_before_the_first_addon),
                cmocka_unit_test(a_refused_addon_needs_no_stub),
                cmocka_unit_test(what_the_image_itself_would_lose_is_told_first),
                cmocka_unit_test(a_policy_in_the_image_permits_only_what_it_says),
                cmocka_unit_test(profiles_need_257_and_take_no_more),
                cmocka_unit_test(an_empty_section_is_neither_measured_nor_given),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
