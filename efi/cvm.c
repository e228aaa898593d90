/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether this is a confidential VM, by the same marks that systemd's stub looks at (AMD APM vol. 2 15.34, Intel TDX module ABI,
 * Microsoft Hypervisor TLFS): the stub's rules for unsigned words depend on it, so ours must agree. */
#include "fw.h"

#if defined(__x86_64__)

struct leaf { uint32_t a, b, c, d; };

static struct leaf cpuid(uint32_t leaf, uint32_t sub) {
        struct leaf r;

        __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(sub));
        return r;
}

static uint64_t rdmsr(uint32_t index) {
        uint32_t low, high;

        __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
        return ((uint64_t) high << 32) | low;
}

static bool hyperv_isolated(void) {
        struct leaf id = cpuid(0x40000000, 0);

        /* "Microsoft Hv" */
        if (id.b != 0x7263694d || id.c != 0x666f736f || id.d != 0x76482074 || id.a < 0x4000000c)
                return false;
        if (!(cpuid(0x40000003, 0).b & (1u << 22)))
                return false;
        return (cpuid(0x4000000c, 0).b & 0xfu) >= 2; /* 2: SNP, 3: TDX */
}

static bool amd_sev(void) {
        if (cpuid(0x80000000, 0).a < 0x8000001f || !(cpuid(0x8000001f, 0).a & (1u << 1)))
                return false;
        return (rdmsr(0xc0010131) & 7u) != 0; /* SEV, SEV-ES, SEV-SNP */
}

static bool intel_tdx(void) {
        struct leaf id;

        if (cpuid(0, 0).a < 0x21)
                return false;
        id = cpuid(0x21, 0);
        return id.b == 0x65746e49 && id.d == 0x5844546c && id.c == 0x20202020; /* "IntelTDX    " */
}

bool fw_confidential_vm(void) {
        if (!(cpuid(1, 0).c & (1u << 31))) /* not under a hypervisor */
                return false;
        return hyperv_isolated() || amd_sev() || intel_tdx();
}

#else

bool fw_confidential_vm(void) {
        return false; /* systemd's stub knows no mark on other architectures either */
}

#endif
