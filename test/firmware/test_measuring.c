/* SPDX-License-Identifier: BSD-2-Clause */
/* Who measures, and what is said of a TPM that is not there or does not answer. */
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define A    "\\EFI\\Linux\\a.efi"
#define LOST "the TPM does not answer"

static struct machine *plain(unsigned stub) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, A, stub, "root=/dev/vda", DB);
        machine_addon(m, ESP, "\\loader\\addons\\q.addon.efi", "quiet", DB);
        return m;
}

/* What firmware says that it can, or what the TPM itself says when it is asked. */
static void an_image_that_is_not_accepted_is_blamed_on_a_tpm_only_if_one_does_not_answer(void **state) {
        static const struct {
                bool tpm;
                enum call call;
                enum lie lie;
                EFI_STATUS status;
                unsigned from;
                bool blamed;
        } cases[] = {
                { true, CALL_TPM_CAPABILITY, LIE_NONE, EFI_SUCCESS, 0, false },
                { false, CALL_TPM_CAPABILITY, LIE_NONE, EFI_SUCCESS, 0, false },
                { true, CALL_TPM_CAPABILITY, LIE_NONE, EFI_DEVICE_ERROR, 1, true },
                { true, CALL_TPM_CAPABILITY, LIE_NONE, EFI_NOT_FOUND, 1, true },
                { true, CALL_TPM_CAPABILITY, LIE_ZERO, EFI_SUCCESS, 1, false }, /* there was none from the beginning */
                { true, CALL_TPM_CAPABILITY, LIE_ZERO, EFI_SUCCESS, 2, true },
                { true, CALL_TPM_COMMAND, LIE_NONE, EFI_DEVICE_ERROR, 1, true },
                { true, CALL_TPM_COMMAND, LIE_FLIP, EFI_SUCCESS, 1, true },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = plain(257);

                m->tpm = cases[i].tpm;
                if (cases[i].from > 0)
                        machine_fault(m, cases[i].call, cases[i].from, ALWAYS, cases[i].status)->lie = cases[i].lie;
                machine_fault(m, CALL_LOAD_IMAGE, 1, ALWAYS, EFI_UNSUPPORTED);
                scene_start(m);
                assert_int_equal(m->n_started, 0);
                assert_non_null(strstr(machine_status(m, "reason"), "is not accepted by LoadImage (unsupported)"));
                assert_int_equal(strstr(machine_status(m, "reason"), LOST) != NULL, cases[i].blamed);
                machine_free(m);
        }
}

static bool all_measured(const struct machine *m) {
        struct span value;

        return machine_get(m, "StubPcrKernelParameters", &loader_vendor, &value, NULL) && value.n > 2;
}

/* Both are asked. Not 253: it counts a folder without files as not measured. */
static void a_measurement_is_made_if_whoever_is_there_makes_it(void **state) {
        (void) state;
        for (unsigned there = 0; there < 4; there++)
                for (unsigned fails = 0; fails < 4; fails++) {
                        struct machine *m = plain(252);

                        m->tpm = there & 1;
                        m->cc = there & 2;
                        if (fails & 1)
                                machine_fault(m, CALL_TPM_EXTEND, 1, ALWAYS, EFI_DEVICE_ERROR);
                        if (fails & 2)
                                machine_fault(m, CALL_CC_EXTEND, 1, ALWAYS, EFI_DEVICE_ERROR);
                        scene_start(m);
                        assert_int_equal(m->child.kind, CHILD_KERNEL);
                        assert_int_equal(all_measured(m), there != 0 && (there & fails) == 0);
                        machine_free(m);
                }
}

/* Hashed and logged are the same here; the first bytes tell. */
static size_t measured_as(const struct machine *m, const char *text) {
        size_t n = 0;

        for (size_t i = 0; i < m->n_measured; i++) {
                const struct measured *e = &m->measured[i];
                bool same = e->pcr == 12 && e->type == 0xd && !e->cc && e->n == 2 * (strlen(text) + 1);

                for (size_t k = 0; same && k < e->n && k < sizeof(e->data); k++)
                        same = e->data[k] == (k % 2 ? 0 : text[k / 2]);
                n += same;
        }
        return n;
}

static void say_loader(struct machine *m, const char *info, bool volatile_one) {
        machine_set_text(m, "LoaderInfo", &loader_vendor, volatile_one ? 6 : 7, info);
}

/* What an older systemd-boot measures of a UKI that it starts itself; where Secure Boot is off the stub is told, and measures it
 * once more: here that is the kernel handoff's to do. */
static void the_line_is_measured_as_an_older_systemd_boot_would(void **state) {
        static const struct {
                const char *info;
                bool volatile_one, secure_boot;
                size_t by_252, by_257;
                const char *options;
        } rows[] = {
                { "systemd-boot 252.39-1~deb12u2", true, true, 1, 1, "" },
                { "systemd-boot 252.39-1~deb12u2", true, false, 2, 1, "root=/dev/vda" },
                { "systemd-boot 254", true, true, 1, 1, "" },
                { "systemd-boot 255", true, true, 0, 0, "" },
                { "systemd-boot 255", true, false, 0, 0, "" },
                { "systemd-boot 252", false, true, 0, 0, "" }, /* of an earlier boot */
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                for (unsigned stub = 252; stub <= 257; stub += 5) {
                        struct machine *m = plain(stub);

                        m->secure_boot = rows[i].secure_boot;
                        m->cc = true;
                        say_loader(m, rows[i].info, rows[i].volatile_one);
                        scene_start(m);
                        assert_string_equal(m->child.line, "root=/dev/vda quiet");
                        assert_int_equal(m->child.kind, stub == 252 ? CHILD_KERNEL : CHILD_STUB);
                        if (m->child.kind == CHILD_STUB)
                                assert_string_equal(m->child.options, rows[i].options);
                        assert_int_equal(measured_as(m, "root=/dev/vda"), stub == 252 ? rows[i].by_252 : rows[i].by_257);
                        machine_free(m);
                }
}

static void of_an_image_on_another_disk_systemd_boot_knows_nothing(void **state) {
        struct machine *m = machine_new();

        (void) state;
        m->other_disk = true;
        machine_uki(m, OTHER_DISK, A, 257, "root=/dev/vdb", DB);
        say_loader(m, "systemd-boot 252", true);
        machine_arm(m, "ukiload.uki=PARTUUID=02020202-0202-0202-0202-020202020202/EFI/Linux/a.efi");
        scene_line(m, "root=/dev/vdb");
        assert_int_equal(measured_as(m, "root=/dev/vdb"), 0);
        machine_free(m);
}

static void a_line_that_cannot_be_measured_keeps_nothing_from_starting(void **state) {
        struct machine *m = plain(257);

        (void) state;
        say_loader(m, "systemd-boot 252", true);
        machine_fault(m, CALL_TPM_EXTEND, 1, ALWAYS, EFI_DEVICE_ERROR);
        scene_start(m);
        assert_int_equal(m->n_started, 1);
        machine_free(m);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_image_that_is_not_accepted_is_blamed_on_a_tpm_only_if_one_does_not_answer),
                cmocka_unit_test(a_measurement_is_made_if_whoever_is_there_makes_it),
                cmocka_unit_test(the_line_is_measured_as_an_older_systemd_boot_would),
                cmocka_unit_test(of_an_image_on_another_disk_systemd_boot_knows_nothing),
                cmocka_unit_test(a_line_that_cannot_be_measured_keeps_nothing_from_starting),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
