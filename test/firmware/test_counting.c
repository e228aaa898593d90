/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot counting: what is started is counted, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define A3           "\\EFI\\Linux\\a+3.efi"
#define A2           "\\EFI\\Linux\\a+2-1.efi"
#define B3           "\\EFI\\Linux\\b+3.efi"
#define VAR_NV       7u
#define VAR_VOLATILE 6u

static struct machine *counted(unsigned stub) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, A3, stub, "root=/dev/vda", DB);
        machine_addon(m, ESP, "\\EFI\\Linux\\a.efi.extra.d\\q.addon.efi", "quiet", DB);
        return m;
}

/* A variable of the loader's as text; NULL: there is none, or it is not of this boot. */
static const char *text_of(const struct machine *m, const char *name) {
        static char text[320];
        struct span value;
        UINT32 attributes;

        if (!machine_get(m, name, &loader_vendor, &value, &attributes) || attributes != VAR_VOLATILE)
                return NULL;
        narrow((const CHAR16 *) (const void *) value.p, text, sizeof(text));
        return text;
}

static const char *blessed(const struct machine *m) {
        return text_of(m, "LoaderBootCountPath");
}

static void assert_names(const struct machine *m, const char *there, const char *gone) {
        assert_non_null(machine_find(m, ESP, there));
        assert_null(machine_find(m, ESP, gone));
}

static void what_is_started_loses_a_try_and_runs_by_its_new_name(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = counted(stub);

                if (stub == 252)
                        machine_addon(m, ESP, "\\loader\\addons\\q.addon.efi", "quiet", DB); /* by the kernel handoff */
                scene_start(m);
                assert_string_equal(m->child.line, "root=/dev/vda quiet");
                assert_names(m, A2, A3);
                assert_string_equal(blessed(m), A2);
                assert_string_equal(machine_status(m, "uki"), A2);
                if (stub == 257)
                        assert_string_equal(m->child.path, A2);
                machine_free(m);
        }
}

static void what_has_no_tries_to_lose_is_started_without_a_word_about_them(void **state) {
        static const char *const names[] = { "\\EFI\\Linux\\a.efi", "\\EFI\\Linux\\a+0.efi", "\\EFI\\Linux\\a+0-3.efi" };

        (void) state;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                struct machine *m = machine_new();

                machine_uki(m, ESP, names[i], 257, "root=/dev/vda", DB);
                scene_line(m, "root=/dev/vda");
                assert_string_equal(m->child.path, names[i]);
                assert_null(blessed(m));
                assert_null(strstr(m->screen, "not counted"));
                machine_free(m);
        }
}

static void what_is_refused_keeps_its_name(void **state) {
        struct machine *m = counted(257);

        (void) state;
        machine_uki(m, ESP, B3, 257, "root=/dev/vdb", STRANGER);
        machine_file(m, ESP, "\\EFI\\Linux\\c+3.efi", span_of("MZ"));
        scene_start(m);
        assert_string_equal(m->child.line, "root=/dev/vda quiet");
        assert_names(m, A2, A3);
        assert_names(m, B3, "\\EFI\\Linux\\b+2-1.efi");
        assert_string_equal(blessed(m), A2);
        machine_free(m);
}

/* The last thing that can be refused: a measurement. */
static void a_late_refusal_counts_nothing(void **state) {
        struct machine *m = counted(257);

        (void) state;
        m->policy = "@version 1\nquiet\n@measure\n";
        machine_fault(m, CALL_TPM_EXTEND, 1, ALWAYS, EFI_DEVICE_ERROR);
        scene_start(m);
        assert_int_equal(m->n_started, 0);
        assert_names(m, A3, A2);
        assert_string_equal(machine_status(m, "uki"), A3);
        assert_null(blessed(m));
        machine_free(m);
}

static void what_came_back_has_used_its_try(void **state) {
        struct machine *m = counted(257);

        (void) state;
        m->child_returns = EFI_ABORTED;
        scene_start(m);
        assert_names(m, A2, A3);
        assert_string_equal(blessed(m), A2);
        machine_free(m);
}

static void only_a_count_of_this_boot_is_believed(void **state) {
        struct machine *m = counted(257);

        (void) state;
        machine_set_text(m, "LoaderBootCountPath", &loader_vendor, VAR_VOLATILE, B3);
        scene_start(m);
        assert_names(m, A3, A2);
        assert_string_equal(blessed(m), B3);
        machine_free(m);
        m = counted(257);
        machine_set_text(m, "LoaderBootCountPath", &loader_vendor, VAR_NV, B3);
        scene_start(m);
        assert_names(m, A2, A3);
        assert_string_equal(blessed(m), A2);
        machine_free(m);
}

/* And is told of by the name that the file has. */
static void what_was_renamed_is_counted_though_firmware_fails_to_write_back(void **state) {
        struct machine *m = counted(257);

        (void) state;
        machine_fault(m, CALL_FLUSH, 1, ALWAYS, EFI_DEVICE_ERROR);
        scene_start(m);
        assert_names(m, A2, A3);
        assert_string_equal(machine_status(m, "uki"), A2);
        assert_string_equal(machine_status(m, "counting"), "");
        assert_string_equal(blessed(m), A2);
        machine_free(m);
}

static void what_cannot_be_counted_boots_and_says_so(void **state) {
        struct machine *m = counted(257);

        (void) state;
        machine_fault(m, CALL_SET_INFO, 1, ALWAYS, EFI_WRITE_PROTECTED);
        scene_start(m);
        assert_string_equal(m->child.line, "root=/dev/vda quiet");
        assert_names(m, A3, A2);
        assert_null(blessed(m));
        assert_string_equal(machine_status(m, "counting"),
                            "this boot of the UKI is not counted: it could not be renamed (write protected)");
        machine_free(m);
        m = counted(252); /* in the stub's role the system is told the name that there is */
        machine_addon(m, ESP, "\\loader\\addons\\q.addon.efi", "quiet", DB);
        machine_fault(m, CALL_SET_INFO, 1, ALWAYS, EFI_WRITE_PROTECTED);
        scene_start(m);
        assert_int_equal(m->child.kind, CHILD_KERNEL);
        assert_string_equal(text_of(m, "LoaderImageIdentifier"), A3);
        machine_free(m);
        m = counted(257);
        machine_file(m, ESP, A2, span_of("in the way"));
        scene_start(m);
        assert_string_equal(m->child.path, A3);
        assert_null(blessed(m));
        assert_non_null(strstr(machine_status(m, "counting"), "already a file"));
        machine_free(m);
        m = counted(257);
        machine_fault(m, CALL_SET_VARIABLE, 1, ALWAYS, EFI_DEVICE_ERROR)->only = "LoaderBootCountPath";
        scene_start(m);
        assert_names(m, A2, A3);
        assert_non_null(strstr(m->child.status, "counting=LoaderBootCountPath cannot be set"));
        machine_free(m);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_started_loses_a_try_and_runs_by_its_new_name),
                cmocka_unit_test(what_has_no_tries_to_lose_is_started_without_a_word_about_them),
                cmocka_unit_test(what_is_refused_keeps_its_name),
                cmocka_unit_test(a_late_refusal_counts_nothing),
                cmocka_unit_test(what_came_back_has_used_its_try),
                cmocka_unit_test(only_a_count_of_this_boot_is_believed),
                cmocka_unit_test(what_was_renamed_is_counted_though_firmware_fails_to_write_back),
                cmocka_unit_test(what_cannot_be_counted_boots_and_says_so),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
