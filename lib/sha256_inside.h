/* SPDX-License-Identifier: BSD-2-Clause */
/* What sha256.c and sha256_fast.c have in common. */
#pragma once

#include "sha256.h"

/* Read from front to back; not in .data, and without a relocation. */
extern const uint32_t sha256_round_constant[64];

/* Vector registers live in lib/sha256_fast.c and nowhere else in the firmware image: all other code is compiled with
 * -mgeneral-regs-only. The UEFI specification allows them: SSE is switched on (2.3.4: CR0.EM and CR0.TS clear, MXCSR 0x1f80),
 * Advanced SIMD as well (2.3.6), and firmware's timer interrupt gives back what it found.
 *
 * What firmware calls (efi_main, the overlay's file system, the Security2 override) must give back xmm6 to xmm15 as they were,
 * and code without vector registers cannot save them. So on x86-64 the one function that uses them follows the Microsoft
 * convention, though its callers follow that of System V: it saves those that it needs, and destroys none that its callers keep.
 * On arm64 there is one convention, AAPCS64, on both sides. */
#if defined(__x86_64__)
#define SHA256_FAST __attribute__((ms_abi, target("sha,ssse3,sse4.1")))
#else
#define SHA256_FAST
#endif

/* Only if sha256_fast_here: state after so many blocks of 64 bytes at p, which may lie anywhere. */
SHA256_FAST void sha256_fast(uint32_t state[8], const uint8_t *p, size_t n_blocks);
