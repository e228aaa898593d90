/* SPDX-License-Identifier: BSD-2-Clause */
/* What the file system says a file is called: whoever writes it chooses that, and it need not be how the file was asked for. */
#include <stdio.h>
#include <string.h>

#include "inside.h"

#define GOOD "\\EFI\\Linux\\good+3.efi"

/* A machine with a good UKI and an old one of the same signer, which has this long name and the short one X.EFI. */
static struct machine *with_old(const char *path, const char *name) {
        struct machine *m = machine_new();
        struct node *old;

        machine_uki(m, ESP, GOOD, 257, "root=/dev/vda", DB);
        old = machine_uki(m, ESP, path, 257, "root=/dev/old", DB);
        wide(name, old->name, 256);
        machine_alias(old, "X.EFI");
        return m;
}

/* Nothing is started, told or counted under the name of another file. */
static void refuses(struct machine *m, const char *asked) {
        char options[400];
        const char *why;

        snprintf(options, sizeof(options), "ukiload.uki=%s", asked);
        m->options = options;
        machine_start(m);
        why = machine_judge(m);
        if (why)
                fail_msg("%s\n%s", why, m->screen);
        assert_int_equal(m->n_started, 0);
        assert_string_equal(machine_status(m, "uki"), asked);
        if (!strstr(machine_status(m, "reason"), " is not a file's own name, but the short name of "))
                fail_msg("the reason is \"%s\"", machine_status(m, "reason"));
        assert_non_null(machine_find(m, ESP, GOOD));
        machine_free(m);
}

static void a_name_with_a_folder_in_it_is_no_other_file(void **state) {
        (void) state;
        refuses(with_old("\\EFI\\x.efi", "Linux\\good+3.efi"), "\\EFI\\X.EFI");
        refuses(with_old("\\EFI\\x.efi", "Linux/good+3.efi"), "\\EFI\\X.EFI");
        refuses(with_old("\\EFI\\Linux\\x.efi", "..\\Linux\\good+3.efi"), "\\EFI\\Linux\\X.EFI");
}

static void a_name_that_is_there_twice_is_one_file(void **state) {
        (void) state;
        refuses(with_old("\\EFI\\Linux\\x.efi", "good+3.efi"), "\\EFI\\Linux\\X.EFI");
        refuses(with_old("\\EFI\\Linux\\x.efi", ""), "\\EFI\\Linux\\X.EFI");
}

/* A short name of which the long one has no room behind its folders. */
static void a_path_is_never_cut(void **state) {
        char folder[226], name[200], path[300], asked[300];

        (void) state;
        memset(folder, 'd', sizeof(folder));
        memset(name, 'n', sizeof(name));
        folder[sizeof(folder) - 1] = name[sizeof(name) - 1] = 0;
        snprintf(path, sizeof(path), "\\EFI\\%s\\old.efi", folder);
        snprintf(asked, sizeof(asked), "\\EFI\\%s\\X.EFI", folder);
        refuses(with_old(path, name), asked);
}

static void case_is_the_files_own(void **state) {
        struct machine *m = machine_new();

        (void) state;
        machine_uki(m, ESP, "\\EFI\\Linux\\Good+3.efi", 257, "root=/dev/vda", DB);
        m->options = "ukiload.uki=\\EFI\\Linux\\gOOD+3.EFI";
        machine_start(m);
        assert_null(machine_judge(m));
        assert_string_equal(m->child.path, "\\EFI\\Linux\\Good+2-1.efi");
        machine_free(m);
}

/* The stub would take it, so that it is hidden is said, and counts. */
static void an_addon_whose_name_cannot_be_taken_is_refused(void **state) {
        (void) state;
        for (unsigned abort_on_it = 0; abort_on_it < 2; abort_on_it++) {
                struct machine *m = machine_new();
                struct node *odd;

                m->policy = abort_on_it ? BENCH_POLICY "@on-violation abort\n" : BENCH_POLICY;
                machine_uki(m, ESP, GOOD, 257, "root=/dev/vda", DB);
                odd = machine_addon(m, ESP, "\\loader\\addons\\xq.addon.efi", "quiet", DB);
                odd->name[0] = 1;
                machine_start(m);
                assert_null(machine_judge(m));
                assert_int_equal(m->n_started, !abort_on_it);
                assert_non_null(strstr(m->screen, "\\loader\\addons\\\\u0001q.addon.efi "));
                assert_non_null(strstr(m->screen, "with a control character"));
                machine_free(m);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_name_with_a_folder_in_it_is_no_other_file),
                cmocka_unit_test(a_name_that_is_there_twice_is_one_file),
                cmocka_unit_test(a_path_is_never_cut),
                cmocka_unit_test(case_is_the_files_own),
                cmocka_unit_test(an_addon_whose_name_cannot_be_taken_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
