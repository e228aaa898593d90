/* SPDX-License-Identifier: BSD-2-Clause */
/* Which request counts: the variable or LoadOptions, for which way, and what is said of the other. */
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define A "\\EFI\\Linux\\a.efi"

static struct machine *plain(void) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, A, 257, "root=/dev/vda", DB);
        machine_addon(m, ESP, "\\EFI\\ukiload\\addons\\k.addon.efi", "crashkernel=1G", DB);
        return m;
}

static void refuses(struct machine *m, const char *reason) {
        scene_line(m, NULL);
        assert_string_equal(machine_status(m, "reason"), reason);
}

static void request(struct machine *m, const char *text) {
        machine_set_text(m, "UkiloadRequest", &ukiload_vendor, 7, text);
}

/* ---- The variable ---- */

static char last_at_the_deletion[32];

static void note_last(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        if (call == CALL_SET_VARIABLE && strcmp(what, "UkiloadRequest") == 0)
                snprintf(last_at_the_deletion, sizeof(last_at_the_deletion), "%s", machine_last(m, "result"));
}

static void a_request_is_written_down_as_taken_before_it_is_deleted(void **state) {
        struct machine *m = plain();

        (void) state;
        m->watch = note_last;
        machine_arm(m, "ukiload.addon=k");
        scene_line(m, "root=/dev/vda crashkernel=1G");
        assert_string_equal(last_at_the_deletion, "taken");
        machine_free(m);
}

static void what_is_never_executed_is_not_written_down_as_taken(void **state) {
        struct machine *m = plain();

        (void) state;
        m->watch = note_last;
        request(m, "ukiload.id=t1 ukiload.addon=k");
        refuses(m, "UkiloadRequest: the variable has no ukiload.via: a request that is armed must have both");
        assert_string_equal(last_at_the_deletion, "");
        assert_true(m->reset);
        machine_free(m);
        m = plain();
        machine_arm(m, "ukiload.addon=k");
        scene_line(m, "root=/dev/vda crashkernel=1G");
        machine_power_cycle(m);
        machine_arm(m, "ukiload.addon=k");
        m->watch = note_last;
        scene_line(m, "root=/dev/vda");
        assert_string_equal(last_at_the_deletion, "started");
        machine_free(m);
}

/* NVRAM that has room for few words, and not for a sentence: the refusal is kept, if not its reason. */
static void where_the_reason_has_no_room_the_refusal_has(void **state) {
        struct machine *m = plain();
        struct fault *f;

        (void) state;
        machine_arm(m, "ukiload.addon=gone");
        f = machine_fault(m, CALL_SET_VARIABLE, 2, 2, EFI_OUT_OF_RESOURCES);
        f->only = "UkiloadLast";
        scene_line(m, NULL);
        assert_int_equal(f->seen, 3); /* taken, the reason, this */
        assert_string_equal(machine_last(m, "result"), "refused");
        assert_string_equal(machine_last(m, "reason"), "NVRAM has no room for the reason");
        assert_true(m->reset);
        machine_free(m);
}

static void a_boot_current_of_another_size_is_none(void **state) {
        static const uint8_t four[4] = { 7, 0, 0, 0 };

        (void) state;
        for (size_t size = 1; size <= 4; size++) {
                struct machine *m = plain();

                machine_arm(m, "ukiload.addon=k");
                machine_set(m, "BootCurrent", &global_vendor, 6, four, size);
                scene_line(m, size == 2 ? "root=/dev/vda crashkernel=1G" : "root=/dev/vda");
                machine_free(m);
        }
}

static void an_entry_of_systemd_boot_is_ours_by_its_name(void **state) {
        static const struct {
                const char *id;
                bool ours;
        } cases[] = {
                { "ukiload", true }, { "UKILOAD.conf", true },     { "ukiload-oneshot.conf", true },
                { "ukiloa", false }, { "debian-6.1.conf", false }, { "x-ukiload.conf", false },
                { "", false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = plain();

                request(m, "ukiload.id=t1 ukiload.via=loader ukiload.addon=k");
                machine_set_text(m, "LoaderEntrySelected", &loader_vendor, 6, cases[i].id);
                scene_line(m, cases[i].ours ? "root=/dev/vda crashkernel=1G" : "root=/dev/vda");
                machine_free(m);
        }
}

static void without_memory_nothing_is_said_of_a_request_that_is_not_there(void **state) {
        (void) state;
        for (int armed = 0; armed < 2; armed++) {
                struct machine *m = plain();

                if (armed)
                        machine_arm(m, "ukiload.addon=k");
                machine_fault(m, CALL_ALLOCATE_POOL, 1, ALWAYS, EFI_OUT_OF_RESOURCES);
                scene_line(m, NULL);
                assert_int_equal(m->reset, armed);
                assert_null(strstr(m->screen, "not executed"));
                machine_free(m);
        }
}

/* ---- LoadOptions beside it ---- */

static void load_options_beside_an_armed_request_are_not_used_and_that_is_said(void **state) {
        static const struct {
                const char *options;
                bool said;
        } cases[] = {
                { NULL, false },
                { "", false },
                { "ukiload.oneshot", false },
                { "\\EFI\\ukiload\\ukiload.efi", false },
                { "t=a", true },
                { "ukiload.oneshot t=a", true },
                { "ukiload.nonsense=1", true },
                { "ukiload.uki=\\EFI\\Linux\\none.efi", true },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = plain();

                m->options = cases[i].options;
                machine_arm(m, "ukiload.addon=k");
                scene_line(m, "root=/dev/vda crashkernel=1G");
                assert_string_equal(machine_status(m, "options"),
                                    cases[i].said ? "LoadOptions are not used: the armed request decides" : "");
                machine_free(m);
        }
}

/* ---- LoadOptions alone ---- */

static void words_that_systemd_boot_joined_from_smbios_are_cut_off_and_that_is_said(void **state) {
        struct machine *m = plain();

        (void) state;
        m->smbios = "io.systemd.boot.kernel-cmdline-extra=t=b";
        m->options = "ukiload.addon=k t=b";
        scene_line(m, "root=/dev/vda crashkernel=1G");
        assert_string_equal(
                machine_status(m, "options"),
                "systemd-boot's words from SMBIOS are cut off: io.systemd.boot.kernel-cmdline-extra= is not for ukiload");
        machine_free(m);
        m = plain();
        m->options = "ukiload.addon=k";
        scene_line(m, "root=/dev/vda crashkernel=1G");
        assert_string_equal(machine_status(m, "options"), "");
        machine_free(m);
}

static void load_options_that_are_no_text_are_none_and_that_is_said(void **state) {
        static const struct {
                const char *options, *said;
        } cases[] = {
                { NULL, "" },
                { "", "the load options begin with a NUL" },
                { "\x01", "the load options hold U+0001, which is not printable ASCII" },
                { "\\EFI\\ukiload\\ukiload.efi", "" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = plain();

                m->options = cases[i].options;
                scene_line(m, "root=/dev/vda");
                assert_string_equal(machine_status(m, "options"), cases[i].said);
                machine_free(m);
        }
}

static void a_request_in_load_options_that_cannot_be_read_is_refused_for_that(void **state) {
        struct machine *m = plain();

        (void) state;
        m->options = "ukiload.nonsense=1";
        scene_line(m, NULL);
        assert_memory_equal(machine_status(m, "reason"), "LoadOptions: ", 13);
        assert_non_null(strstr(machine_status(m, "reason"), "nonsense"));
        assert_false(m->reset);
        machine_free(m);
}

static void an_entry_for_armed_requests_only_starts_nothing_without_one(void **state) {
        struct machine *m = plain();

        (void) state;
        m->options = "ukiload.oneshot";
        refuses(m, "no request is armed, and this entry is for armed requests only (ukiload.oneshot): arm one with ukictl load");
        machine_free(m);
}

static void say_a_size_of_nothing(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) call;
        (void) nth;
        (void) what;
        m->in->self_image.LoadOptions = NULL;
        m->in->self_image.LoadOptionsSize = 16;
}

static void load_options_of_a_size_that_are_nowhere_are_none(void **state) {
        struct machine *m = plain();

        (void) state;
        m->watch = say_a_size_of_nothing;
        scene_line(m, "root=/dev/vda");
        machine_free(m);
}

static void a_start_without_options_is_none_on_request(void **state) {
        struct machine *m = plain();

        (void) state;
        m->policy = BENCH_POLICY "@requests off\n";
        scene_line(m, "root=/dev/vda");
        m->options = "ukiload.addon=k";
        machine_power_cycle(m);
        scene_line(m, NULL);
        assert_non_null(strstr(machine_status(m, "reason"), "requests are switched off by `@requests off`"));
        machine_free(m);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_request_is_written_down_as_taken_before_it_is_deleted),
                cmocka_unit_test(what_is_never_executed_is_not_written_down_as_taken),
                cmocka_unit_test(where_the_reason_has_no_room_the_refusal_has),
                cmocka_unit_test(a_boot_current_of_another_size_is_none),
                cmocka_unit_test(an_entry_of_systemd_boot_is_ours_by_its_name),
                cmocka_unit_test(without_memory_nothing_is_said_of_a_request_that_is_not_there),
                cmocka_unit_test(load_options_beside_an_armed_request_are_not_used_and_that_is_said),
                cmocka_unit_test(words_that_systemd_boot_joined_from_smbios_are_cut_off_and_that_is_said),
                cmocka_unit_test(load_options_that_are_no_text_are_none_and_that_is_said),
                cmocka_unit_test(a_request_in_load_options_that_cannot_be_read_is_refused_for_that),
                cmocka_unit_test(an_entry_for_armed_requests_only_starts_nothing_without_one),
                cmocka_unit_test(load_options_of_a_size_that_are_nowhere_are_none),
                cmocka_unit_test(a_start_without_options_is_none_on_request),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
