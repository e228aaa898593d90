/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked of an image after it was loaded, and done last before it starts. */
#include "inside.h"
#include "scenes.h"

static struct machine *of_sections(struct pe_write_section *s, size_t n) {
        struct machine *m = the_machine;

        machine_file(m, ESP, SCENE_UKI, machine_image(m, s, n, DB));
        return m;
}

/* The kernel of an image with its last section's VirtualSize taken away: firmware loads it, shim does not. */
static struct span kernel_that_shim_refuses(struct machine *m) {
        struct pe_write_section s[1];
        struct span kernel;
        size_t n = 0;

        machine_section(s, &n, ".odd", "x");
        kernel = machine_image(m, s, n, UNSIGNED);
        ((uint8_t *) (uintptr_t) kernel.p)[kernel.p[0x3c] + 24 + 44] = 1; /* MajorImageVersion: it has the EFI entry */
        for (size_t i = 0; i < 1024; i++)
                if (memcmp(kernel.p + i, ".odd", 5) == 0)
                        memset((uint8_t *) (uintptr_t) kernel.p + i + 8, 0, 4);
        return kernel;
}

/* Where shim stands behind LoadImage it is asked about the kernel too, and a stub whose kernel is refused may crash. */
static void a_kernel_that_shim_would_refuse_is_not_started_where_shim_is_asked(void **state) {
        static const struct {
                enum shim shim;
                unsigned stub;
                bool starts;
        } rows[] = { { NO_SHIM, 257, true },
                     { SHIM_15, 257, true },
                     { SHIM_16, 257, false },
                     { SHIM_16, 262, false },
                     { SHIM_16, 0, true } /* another stub: nobody knows what it does */ };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct machine *m = machine_new();
                struct pe_write_section s[UKI_PARTS];
                size_t n = machine_uki_sections(m, rows[i].stub, "root=/dev/vda", s);

                s[0].data = kernel_that_shim_refuses(m);
                m = of_sections(s, n);
                if (rows[i].stub > 0)
                        machine_addon(m, ESP, SCENE_GLOBAL "\\q.addon.efi", "quiet", DB);
                m->shim = rows[i].shim;
                scene_start(m);
                assert_int_equal(m->n_started, rows[i].starts);
                assert_int_equal(strstr(machine_status(m, "reason"),
                                        SCENE_UKI ": the kernel inside is refused by shim: its section "
                                                  "\".odd\" has no bytes") != NULL,
                                 !rows[i].starts);
                machine_free(m);
        }
}

static unsigned n_events(const struct machine *m, const char *policy) {
        unsigned n = 0;

        for (size_t i = 0; i < m->n_measured; i++)
                n += m->measured[i].pcr == 12 && m->measured[i].n == strlen(policy) &&
                     strncmp(m->measured[i].data, policy, m->measured[i].n) == 0;
        return n;
}

/* Each of the two policies that asks is measured by itself, and each measurement counts. */
static void a_policy_is_measured_where_it_asks_wherever_it_is(void **state) {
        static const char plain[] = "@version 1\nquiet\n", measured[] = "@version 1\nquiet\n@measure\n",
                          other[] = "@version 1\nquiet\ndebug\n@measure\n";
        static const struct {
                const char *own, *uki;
                unsigned events;
        } rows[] = { { plain, plain, 0 }, { measured, plain, 1 }, { plain, other, 1 }, { measured, other, 2 } };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                for (unsigned failing = 0; failing <= rows[i].events; failing++) {
                        struct machine *m = machine_new();
                        struct pe_write_section s[UKI_PARTS];
                        size_t n = machine_uki_sections(m, 257, "root=/dev/vda", s);

                        machine_section(s, &n, ".ukipol", rows[i].uki);
                        m = of_sections(s, n);
                        m->policy = rows[i].own;
                        if (failing > 0)
                                machine_fault(m, CALL_TPM_EXTEND, failing, 0, EFI_DEVICE_ERROR);
                        scene_line(m, failing > 0 ? NULL : "root=/dev/vda");
                        assert_int_equal(strstr(machine_status(m, "reason"), "(@measure)") != NULL, failing > 0);
                        if (failing == 0)
                                assert_int_equal(n_events(m, measured) + n_events(m, other), rows[i].events);
                        machine_free(m);
                }
}

/* Whoever may not start the kernel by itself does not start the stub instead, which would not have the words. */
static void without_its_kernel_an_image_is_not_started_at_all(void **state) {
        struct machine *m = machine_new();

        (void) state;
        machine_uki(m, ESP, SCENE_UKI, 257, "root=/dev/vda", DB);
        m->options = "u=1";
        machine_fault(m, CALL_LOAD_IMAGE, 2, 0, EFI_UNSUPPORTED);
        scene_refuses(m, SCENE_UKI " has a kernel (.linux) that LoadImage does not accept (unsupported)");
}

static void memory_that_fails_once_starts_the_right_line_or_nothing(void **state) {
        (void) state;
        for (unsigned n = 1; n < 60; n++) {
                struct machine *m = machine_new();

                machine_uki(m, ESP, SCENE_UKI, 252, "root=/dev/vda", DB);
                machine_addon(m, ESP, SCENE_GLOBAL "\\q.addon.efi", "quiet", DB);
                machine_fault(m, CALL_ALLOCATE_POOL, n, 0, EFI_OUT_OF_RESOURCES);
                m->policy = "@version 1\nquiet\n@require quiet\n";
                m->required[0] = "quiet";
                scene_start(m);
                machine_free(m);
        }
}

static struct machine *asking(const char *policy) {
        struct machine *m = scene_plain(257);

        m->policy = policy;
        return m;
}

static void assert_addon(struct machine *m, const char *words, const char *told) {
        scene_line(m, NULL);
        assert_non_null(strstr(machine_status(m, "reason"), words));
        assert_string_equal(machine_status(m, "addon"), told);
        machine_free(m);
}

/* What the policy admits is not said to be admitted where nothing is started before LoadImage was asked about it. */
static void an_addon_that_nobody_was_asked_about_is_told_of_as_that(void **state) {
        static const char unasked[] = SCENE_GLOBAL "\\q.addon.efi not validated: the policy admits it, but nothing is started";
        struct machine *m = asking("@version 1\nquiet\n@require audit=1\n");

        (void) state;
        assert_addon(m, "audit=1", unasked); /* from the file */
        m = asking("@version 1\nquiet\n");
        machine_uki(m, ESP, SCENE_UKI, 257, "root=/dev/vda", STRANGER);
        assert_addon(m, "is not signed by a key that this machine trusts", unasked); /* the image itself */
        m = asking("@version 1\nquiet\nloglevel=?\n@on-violation abort\n");
        machine_addon(m, ESP, SCENE_GLOBAL "\\s.addon.efi", "loglevel=3", STRANGER);
        assert_addon(m, "s.addon.efi is untrusted", SCENE_GLOBAL "\\q.addon.efi admitted"); /* it was validated by then */
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_kernel_that_shim_would_refuse_is_not_started_where_shim_is_asked),
                T(a_policy_is_measured_where_it_asks_wherever_it_is),
                T(without_its_kernel_an_image_is_not_started_at_all),
                T(memory_that_fails_once_starts_the_right_line_or_nothing),
                T(an_addon_that_nobody_was_asked_about_is_told_of_as_that),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
