/* SPDX-License-Identifier: BSD-2-Clause */
/* What sha256.c, sha256_two.c and sha256_fast.c have in common. */
#pragma once

#include "sha256.h"

/* Read from front to back; not in .data, and without a relocation. */
extern const uint32_t sha256_round_constant[64];

/* Vector registers live in lib/sha256_fast.c and nowhere else in the firmware image: all other code is compiled with
 * -mgeneral-regs-only. The UEFI specification allows them: SSE is switched on (2.3.4: CR0.EM and CR0.TS clear, MXCSR 0x1f80),
 * Advanced SIMD as well (2.3.6), and firmware's timer interrupt gives back what it found.
 *
 * What firmware calls (efi_main, the overlay's file system, the Security2 override) must give back xmm6 to xmm15 as they were,
 * and code without vector registers cannot save them. So on x86-64 the functions that use them follow the Microsoft
 * convention, though their callers follow that of System V: they save those that they need, and destroy none that a caller keeps.
 * On arm64 there is one convention, AAPCS64, on both sides. */
#if defined(__x86_64__)
#define SHA256_FAST __attribute__((ms_abi, target("sha,ssse3,sse4.1")))
#else
#define SHA256_FAST
#endif

/* Only if the processor has them (struct sha256, fast): state after so many blocks of 64 bytes at p, which may lie anywhere. */
SHA256_FAST void sha256_fast(uint32_t state[8], const uint8_t *p, size_t n_blocks);
/* The same for two states at once, which may not be one. */
SHA256_FAST void sha256_fast_two(uint32_t state[8], const uint8_t *p, uint32_t other[8], const uint8_t *q, size_t n_blocks);
