/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor, asked whether this is a confidential VM; what its answers mean stands in lib/confidential.h. */
#include "confidential.h"
#include "fw.h"

#if defined(__x86_64__)

static struct confidential_leaf cpuid(void *arg, uint32_t leaf) {
        struct confidential_leaf r;

        (void) arg;
        __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
        return r;
}

static bool rdmsr(void *arg, uint32_t index, uint64_t *ret) {
        uint32_t low, high;

        (void) arg;
        __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index) : "memory");
        *ret = ((uint64_t) high << 32) | low;
        return true;
}

bool fw_confidential_vm(void) {
        struct confidential_cpu cpu = { 0 };

        cpu.cpuid = cpuid; /* not as initialisers: clang makes a table of them, which would need relocations */
        cpu.msr = rdmsr;
        return confidential_vm(&cpu);
}

#elif defined(__aarch64__)

bool fw_confidential_vm(void) {
        return false; /* systemd's stub knows no mark on other architectures either */
}

#else
#error "a new architecture: what marks a confidential VM there?"
#endif
