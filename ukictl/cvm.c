/* SPDX-License-Identifier: BSD-2-Clause */
/* The marks that ukiload looks at (AMD APM vol. 2, 15.34; Intel TDX module ABI; Microsoft Hypervisor TLFS), as far as user space sees them: that SEV
 * is on stands in a register for the kernel alone, so that its being offered to a guest must do. */
#include "cvm.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <string.h>

static bool vendor_is(unsigned leaf, const char *name, unsigned order) {
        unsigned a, b, c, d;
        char text[12];
        __cpuid_count(leaf, 0, a, b, c, d);
        (void)a;
        memcpy(text, &b, 4);
        memcpy(text + 4, order ? &d : &c, 4);
        memcpy(text + 8, order ? &c : &d, 4);
        return memcmp(text, name, sizeof(text)) == 0;
}

static bool hyperv_isolated(void) {
        unsigned a, b, c, d;
        if (!vendor_is(0x40000000, "Microsoft Hv", 0))
                return false;
        __cpuid(0x40000003, a, b, c, d);
        if (!(b & 1u << 22))
                return false;
        __cpuid(0x4000000c, a, b, c, d);
        return (b & 0xfu) >= 2;
}

bool maybe_confidential_vm(void) {
        unsigned a, b, c, d;
        __cpuid(1, a, b, c, d);
        if (!(c & 1u << 31))
                return false; /* not under a hypervisor */
        __cpuid(0x80000000, a, b, c, d);
        if (a >= 0x8000001f) {
                __cpuid(0x8000001f, a, b, c, d);
                if (a & 1u << 1)
                        return true;
        }
        __cpuid(0, a, b, c, d);
        return (a >= 0x21 && vendor_is(0x21, "IntelTDX    ", 1)) || hyperv_isolated();
}
#else
bool maybe_confidential_vm(void) {
        return false;
}
#endif
