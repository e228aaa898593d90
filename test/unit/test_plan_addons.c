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

#define GLOBAL "\\loader\\addons\\"
#define LOCAL  "\\EFI\\Linux\\a.efi.extra.d\\"
#define PICKED "\\EFI\\ukiload\\addons\\"

static void begin(const char *policy) {
        world_begin(&w, 257, "root=/dev/vda2");
        if (policy)
                world_policy(&w, policy);
}

static void assert_why(const struct plan_addon *a, enum plan_verdict verdict, const char *words) {
        if (a->verdict != verdict || !strstr(a->why, words))
                fail_msg("%s is %s: %s", a->path, plan_verdict_name(a->verdict), a->why);
}

static void addons_are_applied_in_the_order_of_their_folders(void **state) {
        (void) state;
        begin("a=* repeat\nb=*\nc=*");
        world_addon(&w, PLAN_PICKED, PICKED "z.addon.efi", "c=3");
        world_addon(&w, PLAN_LOCAL, LOCAL "l.addon.efi", "a=2 b=2");
        world_addon(&w, PLAN_GLOBAL, GLOBAL "g.addon.efi", "a=1");
        world_request(&w, "ukiload.addon=z");
        plan_sort(w.addons, w.in.n_addons);
        world_plan(&w);
        assert_starts(&w, "root=/dev/vda2 a=1 a=2 b=2 c=3");
        assert_int_equal(w.plan.n_admitted, 3);
        assert_string_equal(w.addons[0].why, "");
        assert_true(span_eq_str(w.addons[1].addon.cmdline, "a=2 b=2"));
        assert_non_null(strstr(w.plan.handoff_why, "systemd-stub 257.3-1"));
}

static void an_addon_is_taken_whole_or_not_at_all(void **state) {
        (void) state;
        begin("quiet\ndebug");
        struct plan_addon *bad = world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "quiet init=/bin/sh");
        struct plan_addon *good = world_addon(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", "debug");
        struct plan_addon *collides = world_addon(&w, PLAN_GLOBAL, GLOBAL "c.addon.efi", "quiet debug");
        world_plan(&w);
        assert_starts(&w, "root=/dev/vda2 debug");
        assert_why(bad, PLAN_REFUSED, "\"init=/bin/sh\" refused: sensitive");
        assert_why(good, PLAN_ADMITTED, "");
        assert_why(collides, PLAN_REFUSED, "\"debug\"");
}

static void without_a_policy_no_addon_is_admitted(void **state) {
        (void) state;
        begin(NULL);
        struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "quiet");
        world_plan(&w);
        assert_starts(&w, "root=/dev/vda2");
        assert_why(a, PLAN_REFUSED, "this ukiload carries no policy (.ukipol)");
}

static void the_ukis_policy_narrows(void **state) {
        (void) state;
        begin("quiet\ndebug");
        world_section(&w, ".ukipol", "@version 1\nquiet\n");
        struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "debug");
        struct plan_addon *b = world_addon(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", "quiet");
        world_plan(&w);
        assert_starts(&w, "root=/dev/vda2 quiet");
        assert_why(a, PLAN_REFUSED, "the UKI's");
        assert_why(b, PLAN_ADMITTED, "");
}

static void a_file_that_is_no_addon_is_refused(void **state) {
        static const struct pe_write_section strange[] = { TEXT_SECTION(".cmdline", "quiet"), TEXT_SECTION(".linux2", "x") };

        (void) state;
        begin("quiet");
        struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "quiet");
        a->file = span_of("text");
        struct plan_addon *b = world_addon(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", "quiet");
        image_make(&w.images[1], PE_MACHINE_X86_64, strange, 2);
        b->file = image_span(&w.images[1]);
        struct plan_addon *c = world_addon_with(&w, PLAN_GLOBAL, GLOBAL "c.addon.efi", "quiet", ".uname", "6.2");
        struct plan_addon *d = world_addon(&w, PLAN_GLOBAL, GLOBAL "d.addon.efi", "quiet");
        snprintf(d->unread, sizeof(d->unread), "is larger than 1 MiB");
        world_plan(&w);
        assert_starts(&w, "root=/dev/vda2");
        assert_why(a, PLAN_REFUSED, "is not a PE image");
        assert_why(b, PLAN_REFUSED, ".linux2");
        assert_why(c, PLAN_NOT_FOR_IMAGE, "6.2");
        assert_why(d, PLAN_REFUSED, "is larger than 1 MiB");
}

/* Every way in which a picked addon may not hold ends the boot, and the blame says whose fault it is. */
static void a_picked_addon_that_does_not_hold_ends_the_boot(void **state) {
        static const struct {
                char words[16], section[8], content[8], unread[16], untrusted[16];
                enum plan_blame blame;
                char why[40];
        } cases[] = {
                { "init=/bin/sh", "", "", "", "", PLAN_BLAME_POLICY, "control of PID 1" },
                { "quiet", ".uname", "6.1.9", "", "", PLAN_BLAME_REQUEST, "is not for this image" },
                { "quiet", ".bad", "x", "", "", PLAN_BLAME_FORMAT, ".bad" },
                { "quiet", ".dtb", "x", "", "", PLAN_BLAME_POLICY, "holds .dtb" },
                { "quiet", "", "", "is missing", "", PLAN_BLAME_REQUEST, "is missing" },
                { "quiet", "", "", "", "Access Denied", PLAN_BLAME_TRUST, "is untrusted: Access Denied" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                begin("quiet");
                struct plan_addon *a = world_addon_with(&w, PLAN_PICKED, PICKED "p.addon.efi", cases[i].words,
                                                        cases[i].section[0] ? cases[i].section : NULL, cases[i].content);
                snprintf(a->unread, sizeof(a->unread), "%s", cases[i].unread);
                snprintf(a->untrusted, sizeof(a->untrusted), "%s", cases[i].untrusted);
                world_request(&w, "ukiload.addon=p");
                world_plan(&w);
                assert_refused(&w, PLAN_REFUSE, cases[i].blame, cases[i].why);
                assert_non_null(strstr(w.plan.why, PICKED "p.addon.efi, which the request names"));
                assert_int_equal(w.plan.n_admitted, 0);
        }
}

/* What is told is what failed first, not what failed because of it. */
static void the_first_reason_is_told(void **state) {
        (void) state;
        begin("@require audit=1\nquiet");
        world_addon(&w, PLAN_PICKED, PICKED "p.addon.efi", "debug");
        world_addon(&w, PLAN_PICKED, PICKED "q.addon.efi", "splash");
        world_request(&w, "ukiload.addon=p ukiload.addon=q nonsense=1");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "p.addon.efi, which the request names");
        assert_null(strstr(w.plan.why, "audit"));
        assert_null(strstr(w.plan.why, "q.addon.efi"));
        assert_why(&w.addons[1], PLAN_REFUSED, "\"splash\"");
}

static void a_picked_addon_must_be_given(void **state) {
        (void) state;
        begin("quiet\ndebug");
        world_addon(&w, PLAN_PICKED, PICKED "KDUMP.addon.efi", "quiet");
        world_addon(&w, PLAN_GLOBAL, GLOBAL "other.addon.efi", "debug");
        world_request(&w, "ukiload.addon=kdump");
        world_plan(&w);
        assert_starts(&w, "root=/dev/vda2 quiet debug");
        world_request(&w, "ukiload.addon=kdump ukiload.addon=other");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_REQUEST, "the request names the addon other");
}

static void an_untrusted_addon_is_hidden(void **state) {
        (void) state;
        begin("quiet");
        struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "quiet");
        struct plan_addon *b = world_addon(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", "quiet");
        world_plan(&w);
        assert_why(b, PLAN_REFUSED, "\"quiet\"");
        snprintf(a->untrusted, sizeof(a->untrusted), "Security Violation");
        world_plan(&w);
        assert_starts(&w, "root=/dev/vda2 quiet");
        assert_why(a, PLAN_UNTRUSTED, "Security Violation");
        assert_why(b, PLAN_ADMITTED, "");
}

static void on_violation_abort_ends_the_boot(void **state) {
        (void) state;
        begin("@on-violation abort\nquiet");
        struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "debug");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, GLOBAL "a.addon.efi is refused, and ukiload's policy says");
        snprintf(a->untrusted, sizeof(a->untrusted), "Security Violation");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_TRUST, "untrusted");
        snprintf(a->unread, sizeof(a->unread), "is a folder");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_FORMAT, "is a folder");

        begin("quiet");
        world_section(&w, ".ukipol", "@version 1\n@on-violation abort\nquiet\n");
        world_addon(&w, PLAN_LOCAL, LOCAL "a.addon.efi", "debug");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "the image's policy says");

        /* not for this image is no violation */
        begin("@on-violation abort\nquiet");
        world_addon_with(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "quiet", ".uname", "5.10");
        world_plan(&w);
        assert_starts(&w, "root=/dev/vda2");
}

static void sections_need_the_leave_of_both_policies(void **state) {
        static const char names[3][8] = { ".initrd", ".ucode", ".dtb" };
        char policy[80], uki[80];

        (void) state;
        for (size_t i = 0; i < 3; i++) {
                snprintf(policy, sizeof(policy), "@allow-sections %s\nquiet", names[i]);
                snprintf(uki, sizeof(uki), "@version 1\n@allow-sections %s\nquiet\n", names[(i + 1) % 3]);
                begin("quiet");
                struct plan_addon *a = world_addon_with(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", NULL, names[i], "bytes");
                world_plan(&w);
                assert_why(a, PLAN_REFUSED, "ukiload's policy has no @allow-sections");
                assert_non_null(strstr(a->why, names[i]));
                world_policy(&w, policy);
                world_plan(&w);
                assert_starts(&w, "root=/dev/vda2");
                assert_why(a, PLAN_ADMITTED, "");
                assert_int_equal(w.plan.n_admitted, 1);
                world_section(&w, ".ukipol", uki);
                world_plan(&w);
                assert_why(a, PLAN_REFUSED, "the policy in the image has no @allow-sections");
        }
}

static void nothing_is_added_to_a_signed_line_with_an_open_quote(void **state) {
        (void) state;
        world_begin(&w, 257, "root=\"/dev/vda2");
        world_policy(&w, "quiet");
        struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", "quiet");
        world_plan(&w);
        assert_starts(&w, "root=\"/dev/vda2");
        assert_int_equal(a->verdict, PLAN_REFUSED);
        assert_true(strlen(a->why) > 10);
}

/* Blanks that the stub keeps between two texts count for the one that comes behind them. */
static void blanks_that_the_stub_keeps_count_for_the_next_text(void **state) {
        static char line[1973], words[70] = "a=1";

        (void) state;
        memset(line, 'x', sizeof(line) - 1);
        memset(words + 3, ' ', sizeof(words) - 4);
        for (size_t less = 0; less < 2; less++) {
                world_begin(&w, 256, line + 2 * less);
                world_policy(&w, "a=*\nbc=*");
                struct plan_addon *a = world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", words);
                struct plan_addon *b = world_addon(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", "bc=12");
                world_plan(&w);
                assert_int_equal(w.plan.result, PLAN_START);
                assert_why(a, PLAN_ADMITTED, "");
                assert_why(b, less ? PLAN_ADMITTED : PLAN_REFUSED, less ? "" : "this image's kernel takes 2047");
        }
        assert_int_equal(w.plan.line_len, 1970 + 1 + 69 + 1 + 5);
}

/* Two folders, blanks at the ends: the stub of each version joins in its own way. */
static void texts_are_joined_as_the_stub_of_each_version_joins(void **state) {
        static const struct {
                unsigned stub;
                const char *line;
        } rows[] = {
                { 254, "root=x  a=1  b=2   c=3" }, { 255, "root=x a=1  b=2     c=3" }, { 256, "root=x a=1  b=2     c=3" },
                { 257, "root=x a=1 b=2 c=3" },     { 262, "root=x a=1 b=2 c=3" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                world_begin(&w, rows[i].stub, "root=x");
                world_policy(&w, "a=*\nb=*\nc=*");
                world_addon(&w, PLAN_GLOBAL, GLOBAL "a.addon.efi", " a=1\n");
                world_addon(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", "b=2\r\n");
                world_addon(&w, PLAN_LOCAL, "\\EFI\\Linux\\a.efi.extra.d\\c.addon.efi", "  c=3 ");
                world_plan(&w);
                assert_string_equal(w.plan.line, rows[i].line);
        }
}

static void an_addon_for_which_the_line_has_no_room_is_refused(void **state) {
        static char line[1950];

        (void) state;
        memset(line, 'a', sizeof(line) - 1);
        world_begin(&w, 257, line);
        world_policy(&w, "v=*\nquiet");
        struct plan_addon *a = world_addon(
                &w, PLAN_GLOBAL, GLOBAL "a.addon.efi",
                "v=0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789");
        struct plan_addon *b = world_addon(&w, PLAN_GLOBAL, GLOBAL "b.addon.efi", "quiet");
        world_plan(&w);
        assert_why(a, PLAN_REFUSED, "this image's kernel takes 2047");
        assert_why(b, PLAN_ADMITTED, "");
        assert_int_equal(w.plan.result, PLAN_START);
        /* what the stub will add counts, too */
        w.in.smbios_extra =
                span_of("extra=012345678901234567890123456789012345678901234567890123456789012345678901234567890123456");
        world_plan(&w);
        assert_why(b, PLAN_REFUSED, "this image's kernel takes 2047");
        assert_int_equal(w.plan.result, PLAN_START);
}

/* The longest path and a clause of all that it may hold: the reason is never what is left out. */
static void the_reason_is_never_what_is_left_out(void **state) {
        struct plan_addon *a;
        char path[PLAN_PATH_MAX];

        (void) state;
        memset(path, 'n', sizeof(path));
        path[0] = '\\';
        path[sizeof(path) - 1] = '\0';
        world_begin(&w, 257, "quiet");
        world_policy(&w, "@on-violation abort");
        a = world_addon(&w, PLAN_GLOBAL, path, "debug");
        memset(a->unread, 'w', sizeof(a->unread) - 1);
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_FORMAT, a->unread);
        world_begin(&w, 252, "quiet");
        world_policy(&w, "debug");
        world_request(&w, "ukiload.handoff=stub");
        world_addon(&w, PLAN_GLOBAL, path, "debug");
        world_plan(&w);
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_REQUEST,
                       "systemd-stub does from version 254 on; but the request says ukiload.handoff=stub");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_reason_is_never_what_is_left_out),
                cmocka_unit_test(addons_are_applied_in_the_order_of_their_folders),
                cmocka_unit_test(an_addon_is_taken_whole_or_not_at_all),
                cmocka_unit_test(without_a_policy_no_addon_is_admitted),
                cmocka_unit_test(the_ukis_policy_narrows),
                cmocka_unit_test(a_file_that_is_no_addon_is_refused),
                cmocka_unit_test(a_picked_addon_that_does_not_hold_ends_the_boot),
                cmocka_unit_test(a_picked_addon_must_be_given),
                cmocka_unit_test(the_first_reason_is_told),
                cmocka_unit_test(an_untrusted_addon_is_hidden),
                cmocka_unit_test(on_violation_abort_ends_the_boot),
                cmocka_unit_test(sections_need_the_leave_of_both_policies),
                cmocka_unit_test(nothing_is_added_to_a_signed_line_with_an_open_quote),
                cmocka_unit_test(an_addon_for_which_the_line_has_no_room_is_refused),
                cmocka_unit_test(texts_are_joined_as_the_stub_of_each_version_joins),
                cmocka_unit_test(blanks_that_the_stub_keeps_count_for_the_next_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
