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

static void an_image_that_is_not_accepted_is_blamed_on_a_tpm_only_if_one_does_not_answer(void **state) {
        static const struct {
                bool tpm;
                EFI_STATUS status;
                bool blamed;
        } cases[] = {
                { true, EFI_SUCCESS, false },
                { false, EFI_SUCCESS, false },
                { true, EFI_DEVICE_ERROR, true },
                { true, EFI_NOT_FOUND, true },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = plain(257);

                m->tpm = cases[i].tpm;
                if (cases[i].status)
                        machine_fault(m, CALL_TPM_CAPABILITY, 1, ALWAYS, cases[i].status);
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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_image_that_is_not_accepted_is_blamed_on_a_tpm_only_if_one_does_not_answer),
                cmocka_unit_test(a_measurement_is_made_if_whoever_is_there_makes_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
