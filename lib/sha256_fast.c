/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256's compression by the processor's own instructions: SHA256RNDS2, SHA256MSG1 and SHA256MSG2 of Intel's SDM, volume 2;
 * SHA256H, SHA256H2, SHA256SU0 and SHA256SU1 of the Arm ARM (DDI 0487), C7.2. 64 rounds are 16 times four, and a vector holds
 * four words of the message schedule. */
#include "sha256_inside.h"

/* The same on both: w0 to w3 are the block's sixteen words, and then those of the rounds to come. */
#define ALL_ROUNDS(w0, w1, w2, w3)                         \
        do {                                               \
                for (unsigned at = 0; at < 48; at += 16) { \
                        ROUNDS(w0, at);                    \
                        SCHEDULE(w0, w1, w2, w3);          \
                        ROUNDS(w1, at + 4);                \
                        SCHEDULE(w1, w2, w3, w0);          \
                        ROUNDS(w2, at + 8);                \
                        SCHEDULE(w2, w3, w0, w1);          \
                        ROUNDS(w3, at + 12);               \
                        SCHEDULE(w3, w0, w1, w2);          \
                }                                          \
                ROUNDS(w0, 48);                            \
                ROUNDS(w1, 52);                            \
                ROUNDS(w2, 56);                            \
                ROUNDS(w3, 60);                            \
        } while (0)

#if defined(__x86_64__)

#include <immintrin.h>

/* Four rounds, two by the lower half of wk and two by the upper. An instruction makes the new a b e f, and the old ones become
 * c d g h. */
#define ROUNDS(w, at)                                                                                                            \
        do {                                                                                                                     \
                __m128i wk = _mm_add_epi32(w, _mm_loadu_si128((const __m128i *) (const void *) (sha256_round_constant + (at)))); \
                cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);                                                                    \
                abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));                                           \
        } while (0)

/* The words of sixteen rounds later take the place of w0; w1 to w3 follow it, and w[t - 7] stands across w2 and w3. */
#define SCHEDULE(w0, w1, w2, w3) \
        w0 = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4)), w3)

#define WORDS(p) _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *) (const void *) (p)), big_endian)

SHA256_FAST void sha256_fast(uint32_t state[8], const uint8_t *p, size_t n_blocks) {
        const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
        __m128i abef = _mm_set_epi32((int) state[0], (int) state[1], (int) state[4], (int) state[5]);
        __m128i cdgh = _mm_set_epi32((int) state[2], (int) state[3], (int) state[6], (int) state[7]);

        for (; n_blocks > 0; n_blocks--, p += 64) {
                const __m128i old_abef = abef, old_cdgh = cdgh;
                __m128i w0 = WORDS(p), w1 = WORDS(p + 16), w2 = WORDS(p + 32), w3 = WORDS(p + 48);

                ALL_ROUNDS(w0, w1, w2, w3);
                abef = _mm_add_epi32(abef, old_abef);
                cdgh = _mm_add_epi32(cdgh, old_cdgh);
        }
        state[0] = (uint32_t) _mm_extract_epi32(abef, 3), state[1] = (uint32_t) _mm_extract_epi32(abef, 2);
        state[2] = (uint32_t) _mm_extract_epi32(cdgh, 3), state[3] = (uint32_t) _mm_extract_epi32(cdgh, 2);
        state[4] = (uint32_t) _mm_extract_epi32(abef, 1), state[5] = (uint32_t) _mm_extract_epi32(abef, 0);
        state[6] = (uint32_t) _mm_extract_epi32(cdgh, 1), state[7] = (uint32_t) _mm_extract_epi32(cdgh, 0);
}

#elif defined(__aarch64__)

#include <arm_neon.h>

/* Four rounds: one instruction makes a to d, the other e to h, both of what was before. */
#define ROUNDS(w, at)                                                                                 \
        do {                                                                                          \
                uint32x4_t wk = vaddq_u32(w, vld1q_u32(sha256_round_constant + (at))), before = abcd; \
                abcd = vsha256hq_u32(abcd, efgh, wk);                                                 \
                efgh = vsha256h2q_u32(efgh, before, wk);                                              \
        } while (0)

/* The words of sixteen rounds later take the place of w0; w1 to w3 follow it. */
#define SCHEDULE(w0, w1, w2, w3) w0 = vsha256su1q_u32(vsha256su0q_u32(w0, w1), w2, w3)

#define WORDS(p) vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p)))

SHA256_FAST void sha256_fast(uint32_t state[8], const uint8_t *p, size_t n_blocks) {
        uint32x4_t abcd = vld1q_u32(state), efgh = vld1q_u32(state + 4);

        for (; n_blocks > 0; n_blocks--, p += 64) {
                const uint32x4_t old_abcd = abcd, old_efgh = efgh;
                uint32x4_t w0 = WORDS(p), w1 = WORDS(p + 16), w2 = WORDS(p + 32), w3 = WORDS(p + 48);

                ALL_ROUNDS(w0, w1, w2, w3);
                abcd = vaddq_u32(abcd, old_abcd);
                efgh = vaddq_u32(efgh, old_efgh);
        }
        vst1q_u32(state, abcd);
        vst1q_u32(state + 4, efgh);
}

#else
#error "a new architecture: which instructions are there for SHA-256? None: sha256.c says so, and here is nothing to do"
#endif
