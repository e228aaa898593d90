/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told is true, to its end, and what is asked for is asked of the right one. */
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "scenes.h"
#include "sha256.h"

#define A            "\\EFI\\Linux\\a.efi"
#define VAR_NV       7u
#define VAR_VOLATILE 6u

static void shows(const struct machine *m, const char *words) {
        static char squeezed[sizeof(m->screen)];
        size_t n = 0;

        for (const char *p = m->screen; *p; p++) /* lines are broken at the screen's width */
                if (*p != '\n' && (*p != ' ' || (n > 0 && squeezed[n - 1] != ' ')))
                        squeezed[n++] = *p;
        squeezed[n] = 0;
        if (!strstr(squeezed, words))
                fail_msg("the screen does not say: %s\n%s", words, m->screen);
}

static void refuses(struct machine *m, const char *words) {
        scene_start(m);
        assert_int_equal(m->n_started, 0);
        if (!strstr(machine_status(m, "reason"), words))
                fail_msg("reason=%s, not: %s", machine_status(m, "reason"), words);
}

static struct machine *plain(unsigned stub) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, A, stub, "root=/dev/vda", DB);
        machine_addon(m, ESP, "\\loader\\addons\\q.addon.efi", "quiet", DB);
        return m;
}

static struct fault *fails_for(struct machine *m, enum call call, const char *only, unsigned to, EFI_STATUS status) {
        struct fault *f = machine_fault(m, call, 1, to, status);

        f->only = only;
        return f;
}

/* ---- The status speaks of what is gone ---- */

static void assert_told(struct machine *m, const char *stub) {
        assert_non_null(strstr(machine_status(m, "stub"), stub));
        assert_string_equal(machine_status(m, "cmdline"), "root=/dev/vda quiet");
        assert_string_equal(machine_status(m, "sha256"), "");
        assert_string_equal(machine_status(m, "plan"), "");
        for (const char *p = machine_status(m, "stub"); *p; p++)
                assert_true(*p >= 0x20 && *p < 0x7f);
}

static void each_refusal_names_the_stub_of_the_image_that_it_refused(void **state) {
        (void) state;
        for (int gone = 0; gone < 2; gone++) {
                struct machine *m = plain(257);

                m->keeps_freed = gone;
                machine_uki(m, ESP, A, 257, "root=/dev/vda", STRANGER);
                refuses(m, "is not signed by a key that this machine trusts");
                assert_told(m, "systemd-stub 257");
                machine_free(m);
                m = plain(257);
                m->keeps_freed = gone;
                m->policy = "@version 1\nquiet\n@require audit=1\n";
                refuses(m, "audit=1");
                assert_told(m, "systemd-stub 257");
                machine_free(m);
        }
}

/* Its digests stand in the status only where the request pinned them: what nothing compares is not hashed. */
static void only_what_a_request_pins_is_hashed(void **state) {
        static const struct {
                const char *key;
                bool plan;
        } cases[] = { { "sha256", false }, { "plan", true } };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = plain(257);
                char words[128], wanted[65] = "";
                struct text hex = TEXT_IN(wanted);
                uint8_t digest[SHA256_SIZE];
                struct node *uki = machine_uki(m, ESP, A, 257, "root=/dev/vda", DB);

                sha256_of((struct span) { uki->bytes, uki->n }, digest);
                text_hex(&hex, (struct span) { digest, sizeof(digest) });
                snprintf(words, sizeof(words), "ukiload.%s=%064d", cases[i].key, 0);
                m->options = words;
                refuses(m, "but the request says ukiload.");
                assert_string_equal(machine_status(m, "sha256"), wanted);
                assert_int_equal(strlen(machine_status(m, "plan")), cases[i].plan ? 64 : 0);
                machine_free(m);
                m = plain(257);
                machine_uki(m, ESP, A, 257, "root=/dev/vda", DB);
                m->options = "ukiload.handoff=stub";
                scene_start(m);
                assert_string_equal(machine_status(m, "sha256"), "");
                assert_string_equal(machine_status(m, "plan"), "");
                machine_free(m);
        }
}

static void an_image_that_came_back_is_told_of_in_its_own_words(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5)
                for (int gone = 0; gone < 2; gone++) {
                        struct machine *m = plain(stub);
                        char name[32];

                        snprintf(name, sizeof(name), "systemd-stub %u", stub);
                        m->keeps_freed = gone;
                        m->child_returns = EFI_ABORTED;
                        scene_start(m);
                        assert_string_equal(machine_status(m, "result"), "failed");
                        assert_non_null(strstr(machine_status(m, "reason"), "was started and came back (aborted)"));
                        assert_told(m, name);
                        assert_string_equal(machine_status(m, "addon"), "\\loader\\addons\\q.addon.efi admitted");
                        machine_free(m);
                }
}

static void overwrite_smbios(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        (void) what;
        if (call == CALL_START_IMAGE)
                memset(m->in->smbios, 0xaf, sizeof(m->in->smbios));
}

static void words_from_smbios_are_told_when_the_table_is_gone(void **state) {
        struct machine *m = plain(257);

        (void) state;
        m->smbios = "io.systemd.stub.kernel-cmdline-extra=extra=1";
        m->child_returns = EFI_ABORTED;
        m->watch = overwrite_smbios;
        machine_start(m);
        assert_string_equal(machine_status(m, "not-governed"), "extra=1");
        assert_string_equal(m->left, "");
        machine_free(m);
}

static void a_kernel_without_a_line_gets_none_of_what_loaders_leave(void **state) {
        static const unsigned stubs[] = { 252, 257, 262 };

        (void) state;
        for (size_t i = 0; i < 3; i++) {
                struct machine *m = machine_new();

                machine_uki(m, ESP, A, stubs[i], NULL, DB);
                scene_start(m);
                assert_int_equal(m->n_started, 1);
                assert_string_equal(m->child.line, "");
                machine_free(m);
        }
}

static void an_addon_with_too_long_a_path_is_refused_for_that(void **state) {
        struct machine *m = machine_new();
        char dir[160], path[400];

        (void) state;
        memset(dir, 'd', sizeof(dir) - 1);
        dir[sizeof(dir) - 1] = 0;
        snprintf(path, sizeof(path), "\\EFI\\%s\\a.efi", dir);
        machine_uki(m, ESP, path, 257, "root=/dev/vda", DB);
        snprintf(path, sizeof(path), "\\EFI\\%s\\a.efi.extra.d\\%s.addon.efi", dir, dir);
        machine_addon(m, ESP, path, "quiet", DB);
        snprintf(path, sizeof(path), "ukiload.uki=\\EFI\\%s\\a.efi", dir);
        m->options = path;
        m->policy = "@version 1\nquiet\n@on-violation abort\n";
        refuses(m, "has too long a path: ddddd");
        machine_free(m);
}

static void what_cannot_be_opened_or_read_is_told_with_the_cause(void **state) {
        struct machine *m = plain(257);

        (void) state;
        m->options = "ukiload.uki=" A;
        machine_find(m, ESP, A)->read_status = EFI_CRC_ERROR;
        refuses(m, "could not be read to its end (checksum error)");
        machine_free(m);
        m = plain(257);
        m->options = "ukiload.addon=x";
        machine_addon(m, ESP, "\\EFI\\ukiload\\addons\\x.addon.efi", "quiet", DB)->open_status = EFI_VOLUME_CORRUPTED;
        refuses(m, "cannot be opened on the ESP (file system damaged)");
        machine_free(m);
}

static void notes_that_do_not_fit_are_counted(void **state) {
        struct machine *m = plain(257);
        char path[64];

        (void) state;
        for (int i = 0; i < 60; i++) {
                snprintf(path, sizeof(path), "\\EFI\\Linux\\z-a-stranger-signed-%02d.efi", i);
                machine_uki(m, ESP, path, 257, "root=/dev/vda", STRANGER);
        }
        scene_start(m);
        assert_string_equal(m->child.line, "root=/dev/vda quiet");
        assert_non_null(strstr(m->child.status, "truncated="));
        assert_null(strstr(m->child.status, "skipped=\n"));
        machine_free(m);
}

static void the_screen_gets_no_control_byte(void **state) {
        struct machine *m = machine_new();
        struct pe_write_section s[UKI_PARTS];
        size_t n = machine_uki_sections(m, 257, "root=/dev/vda", s);

        (void) state;
        for (size_t i = 0; i < n; i++)
                if (strcmp(s[i].name, ".osrel") == 0)
                        s[i].data = span_of("PRETTY_NAME=\"a\x1b[2Jb\233c\"\nVERSION_ID=1\n");
        machine_file(m, ESP, A, machine_image(m, s, n, DB));
        scene_start(m);
        assert_int_equal(m->n_started, 1);
        assert_null(strchr(m->screen, 0x1b));
        shows(m, "a\\x1b[2Jb\\x9bc");
        machine_free(m);
        m = machine_new(); /* one that a terminal takes for the beginning of a command too, in what is not a name */
        machine_uki(m, ESP, A, 257, "root=/dev/vda x=\xc2\2332J", DB);
        machine_start(m);
        shows(m, "x=\\xc2\\x9b2J");
        machine_free(m);
}

/* ---- Requests ---- */

static struct machine *armed(void) {
        struct machine *m = plain(257);

        machine_addon(m, ESP, "\\EFI\\ukiload\\addons\\kdump.addon.efi", "crashkernel=64M", DB);
        machine_arm(m, "ukiload.addon=kdump");
        m->requested[0] = "crashkernel=64M";
        return m;
}

static void a_request_that_cannot_be_read_is_consumed_and_refused(void **state) {
        static const EFI_STATUS why[] = { EFI_DEVICE_ERROR, EFI_OUT_OF_RESOURCES, EFI_INVALID_PARAMETER };
        static const uint8_t large[70000];
        struct machine *m;

        (void) state;
        for (size_t i = 0; i < 3; i++) {
                m = armed();
                fails_for(m, CALL_GET_VARIABLE, "UkiloadRequest", 1, why[i]);
                refuses(m, "UkiloadRequest cannot be read (");
                assert_false(machine_armed(m));
                assert_true(m->reset);
                assert_string_equal(machine_last(m, "result"), "refused");
                machine_free(m);
        }
        m = plain(257);
        machine_set(m, "UkiloadRequest", &ukiload_vendor, VAR_NV, large, sizeof(large));
        refuses(m, "UkiloadRequest cannot be read (too large)");
        assert_false(machine_armed(m));
        assert_true(m->reset);
        machine_free(m);
}

static void a_request_of_other_attributes_is_consumed_and_refused(void **state) {
        static const UINT32 attributes[] = { VAR_VOLATILE, VAR_NV | EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS };

        (void) state;
        for (size_t i = 0; i < 2; i++) {
                struct machine *m = armed();

                machine_set_text(m, "UkiloadRequest", &ukiload_vendor, attributes[i],
                                 "ukiload.id=t1 ukiload.via=0007 ukiload.addon=kdump");
                refuses(m, "UkiloadRequest has other attributes");
                assert_false(machine_armed(m));
                assert_true(m->reset);
                machine_free(m);
        }
}

/* Nor can it be seen then whether it is gone: it is not executed, and the start goes on. */
static void a_request_that_can_never_be_read_is_not_executed(void **state) {
        struct machine *m = armed();

        (void) state;
        fails_for(m, CALL_GET_VARIABLE, "UkiloadRequest", ALWAYS, EFI_DEVICE_ERROR);
        scene_start(m);
        assert_string_equal(m->child.line, "root=/dev/vda quiet");
        shows(m, "not executed: UkiloadRequest cannot be deleted");
        machine_free(m);
}

/* Some NVRAM is write protected and says success. */
static void a_request_that_is_still_there_when_deleted_is_not_executed(void **state) {
        struct machine *m = armed();

        (void) state;
        machine_lie(m, CALL_SET_VARIABLE, "UkiloadRequest", 1, ALWAYS, LIE_NOTHING);
        for (unsigned boot = 0, writes = 0; boot < 3; boot++) {
                scene_start(m);
                assert_string_equal(m->child.line, "root=/dev/vda quiet");
                assert_true(machine_armed(m));
                if (boot > 1)
                        assert_int_equal(m->nv_writes, writes); /* NVRAM wears: nothing new is written about it */
                machine_power_cycle(m);
                writes = m->nv_writes;
        }
        machine_free(m);
}

static void memory_that_fails_once_leaves_no_request_armed(void **state) {
        (void) state;
        for (unsigned n = 1; n < 60; n++) {
                struct machine *m = armed();

                m->smbios = "io.systemd.stub.kernel-cmdline-extra=extra=1"; /* which take memory too */
                machine_fault(m, CALL_ALLOCATE_POOL, n, 0, EFI_OUT_OF_RESOURCES);
                scene_start(m);
                assert_false(machine_armed(m));
                machine_free(m);
        }
}

static void without_any_memory_nothing_stays_armed(void **state) {
        struct machine *m = armed();

        (void) state;
        machine_fault(m, CALL_ALLOCATE_POOL, 1, ALWAYS, EFI_OUT_OF_RESOURCES);
        scene_start(m);
        assert_int_equal(m->n_started, 0);
        assert_false(machine_armed(m));
        assert_true(m->reset);
        shows(m, "out of memory: ukiload cannot begin");
        machine_free(m);
}

static void an_earlier_status_is_believed_only_if_it_is_of_this_boot(void **state) {
        static const char text[] = "result=refused\nreason=planted\n";

        (void) state;
        for (UINT32 attributes = VAR_VOLATILE; attributes <= VAR_NV; attributes++) {
                struct machine *m = plain(257);

                machine_set(m, "UkiloadStatus", &ukiload_vendor, attributes, text, sizeof(text) - 1);
                scene_start(m);
                assert_true((strstr(m->child.status, "planted") != NULL) == (attributes == VAR_VOLATILE));
                assert_true((strstr(m->screen, "planted") != NULL) == (attributes == VAR_VOLATILE));
                machine_free(m);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_refusal_names_the_stub_of_the_image_that_it_refused),
                cmocka_unit_test(only_what_a_request_pins_is_hashed),
                cmocka_unit_test(an_image_that_came_back_is_told_of_in_its_own_words),
                cmocka_unit_test(words_from_smbios_are_told_when_the_table_is_gone),
                cmocka_unit_test(a_kernel_without_a_line_gets_none_of_what_loaders_leave),
                cmocka_unit_test(an_addon_with_too_long_a_path_is_refused_for_that),
                cmocka_unit_test(what_cannot_be_opened_or_read_is_told_with_the_cause),
                cmocka_unit_test(notes_that_do_not_fit_are_counted),
                cmocka_unit_test(the_screen_gets_no_control_byte),
                cmocka_unit_test(a_request_that_cannot_be_read_is_consumed_and_refused),
                cmocka_unit_test(a_request_of_other_attributes_is_consumed_and_refused),
                cmocka_unit_test(a_request_that_can_never_be_read_is_not_executed),
                cmocka_unit_test(a_request_that_is_still_there_when_deleted_is_not_executed),
                cmocka_unit_test(memory_that_fails_once_leaves_no_request_armed),
                cmocka_unit_test(without_any_memory_nothing_stays_armed),
                cmocka_unit_test(an_earlier_status_is_believed_only_if_it_is_of_this_boot),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
