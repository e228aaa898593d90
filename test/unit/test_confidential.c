/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "confidential.h"

#define LEAVES     8u
#define HYPERVISOR (UINT32_C(1) << 31)
#define SEV        2u

/* A processor: the leaves that it knows; all others are zero. */
struct fake {
        struct {
                uint32_t number;
                struct confidential_leaf leaf;
        } leaves[LEAVES];
        size_t n;
        bool msr_readable;
        uint64_t msr;
        unsigned n_msr; /* how often it was asked */
};

static struct confidential_leaf fake_cpuid(void *arg, uint32_t leaf) {
        const struct fake *f = arg;

        for (size_t i = 0; i < f->n; i++)
                if (f->leaves[i].number == leaf)
                        return f->leaves[i].leaf;
        return (struct confidential_leaf) { 0 };
}

static bool fake_msr(void *arg, uint32_t index, uint64_t *ret) {
        struct fake *f = arg;

        assert_int_equal(index, 0xc0010131);
        f->n_msr++;
        *ret = f->msr;
        return f->msr_readable;
}

static void set(struct fake *f, uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
        assert_true(f->n < LEAVES);
        f->leaves[f->n].number = number;
        f->leaves[f->n++].leaf = (struct confidential_leaf) { a, b, c, d };
}

static uint32_t word(const char *text) {
        uint32_t w;

        memcpy(&w, text, sizeof(w));
        return w;
}

/* A vendor's name stands in b, d, c; a hypervisor's in b, c, d. */
static void vendor(struct fake *f, const char *name) {
        memset(f, 0, sizeof(*f));
        f->msr_readable = true;
        set(f, 0, 0x20, word(name), word(name + 8), word(name + 4));
        set(f, 1, 0, 0, HYPERVISOR, 0);
}

static void hyperv(struct fake *f, uint32_t max, uint32_t features, uint32_t type) {
        set(f, 0x40000000, max, word("Micr"), word("osof"), word("t Hv"));
        set(f, 0x40000003, 0, features, 0, 0);
        set(f, 0x4000000c, 0, type, 0, 0);
}

static void sev(struct fake *f, uint32_t offered, uint64_t status) {
        vendor(f, "AuthenticAMD");
        set(f, 0x80000000, 0x8000001f, 0, 0, 0);
        set(f, 0x8000001f, offered, 0, 0, 0);
        f->msr = status;
}

static bool verdict(struct fake *f) {
        const struct confidential_cpu cpu = { .cpuid = fake_cpuid, .msr = fake_msr, .arg = f };

        return confidential_vm(&cpu);
}

static void amd_says_it_in_its_sev_register(void **state) {
        struct fake f;

        (void) state;
        for (uint64_t status = 0; status < 16; status++) {
                sev(&f, SEV, status);
                assert_int_equal(verdict(&f), (status & 7) != 0);
                assert_int_equal(f.n_msr, 1);
        }
        sev(&f, SEV, 0);
        f.msr_readable = false;
        assert_true(verdict(&f));
        sev(&f, 1, 7); /* SME alone: the register may not be there, so it is not asked */
        assert_false(verdict(&f));
        assert_int_equal(f.n_msr, 0);
        sev(&f, SEV, 7);
        f.leaves[2].leaf.a = 0x8000001e; /* the leaf is not there */
        assert_false(verdict(&f));
}

static void intel_says_it_in_a_leaf_of_tdx(void **state) {
        struct fake f;

        (void) state;
        vendor(&f, "GenuineIntel");
        assert_false(verdict(&f));
        set(&f, 0x21, 0, word("Inte"), word("    "), word("lTDX"));
        assert_true(verdict(&f));
        vendor(&f, "GenuineIntel");
        set(&f, 0x21, 0, word("Inte"), word("lTDX"), word("    ")); /* the order of a hypervisor's name */
        assert_false(verdict(&f));
}

/* A vendor's marks count on that vendor's processors only, and none without a hypervisor. */
static void a_vendors_marks_count_on_its_processors_only(void **state) {
        struct fake f;

        (void) state;
        vendor(&f, "GenuineIntel");
        set(&f, 0x80000000, 0x8000001f, 0, 0, 0);
        set(&f, 0x8000001f, SEV, 0, 0, 0);
        f.msr = 7;
        assert_false(verdict(&f));
        assert_int_equal(f.n_msr, 0); /* reading it there would be an exception */
        vendor(&f, "AuthenticAMD");
        set(&f, 0x21, 0, word("Inte"), word("    "), word("lTDX"));
        assert_false(verdict(&f));
        vendor(&f, "HygonGenuine");
        set(&f, 0x21, 0, word("Inte"), word("    "), word("lTDX"));
        assert_false(verdict(&f));
        vendor(&f, "HygonGenuine");
        set(&f, 0x80000000, 0x8000001f, 0, 0, 0);
        set(&f, 0x8000001f, SEV, 0, 0, 0);
        hyperv(&f, 0x4000000c, 1u << 22, 2);
        assert_false(verdict(&f));
        sev(&f, SEV, 7);
        f.leaves[1].leaf.c = ~HYPERVISOR; /* bare metal */
        assert_false(verdict(&f));
        assert_int_equal(f.n_msr, 0);
}

static void hyper_v_hides_it_and_says_which_isolation(void **state) {
        const uint32_t isolated = 1u << 22, manages = 1u << 12;
        struct fake f;

        (void) state;
        for (uint32_t type = 0; type < 16; type++) {
                sev(&f, 0, 0);
                hyperv(&f, 0x4000000c, isolated, type | 0x10);
                assert_int_equal(verdict(&f), type == 2);
                vendor(&f, "GenuineIntel");
                hyperv(&f, 0x4000000c, isolated, type);
                assert_int_equal(verdict(&f), type == 3);
        }
        sev(&f, 0, 0);
        hyperv(&f, 0x4000000c, isolated | manages, 2); /* the root partition */
        assert_false(verdict(&f));
        sev(&f, 0, 0);
        hyperv(&f, 0x4000000c, 0, 2);
        assert_false(verdict(&f));
        sev(&f, SEV, 0); /* SEV is offered and off: Hyper-V is not asked */
        hyperv(&f, 0x4000000c, isolated, 2);
        assert_false(verdict(&f));
        sev(&f, 0, 0);
        hyperv(&f, 0x40000004, isolated, 2);
        assert_false(verdict(&f));
        sev(&f, 0, 0);
        hyperv(&f, 0x40010000, isolated, 2);
        assert_false(verdict(&f));
        sev(&f, 0, 0);
        hyperv(&f, 0x40000005, isolated, 2);
        assert_true(verdict(&f));
        f.leaves[4].leaf.d = word("t HV"); /* another hypervisor */
        assert_false(verdict(&f));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(amd_says_it_in_its_sev_register),
                cmocka_unit_test(intel_says_it_in_a_leaf_of_tdx),
                cmocka_unit_test(a_vendors_marks_count_on_its_processors_only),
                cmocka_unit_test(hyper_v_hides_it_and_says_which_isolation),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
