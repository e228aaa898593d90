/* SPDX-License-Identifier: BSD-2-Clause */
/* A handoff in which something fails: it is told by its name, and nothing is said to be measured that was not. */
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define UKI  "\\EFI\\Linux\\a.efi"
#define GLOB "\\loader\\addons"

/* ---- What is measured in the stub's place ---- */

static bool complete(const struct machine *m, const char *name) {
        struct span value;

        return machine_get(m, name, &loader_vendor, &value, NULL) && value.n > 2;
}

/* Any one piece of memory is not there; what says that all was measured says so only then. */
static void a_measurement_for_which_there_is_no_memory_is_not_said_to_be_made(void **state) {
        unsigned n_calls, started = 0, short_of = 0;
        size_t n_all;
        struct machine *m = scene_plain(252);

        (void) state;
        scene_start(m);
        assert_true(complete(m, "StubPcrKernelParameters") && complete(m, "StubPcrKernelImage"));
        n_calls = m->calls[CALL_ALLOCATE_POOL];
        n_all = m->n_measured;
        assert_true(n_all > 4);
        machine_free(m);
        for (unsigned i = 1; i <= n_calls; i++) {
                m = scene_plain(252);
                machine_fault(m, CALL_ALLOCATE_POOL, i, i, EFI_OUT_OF_RESOURCES);
                scene_start(m);
                started += m->n_started;
                if (m->n_started && m->n_measured < n_all) {
                        short_of++;
                        assert_false(complete(m, "StubPcrKernelParameters") && complete(m, "StubPcrKernelImage"));
                }
                machine_free(m);
        }
        assert_true(started >= short_of && short_of >= n_all);
}

static void words_are_measured_as_the_text_that_the_kernel_gets(void **state) {
        static const CHAR16 quiet[] = L"quiet";
        struct machine *m = scene_plain(252);
        unsigned found = 0;

        (void) state;
        scene_start(m);
        for (size_t i = 0; i < m->n_measured; i++)
                if (m->measured[i].pcr == 12 && m->measured[i].n >= sizeof(quiet) &&
                    memcmp(m->measured[i].data, quiet, sizeof(quiet)) == 0)
                        found++;
        assert_int_equal(found, 1);
        machine_free(m);
}

/* ---- What fails is told by its name ---- */

static struct machine *with_a_signature(void) {
        struct machine *m = scene_plain(252);
        struct pe_write_section s[UKI_PARTS];
        size_t n = machine_uki_sections(m, 252, "root=/dev/vda", s);

        machine_section(s, &n, ".pcrsig", "{}"); /* goes into an archive of its own */
        machine_file(m, ESP, UKI, machine_image(m, s, n, DB));
        return m;
}

static void no_memory_for_a_handoff_is_told_as_that(void **state) {
        unsigned refused = 0;

        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                unsigned n_calls = 1;

                for (unsigned i = 0; i <= n_calls; i++) {
                        struct machine *m = stub == 252 ? with_a_signature() : scene_plain(stub);

                        if (i > 0)
                                machine_fault(m, CALL_ALLOCATE_POOL, i, i, EFI_OUT_OF_RESOURCES);
                        scene_start(m);
                        if (i == 0)
                                n_calls = m->calls[CALL_ALLOCATE_POOL];
                        refused += m->n_started == 0;
                        if (strstr(machine_status(m, "reason"), "another command line") ||
                            strstr(machine_status(m, "reason"), "than there is room for"))
                                fail_msg("%u: %s", i, machine_status(m, "reason"));
                        machine_free(m);
                }
        }
        assert_true(refused > 10);
}

static void a_kernel_that_cannot_be_given_its_initrd_is_not_started(void **state) {
        struct machine *m = scene_plain(252);

        (void) state;
        machine_fault(m, CALL_INSTALL, 2, ALWAYS, EFI_OUT_OF_RESOURCES); /* behind the overlay */
        scene_refuses(m, "the kernel cannot be given its initrd (out of memory or space)");
}

/* Any one protocol is not found, once. */
static void an_image_that_firmware_has_lost_is_no_reason_to_fall(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                unsigned n_calls = 1;
                bool told = false;

                for (unsigned i = 0; i <= n_calls; i++) {
                        struct machine *m = scene_plain(stub);

                        if (i > 0)
                                machine_fault(m, CALL_HANDLE_PROTOCOL, i, i, EFI_UNSUPPORTED);
                        scene_start(m);
                        if (i == 0)
                                n_calls = m->calls[CALL_HANDLE_PROTOCOL];
                        told = told || strcmp(machine_status(m, "reason"), UKI " as loaded cannot be seen in memory") == 0;
                        machine_free(m);
                }
                assert_true(told);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_measurement_for_which_there_is_no_memory_is_not_said_to_be_made),
                cmocka_unit_test(words_are_measured_as_the_text_that_the_kernel_gets),
                cmocka_unit_test(no_memory_for_a_handoff_is_told_as_that),
                cmocka_unit_test(a_kernel_that_cannot_be_given_its_initrd_is_not_started),
                cmocka_unit_test(an_image_that_firmware_has_lost_is_no_reason_to_fall),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
