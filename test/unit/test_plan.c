/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan_world.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static struct world w;

static void an_image_without_anything_else_starts_with_its_line(void **state) {
        (void) state;
        world_begin(&w, 257, "  root=/dev/vda2\tquiet ");
        world_plan(&w);
        assert_starts(&w, "root=/dev/vda2 quiet");
        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_STUB);
        assert_true(w.plan.uki_ok);
        assert_false(w.plan.stub_untested);
        assert_false(w.plan.measure_policy);
        assert_int_equal(w.plan.n_admitted, 0);
        world_begin(&w, 252, NULL);
        world_plan(&w);
        assert_starts(&w, "");
        assert_int_equal(w.plan.handoff, PLAN_HANDOFF_STUB);
        world_begin(&w, STUB_TESTED + 1, "quiet");
        world_plan(&w);
        assert_starts(&w, "quiet");
        assert_true(w.plan.stub_untested);
}

static void an_image_that_cannot_be_started_is_refused(void **state) {
        (void) state;
        world_begin(&w, 257, "quiet");
        memcpy(w.sections[0].name, ".other", 7);
        struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a.addon.efi", "debug");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT, "\\EFI\\Linux\\a.efi has no .linux section");
        assert_false(w.plan.uki_ok);
        assert_int_equal(a->verdict, PLAN_REFUSED);
        assert_non_null(strstr(a->why, "not looked at"));

        world_begin(&w, 257, "quiet");
        w.in.machine = PE_MACHINE_AARCH64;
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT, "is for x86_64, but this firmware is aarch64");

        world_begin(&w, 257, "quiet");
        w.sections[0].data = span_of("no kernel");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT,
                       "\\EFI\\Linux\\a.efi has a kernel in .linux that EFI cannot start");

        world_begin(&w, 257, "quiet");
        world_section(&w, ".ukipol", "@version 1\nquiet nonsense\n");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE_IMAGE, PLAN_BLAME_POLICY, "the policy in it (.ukipol) is not valid: ");
        assert_non_null(strstr(w.plan.why, "line 2"));
}

static void a_signed_line_has_at_most_2047_bytes(void **state) {
        static char line[CMDLINE_MAX + 2];

        (void) state;
        memset(line, 'a', CMDLINE_MAX);
        world_begin(&w, 257, line);
        world_plan(&w);
        assert_starts(&w, line);
        line[CMDLINE_MAX] = 'a';
        world_begin(&w, 257, line);
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT, "its .cmdline is longer than the 2047 bytes");
}

static void what_smbios_adds_counts_for_the_length(void **state) {
        static char line[CMDLINE_MAX];

        (void) state;
        memset(line, 'a', 2000);
        line[2000] = '\0';
        world_begin(&w, 257, line);
        w.in.smbios_extra = span_of("from=the_host_of_this_virtual_machine_with_a_long_name");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT, "the command line would be longer than the 2047");
        /* a stub that does not read SMBIOS adds nothing */
        world_begin(&w, 252, line);
        w.in.smbios_extra = span_of("from=the_host_of_this_virtual_machine_with_a_long_name");
        world_plan(&w);
        assert_starts(&w, line);
}

/* What each stub appends from SMBIOS; 254 was the first. */
static void smbios_words_are_those_of_the_stubs_version(void **state) {
        static const struct {
                unsigned stub;
                const char *line;
        } rows[] = {
                { 0, "quiet" },
                { 252, "quiet" },
                { 253, "quiet" },
                { 254, "quiet from=host" },
                { 255, "quiet from=host" },
                { 262, "quiet from=host" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                world_begin(&w, rows[i].stub, "quiet");
                w.in.smbios_extra = span_of("from=host");
                world_plan(&w);
                assert_starts(&w, rows[i].line);
                assert_int_equal(w.plan.stub_words, strcmp(rows[i].line, "quiet") != 0);
        }
        world_begin(&w, 257, "quiet"); /* blanks are no words */
        w.in.smbios_extra = span_of("  ");
        world_plan(&w);
        assert_false(w.plan.stub_words);
        /* what printf makes of a line that is not there, until 256 */
        for (unsigned stub = 254; stub < 259; stub++) {
                world_begin(&w, stub, NULL);
                w.in.smbios_extra = span_of("from=host");
                world_plan(&w);
                assert_starts(&w, stub < 257 ? "(null) from=host" : "from=host");
        }
}

/* Line, overlay and digest are about what the kernel gets, not about the bytes of the section. */
static void signed_line_as_the_kernel_gets_it(void **state) {
        /* clang-format off */
        static const struct { const char *section; unsigned stub; const char *line; bool splits, takes; } rows[] = {
                { "x\x7f-- y\n", 257, "x -- y", true, true }, { "x\x7f-- y\n", 254, "x\x7f-- y", false, true },
                { "x=\xc0\xa2", 257, "x=\"", false, false }, { "x=\xc0\xa2", 252, "x=\"", false, false },
                { "x\xc0\xa0-- y", 257, "x -- y", true, true }, { "n=\xff x", 257, "n= x", false, true },
                { "n=\xc2\xa0-- y", 257, "n=\xc2\xa0-- y", true, true }, { " x", 254, " x", false, true },
                { " x", 255, "x", false, true },
        };
        /* clang-format on */

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                world_begin(&w, rows[i].stub, rows[i].section);
                world_plan(&w);
                assert_starts(&w, rows[i].line);
                assert_string_equal(w.plan.signed_line, rows[i].line);
                assert_int_equal(w.plan.overlay.splits, rows[i].splits);
                world_policy(&w, "debug");
                struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a.addon.efi", "debug");
                world_plan(&w);
                if ((a->verdict == PLAN_ADMITTED) != rows[i].takes)
                        fail_msg("row %zu: %s", i, a->why);
        }
}

/* systemd-stub 255 and 256 read on behind such a text. */
static void a_line_of_blanks_is_refused_where_the_stub_reads_on(void **state) {
        (void) state;
        for (unsigned stub = 252; stub < 260; stub++) {
                world_begin(&w, stub, " \n");
                world_plan(&w);
                if (stub == 255 || stub == 256)
                        assert_refused(&w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT, "its .cmdline holds nothing but blanks");
                else
                        assert_starts(&w, "");
        }
        world_begin(&w, 256, "quiet");
        world_policy(&w, "@allow-sections .dtb");
        struct plan_addon *a = world_addon_with(&w, PLAN_GLOBAL, "\\loader\\addons\\a.addon.efi", " ", ".dtb", "tree");
        world_plan(&w);
        assert_int_equal(a->verdict, PLAN_REFUSED);
        assert_non_null(strstr(a->why, "its .cmdline holds nothing but blanks"));
}

static void a_profile_is_chosen_by_the_request(void **state) {
        (void) state;
        world_begin(&w, 257, "quiet");
        world_section(&w, ".profile", "ID=main");
        world_section(&w, ".profile", "ID=debug");
        world_section(&w, ".cmdline", "debug");
        world_request(&w, "@1");
        world_plan(&w);
        assert_starts(&w, "debug");
        assert_int_equal(w.plan.profile, 1);
        world_request(&w, "ukiload.profile=2");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT, "has no profile 2");
}

static void an_image_is_started_with_its_pinned_digest_only(void **state) {
        char text[128];
        struct text t = TEXT_IN(text);

        (void) state;
        world_begin(&w, 257, "quiet");
        world_plan(&w);
        text_str(&t, "ukiload.sha256=");
        text_hex(&t, (struct span) { w.sha256, SHA256_SIZE });
        world_request(&w, text);
        world_plan(&w);
        assert_starts(&w, "quiet");
        w.request.sha256[31] ^= 1;
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_REQUEST, "but the request says ukiload.sha256=");
}

/* Firmware: what nothing compares is not hashed. */
static void what_no_request_pins_is_not_digested(void **state) {
        static const char *const words[] = { NULL, "debug", "ukiload.sha256=" ZEROS, "ukiload.plan=" ZEROS };

        (void) state;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                world_begin(&w, 257, "quiet");
                w.in.only_pinned = true;
                if (words[i])
                        world_request(&w, words[i]);
                w.in.unsettled = true;
                world_plan(&w);
                assert_false(w.plan.has_digest);
                w.in.unsettled = false;
                world_plan(&w);
                assert_int_equal(w.plan.has_digest, i == 3);
        }
}

/* The digest as its description says, computed here once more. */
static void expect_digest(const struct plan_addon *addon, const char *line) {
        static char text[4096];
        uint8_t digest[SHA256_SIZE];
        struct text t = TEXT_IN(text);

        text_str(&t, "ukiload-plan 1\nuki ");
        text_hex(&t, (struct span) { w.sha256, SHA256_SIZE });
        text_cat(&t, "\nprofile 0\naddon ", NULL);
        sha256_of(addon->file, digest);
        text_hex(&t, (struct span) { digest, SHA256_SIZE });
        text_cat(&t, "\nline ", line, "\n", NULL);
        sha256_of(text_span(&t), digest);
        assert_memory_equal(w.plan.digest, digest, SHA256_SIZE);
}

static void a_plan_is_started_with_its_pinned_digest_only(void **state) {
        char text[160];
        struct text t = TEXT_IN(text);

        (void) state;
        world_begin(&w, 257, "quiet");
        world_policy(&w, "debug");
        struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a.addon.efi", "debug");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b.addon.efi", "splash");
        w.in.smbios_extra = span_of("from=host");
        world_plan(&w);
        assert_starts(&w, "quiet debug from=host");
        expect_digest(a, "quiet debug");
        text_str(&t, "ukiload.plan=");
        text_hex(&t, (struct span) { w.plan.digest, SHA256_SIZE });
        world_request(&w, text);
        world_plan(&w);
        assert_starts(&w, "quiet debug from=host");
        world_policy(&w, "debug\nsplash");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_REQUEST, "but the request says ukiload.plan=");
        assert_string_equal(w.plan.line, "quiet debug splash from=host");
        /* As long as b may turn out untrusted and fall out, nothing can be said about the pin. */
        w.in.unsettled = true;
        world_plan(&w);
        assert_starts(&w, "quiet debug splash from=host");
}

static void directives_of_the_policy_are_obeyed(void **state) {
        (void) state;
        world_begin(&w, 257, "quiet");
        world_policy(&w, "@requests off\n@measure");
        world_plan(&w);
        assert_starts(&w, "quiet");
        assert_true(w.plan.measure_policy);
        assert_false(w.plan.measure_uki_policy);
        world_request(&w, "ukiload.log=debug");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_REQUEST, "switched off by `@requests off` in ukiload's policy");
        world_begin(&w, 257, "quiet");
        world_policy(&w, "debug");
        world_section(&w, ".ukipol", "@version 1\n@requests off\n@measure\n");
        world_request(&w, "ukiload.log=debug");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_REQUEST, "in the policy of \\EFI\\Linux\\a.efi");
        assert_true(w.plan.measure_uki_policy);
        assert_false(w.plan.measure_policy);
}

static void a_required_word_is_there_or_nothing_starts(void **state) {
        (void) state;
        world_begin(&w, 257, "quiet");
        world_policy(&w, "@require audit=1\naudit=1 sensitive");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "audit=1");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a.addon.efi", "audit=1");
        world_plan(&w);
        assert_starts(&w, "quiet audit=1");
        world_begin(&w, 257, "quiet audit=1");
        world_policy(&w, "debug");
        world_section(&w, ".ukipol", "@version 1\n@require lockdown=integrity\n");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "lockdown=integrity");
}

static void addons_are_sorted_as_the_stub_sorts_them(void **state) {
        static struct plan_addon list[6];
        static const struct {
                enum plan_origin origin;
                char path[40];
        } given[6] = {
                { PLAN_PICKED, "\\EFI\\ukiload\\addons\\a.addon.efi" }, { PLAN_LOCAL, "\\b.extra.d\\Z.addon.efi" },
                { PLAN_GLOBAL, "\\loader\\addons\\b.addon.efi" },       { PLAN_LOCAL, "\\b.extra.d\\a.addon.efi" },
                { PLAN_GLOBAL, "\\loader\\addons\\B.addon.efi" },       { PLAN_GLOBAL, "\\loader\\addons\\a+.addon.efi" },
        };
        static const int want[6] = { 4, 5, 2, 1, 3, 0 };

        (void) state;
        for (size_t i = 0; i < 6; i++) {
                list[i].origin = given[i].origin;
                memcpy(list[i].path, given[i].path, sizeof(given[i].path));
                list[i].file.n = i;
        }
        plan_sort(list, 6);
        for (size_t i = 0; i < 6; i++) {
                assert_int_equal(list[i].file.n, want[i]);
                assert_string_equal(list[i].path, given[want[i]].path);
        }
        plan_sort(list, 0);
        /* one name in two folders: the folder decides, so that the order never depends on what was found first */
        list[0] = (struct plan_addon) { .path = "\\b\\x.addon.efi" };
        list[1] = (struct plan_addon) { .path = "\\a\\x.addon.efi" };
        plan_sort(list, 2);
        assert_string_equal(list[0].path, "\\a\\x.addon.efi");
}

static void verdicts_and_origins_have_names(void **state) {
        (void) state;
        assert_string_equal(plan_verdict_name(PLAN_ADMITTED), "admitted");
        assert_string_equal(plan_verdict_name(PLAN_NOT_FOR_IMAGE), "not for this image");
        assert_string_equal(plan_verdict_name(PLAN_REFUSED), "refused");
        assert_string_equal(plan_verdict_name(PLAN_UNTRUSTED), "untrusted");
        assert_string_equal(plan_origin_name(PLAN_GLOBAL), "global");
        assert_string_equal(plan_origin_name(PLAN_LOCAL), "for this UKI");
        assert_string_equal(plan_origin_name(PLAN_PICKED), "picked");
        assert_string_equal(plan_handoff_name(PLAN_HANDOFF_STUB), "stub");
        assert_string_equal(plan_handoff_name(PLAN_HANDOFF_KERNEL), "kernel");
}

/* What is reported when the image is gone must not be read from where it was. */
static void a_detached_plan_reads_nothing_of_the_image(void **state) {
        (void) state;
        world_begin(&w, 257, "quiet");
        world_section(&w, ".osrel", "PRETTY_NAME=\"Machine \x1b[2J 7\"\n");
        world_plan(&w);
        assert_starts(&w, "quiet");
        plan_detach(&w.plan);
        memset(&w.uki, 0xaf, sizeof(w.uki));
        memset(&w.pe, 0xaf, sizeof(w.pe));
        memset(&w.scratch, 0xaf, sizeof(w.scratch));
        assert_string_equal(w.plan.stub, "systemd-stub 257.3-1");
        assert_string_equal(w.plan.name, "Machine \\x1b[2J 7");
        assert_string_equal(w.plan.line, "quiet");
        assert_true(w.plan.uki_ok);
        assert_string_equal(w.plan.uki.stub_text, "");
        for (int i = 0; i < UKI_SECTION_COUNT; i++)
                assert_null(w.plan.uki.section[i].p);
        assert_null(w.plan.overlay.uki);
        world_begin(&w, 0, "quiet");
        world_plan(&w);
        assert_string_equal(w.plan.stub, "");
        assert_string_equal(w.plan.name, "");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_image_without_anything_else_starts_with_its_line),
                cmocka_unit_test(an_image_that_cannot_be_started_is_refused),
                cmocka_unit_test(a_signed_line_has_at_most_2047_bytes),
                cmocka_unit_test(what_smbios_adds_counts_for_the_length),
                cmocka_unit_test(smbios_words_are_those_of_the_stubs_version),
                cmocka_unit_test(signed_line_as_the_kernel_gets_it),
                cmocka_unit_test(a_line_of_blanks_is_refused_where_the_stub_reads_on),
                cmocka_unit_test(a_profile_is_chosen_by_the_request),
                cmocka_unit_test(an_image_is_started_with_its_pinned_digest_only),
                cmocka_unit_test(what_no_request_pins_is_not_digested),
                cmocka_unit_test(a_plan_is_started_with_its_pinned_digest_only),
                cmocka_unit_test(directives_of_the_policy_are_obeyed),
                cmocka_unit_test(a_required_word_is_there_or_nothing_starts),
                cmocka_unit_test(addons_are_sorted_as_the_stub_sorts_them),
                cmocka_unit_test(verdicts_and_origins_have_names),
                cmocka_unit_test(a_detached_plan_reads_nothing_of_the_image),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
