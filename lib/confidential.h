/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a machine is a confidential VM, whose host is not trusted: its SMBIOS strings and unsigned words do not count there.
 *
 * systemd's stub decides by this which words it takes, so the question is asked as it asks it (systemd src/boot/vmm.c of version
 * 262; marks of AMD APM vol. 2 15.34, the Intel TDX module ABI, Microsoft's Hypervisor TLFS): a hypervisor at all; then the CPU's
 * vendor; then that vendor's own mark; and for Hyper-V, which hides it, the isolation of a partition that does not manage CPUs,
 * as the root partition does. Older stubs do not know Hyper-V's TDX. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct confidential_leaf {
        uint32_t a, b, c, d;
};

/* The processor, asked by callbacks. x86 only: the stub knows no mark on other machines. */
struct confidential_cpu {
        /* CPUID of leaf, subleaf 0. */
        struct confidential_leaf (*cpuid)(void *arg, uint32_t leaf);
        /* A model specific register. False: it cannot be read here. Asked only where AMD's leaf says that it is there. */
        bool (*msr)(void *arg, uint32_t index, uint64_t *ret);
        void *arg;
};

/* What cannot be read counts as a yes. */
bool confidential_vm(const struct confidential_cpu *cpu);
