/* SPDX-License-Identifier: BSD-2-Clause */
/* The architectures, each one row of a table (arch.c): what differs between them in file names, images and the kernel's
 * header. */
#pragma once

#include "text.h"

#define PE_MACHINE_X86_64  0x8664u
#define PE_MACHINE_AARCH64 0xaa64u
#define PE_MACHINE_IA32    0x014cu

/* Of what is being compiled. */
#if defined(__x86_64__)
#define ARCH_NATIVE PE_MACHINE_X86_64
#define ARCH_SUFFIX "x64"
#elif defined(__aarch64__)
#define ARCH_NATIVE PE_MACHINE_AARCH64
#define ARCH_SUFFIX "aa64"
#else
#error "a new architecture: give it a row in lib/arch.c and a line here"
#endif

/* Those that ukiload is for, as a person is to say them. */
#define ARCH_NAMES "x86_64|aarch64"

struct arch {
        uint16_t machine; /* in a PE header */
        char name[8];     /* as the kernel and ukify have it */
        char suffix[8];   /* of EFI files: BOOTX64.EFI, ukiloadx64.efi */
        bool pe32_plus;   /* its images have the long optional header, others the short one */
        bool bzimage;     /* its kernels may have the x86 boot protocol's header */
        size_t code_n;    /* 0: ukiload is not for it, and it is here to be named only */
        uint8_t code[16]; /* `return EFI_UNSUPPORTED`, the entry of an addon, which is never started but must be code */
};

/* NULL: unknown. */
const struct arch *arch_of(uint16_t machine);
/* By its name, if ukiload is for it. */
const struct arch *arch_named(const char *name);
/* For messages. */
const char *arch_name(uint16_t machine);
/* False with a clause if firmware of that machine starts no image of this one. */
bool arch_fits(uint16_t machine, uint16_t firmware, struct text *why);
