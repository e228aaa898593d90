/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asked, and who is believed: Secure Boot, shim, the TPM, the disk, SMBIOS, and the hooks around LoadImage. */
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define A            "\\EFI\\Linux\\a.efi"
#define VAR_NV       7u
#define VAR_BOOT     3u /* non-volatile, and not for the running system */
#define VAR_VOLATILE 6u

static void refuses(struct machine *m, const char *words) {
        scene_start(m);
        assert_int_equal(m->n_started, 0);
        if (!strstr(machine_status(m, "reason"), words))
                fail_msg("reason=%s, not: %s", machine_status(m, "reason"), words);
}

static struct machine *plain(unsigned stub, enum key key) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, A, stub, "root=/dev/vda", key);
        machine_addon(m, ESP, "\\loader\\addons\\q.addon.efi", "quiet", key);
        return m;
}

/* ---- Secure Boot and shim ---- */

static void secure_boot_that_cannot_be_read_is_on(void **state) {
        struct machine *m = plain(257, MOK);

        (void) state;
        m->shim = SHIM_15;
        machine_fault(m, CALL_GET_VARIABLE, 1, ALWAYS, EFI_DEVICE_ERROR)->only = "SecureBoot";
        scene_start(m); /* shim had to be asked about its key */
        assert_string_equal(m->child.line, "root=/dev/vda quiet");
        assert_non_null(strstr(m->screen, "validated by shim"));
        machine_free(m);
}

struct claim {
        enum shim shim;
        const char *name;
        UINT32 attributes;
        uint8_t value;
        const char *says;
};

static void validated_by_shim_only_where_shim_validates(void **state) {
        static const char by_shim[] = "a.efi (Bench Linux), validated by shim",
                          off[] = "not validated: shim's validation is switched off";
        static const struct claim claims[] = {
                { SHIM_15, NULL, 0, 0, by_shim },
                { SHIM_16, NULL, 0, 0, by_shim },
                { SHIM_16_IDLE, "MokSBState", VAR_BOOT, 1, off },
                { SHIM_15, "MokSBState", VAR_BOOT, 1, off },
                { SHIM_15, "MokSBStateRT", VAR_VOLATILE, 1, off },
                { SHIM_15, "MokSBState", VAR_BOOT, 0, by_shim },
                { SHIM_15, "MokSBState", VAR_NV, 1, by_shim }, /* the running system could make these; shim does not obey them */
                { SHIM_15, "MokSBStateRT", VAR_NV, 1, by_shim },
                { NO_SHIM, "MokSBState", VAR_BOOT, 1, "a.efi (Bench Linux), validated by firmware" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
                struct machine *m = plain(257, DB);

                m->shim = claims[i].shim;
                if (claims[i].name)
                        machine_set(m, claims[i].name, &shim_vendor, claims[i].attributes, &claims[i].value, 1);
                scene_start(m);
                assert_string_equal(m->child.line, "root=/dev/vda quiet");
                if (!strstr(m->screen, claims[i].says))
                        fail_msg("%zu: not \"%s\"\n%s", i, claims[i].says, m->screen);
                machine_free(m);
        }
}

static const struct image *kernel_holder(const struct machine *m, struct span *ret) {
        for (const struct image *i = m->in->images; i; i = i->next)
                if (find_section(i->memory, (size_t) i->loaded.ImageSize, ".linux", ret))
                        return i;
        return NULL;
}

/* While the kernel inside a UKI is loaded, firmware asks about it, and about nothing else that begins there. */
static void ask_around(struct machine *m, enum call call, unsigned nth, const char *what) {
        unsigned *asked = m->watch_arg;
        struct span kernel;
        const struct security2_arch *s = &m->in->security2;

        (void) nth;
        (void) what;
        if (call != CALL_LOAD_IMAGE || !kernel_holder(m, &kernel))
                return;
        if (s->check(s, NULL, (void *) (uintptr_t) kernel.p, kernel.n, FALSE) != EFI_SUCCESS)
                return; /* an addon is loaded, not the kernel */
        (*asked)++;
        assert_int_not_equal(s->check(s, NULL, (void *) (uintptr_t) kernel.p, kernel.n - 1, FALSE), EFI_SUCCESS);
        assert_int_not_equal(s->check(s, NULL, (void *) (uintptr_t) kernel.p, kernel.n + 1, FALSE), EFI_SUCCESS);
        assert_int_not_equal(s->check(s, NULL, (void *) (uintptr_t) (kernel.p + 1), kernel.n - 1, FALSE), EFI_SUCCESS);
        assert_int_not_equal(s->check(s, NULL, (void *) (uintptr_t) (kernel.p - 1), kernel.n, FALSE), EFI_SUCCESS);
}

static void only_the_kernel_that_was_validated_is_waved_through(void **state) {
        struct machine *m = plain(252, DB);
        unsigned asked = 0;

        (void) state;
        m->watch = ask_around;
        m->watch_arg = &asked;
        scene_start(m);
        assert_int_equal(m->child.kind, CHILD_KERNEL);
        assert_int_equal(asked, 1);
        machine_free(m);
}

/* ---- The TPM ---- */

static struct machine *measured_by(unsigned stub) {
        struct machine *m = plain(stub, DB);

        m->policy = "@version 1\nquiet\n@measure\n";
        return m;
}

static struct machine *measured(void) {
        return measured_by(257);
}

static unsigned n_policy_events(const struct machine *m) {
        unsigned n = 0;

        for (size_t i = 0; i < m->n_measured; i++)
                n += m->measured[i].pcr == 12 && m->measured[i].n == strlen(m->policy) &&
                     strncmp(m->measured[i].data, m->policy, m->measured[i].n) == 0;
        return n;
}

static void a_policy_that_wants_to_be_measured_is_or_nothing_starts(void **state) {
        struct machine *m = measured();

        (void) state;
        scene_start(m);
        assert_int_equal(m->n_started, 1);
        assert_int_equal(n_policy_events(m), 1);
        machine_free(m);
        for (unsigned stub = 252; stub <= 257; stub += 5) { /* in ukiload's own role nothing stays registered either */
                m = measured_by(stub);
                machine_fault(m, CALL_TPM_EXTEND, 1, ALWAYS, EFI_DEVICE_ERROR);
                refuses(m, "the TPM does not take the measurement (device error)");
                machine_free(m);
        }
        for (unsigned stub = 252; stub <= 257; stub += 5) { /* a log without room: the register has it */
                m = measured_by(stub);
                machine_fault(m, CALL_TPM_EXTEND, 1, ALWAYS, EFI_VOLUME_FULL);
                scene_start(m);
                assert_int_equal(m->n_started, 1);
                assert_int_equal(n_policy_events(m), 1);
                machine_free(m);
        }
        m = measured();
        machine_fault(m, CALL_TPM_CAPABILITY, 1, ALWAYS, EFI_TIMEOUT);
        refuses(m, "the TPM does not take the measurement (timeout)");
        machine_free(m);
        m = measured();
        m->cc = true;
        machine_fault(m, CALL_CC_EXTEND, 1, ALWAYS, EFI_NO_RESPONSE);
        refuses(m, "(no response)");
        machine_free(m);
        m = measured();
        m->cc = true;
        machine_fault(m, CALL_CC_MAP, 1, ALWAYS, EFI_NOT_FOUND);
        refuses(m, "(not found)");
        machine_free(m);
}

static void a_machine_without_a_tpm_has_nobody_to_measure(void **state) {
        struct machine *m = measured();

        (void) state;
        m->tpm = false;
        scene_start(m);
        assert_int_equal(m->n_started, 1);
        machine_free(m);
        m = measured();
        machine_lie(m, CALL_TPM_CAPABILITY, NULL, 1, ALWAYS, LIE_ZERO);
        scene_start(m);
        assert_int_equal(m->n_started, 1);
        assert_int_equal(n_policy_events(m), 0);
        machine_free(m);
}

/* EDK2 says that there is none from the first command on that a TPM does not carry out. */
static void a_tpm_that_goes_while_ukiload_runs_is_not_none(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = measured_by(stub);

                machine_lie(m, CALL_TPM_CAPABILITY, NULL, 2, ALWAYS, LIE_ZERO);
                refuses(m, "the TPM does not take the measurement (device error)");
                machine_free(m);
        }
}

static void a_tpm_that_is_lost_is_named_where_firmware_loads_nothing_for_it(void **state) {
        (void) state;
        for (int lost = 0; lost < 2; lost++)
                for (int kernel = 0; kernel < 2; kernel++) {
                        struct machine *m = plain(kernel ? 252 : 257, DB);

                        machine_fault(m, CALL_LOAD_IMAGE, kernel ? 3 : 1, ALWAYS, EFI_UNSUPPORTED); /* after UKI and addon */
                        if (lost)
                                machine_fault(m, CALL_TPM_CAPABILITY, 1, ALWAYS, EFI_DEVICE_ERROR);
                        refuses(m, kernel ? "LoadImage does not accept (unsupported)"
                                          : "is not accepted by LoadImage (unsupported)");
                        assert_true((strstr(machine_status(m, "reason"), "the TPM does not answer") != NULL) == lost);
                        machine_free(m);
                }
}

/* ---- Disks, SMBIOS, an initrd ---- */

static void xbootldr_of_another_disk_is_not_ours(void **state) {
        struct machine *m = machine_new();

        (void) state;
        m->other_disk = true;
        machine_uki(m, OTHER_DISK, A, 257, "root=/dev/other", DB);
        refuses(m, "there is no UKI");
        machine_free(m);
        m = machine_new();
        m->other_disk = m->xbootldr = true;
        machine_uki(m, OTHER_DISK, A, 257, "root=/dev/other", DB);
        machine_uki(m, XBOOTLDR, A, 257, "root=/dev/vda", DB);
        scene_start(m);
        assert_string_equal(m->child.line, "root=/dev/vda");
        machine_free(m);
}

static void smbios_has_no_say_in_a_confidential_vm(void **state) {
        (void) state;
        for (int confidential = 0; confidential < 2; confidential++)
                for (unsigned stub = 252; stub <= 257; stub += 5) {
                        struct machine *m = plain(stub, DB);

                        m->confidential = confidential;
                        m->smbios = "io.systemd.stub.kernel-cmdline-extra=host=1";
                        scene_start(m);
                        assert_string_equal(m->child.line,
                                            confidential || stub < 254 ? "root=/dev/vda quiet" : "root=/dev/vda quiet host=1");
                        machine_free(m);
                }
}

static void a_confidential_vm_takes_no_unsigned_word(void **state) {
        struct machine *m = plain(257, DB);

        (void) state;
        m->confidential = true;
        m->options = "u=1";
        refuses(m, "this is a confidential VM, where words come from signed files only");
        machine_free(m);
}

/* The last look before the start: something may have registered an initrd since the first. */
static void an_initrd_that_turns_up_late_is_refused(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = plain(stub, DB);
                unsigned looks;

                scene_start(m);
                looks = m->calls[CALL_LOCATE_PATH];
                machine_free(m);
                for (unsigned late = 0; late < 2; late++) {
                        m = plain(stub, DB);
                        machine_lie(m, CALL_LOCATE_PATH, NULL, looks - late, 0, LIE_FOUND);
                        /* for the kernel handoff the last look is the proof's */
                        refuses(m, stub == 252 && late == 0 ? "would get is not what was planned: another initrd"
                                                            : "an initrd is already registered with firmware");
                        machine_free(m);
                }
        }
}

/* Firmware resets a machine whose loader is silent for five minutes: reading may take long, and what is started begins with a
 * full measure. */
static void run_down(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        if (call == CALL_READ && strstr(what, "a.efi"))
                assert_int_equal(m->watchdog_s, 300);
        if (call == CALL_LOAD_IMAGE || call == CALL_READ)
                m->watchdog_s = 1;
        if (call == CALL_START_IMAGE)
                assert_int_equal(m->watchdog_s, 300);
}

static void the_watchdog_is_set_anew_while_reading_and_before_the_start(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = plain(stub, DB);

                m->options = "ukiload.uki=" A;
                m->watch = run_down;
                scene_start(m);
                assert_int_equal(m->n_started, 1);
                machine_free(m);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(secure_boot_that_cannot_be_read_is_on),
                cmocka_unit_test(validated_by_shim_only_where_shim_validates),
                cmocka_unit_test(only_the_kernel_that_was_validated_is_waved_through),
                cmocka_unit_test(a_policy_that_wants_to_be_measured_is_or_nothing_starts),
                cmocka_unit_test(a_machine_without_a_tpm_has_nobody_to_measure),
                cmocka_unit_test(a_tpm_that_goes_while_ukiload_runs_is_not_none),
                cmocka_unit_test(a_tpm_that_is_lost_is_named_where_firmware_loads_nothing_for_it),
                cmocka_unit_test(xbootldr_of_another_disk_is_not_ours),
                cmocka_unit_test(smbios_has_no_say_in_a_confidential_vm),
                cmocka_unit_test(a_confidential_vm_takes_no_unsigned_word),
                cmocka_unit_test(an_initrd_that_turns_up_late_is_refused),
                cmocka_unit_test(the_watchdog_is_set_anew_while_reading_and_before_the_start),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
