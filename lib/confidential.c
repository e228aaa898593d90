/* SPDX-License-Identifier: BSD-2-Clause */
#include "confidential.h"

#include <string.h>

#define IS_HYPERVISOR_PRESENT (UINT32_C(1) << 31)
#define EXTENDED_MAX          UINT32_C(0x80000000)
#define AMD_ENCRYPTED_MEMORY  UINT32_C(0x8000001f)
#define AMD_HAS_SEV           (UINT32_C(1) << 1)
#define MSR_SEV_STATUS        UINT32_C(0xc0010131)
#define SEV_ANY               UINT64_C(7) /* SEV, SEV-ES, SEV-SNP */
#define INTEL_TDX             UINT32_C(0x21)
#define HYPERV_VENDOR         UINT32_C(0x40000000)
#define HYPERV_FEATURES       UINT32_C(0x40000003)
#define HYPERV_ISOLATION      UINT32_C(0x4000000c)
#define HYPERV_MAX_LEAST      UINT32_C(0x40000005)
#define HYPERV_MAX_MOST       UINT32_C(0x4000ffff)
#define HYPERV_MANAGES_CPUS   (UINT32_C(1) << 12)
#define HYPERV_IS_ISOLATED    (UINT32_C(1) << 22)
#define HYPERV_TYPE           UINT32_C(0xf)

enum { ISOLATED_BY_SNP = 2, ISOLATED_BY_TDX = 3 };

static struct confidential_leaf ask(const struct confidential_cpu *cpu, uint32_t leaf) {
        return cpu->cpuid(cpu->arg, leaf);
}

/* Twelve characters in three registers. */
static bool spells(uint32_t first, uint32_t second, uint32_t third, const char *name) {
        const uint32_t words[3] = { first, second, third };

        return memcmp(words, name, sizeof(words)) == 0;
}

static bool hyperv_isolates(const struct confidential_cpu *cpu, uint32_t type) {
        struct confidential_leaf id = ask(cpu, HYPERV_VENDOR);
        uint32_t features;

        if (id.a < HYPERV_MAX_LEAST || id.a > HYPERV_MAX_MOST || !spells(id.b, id.c, id.d, "Microsoft Hv"))
                return false;
        features = ask(cpu, HYPERV_FEATURES).b;
        return (features & HYPERV_IS_ISOLATED) && !(features & HYPERV_MANAGES_CPUS) &&
               (ask(cpu, HYPERV_ISOLATION).b & HYPERV_TYPE) == type;
}

static bool amd_sev(const struct confidential_cpu *cpu) {
        uint64_t status;

        if (ask(cpu, EXTENDED_MAX).a < AMD_ENCRYPTED_MEMORY)
                return false;
        if (!(ask(cpu, AMD_ENCRYPTED_MEMORY).a & AMD_HAS_SEV))
                return hyperv_isolates(cpu, ISOLATED_BY_SNP);
        return !cpu->msr(cpu->arg, MSR_SEV_STATUS, &status) || (status & SEV_ANY);
}

static bool intel_tdx(const struct confidential_cpu *cpu) {
        struct confidential_leaf id = ask(cpu, INTEL_TDX);

        return spells(id.b, id.d, id.c, "IntelTDX    ") || hyperv_isolates(cpu, ISOLATED_BY_TDX);
}

bool confidential_vm(const struct confidential_cpu *cpu) {
        struct confidential_leaf vendor;

        if (!(ask(cpu, 1).c & IS_HYPERVISOR_PRESENT))
                return false;
        vendor = ask(cpu, 0);
        if (spells(vendor.b, vendor.d, vendor.c, "AuthenticAMD"))
                return amd_sev(cpu);
        return spells(vendor.b, vendor.d, vendor.c, "GenuineIntel") && intel_tdx(cpu);
}
