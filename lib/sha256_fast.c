/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256's compression by the processor's own instructions: SHA256RNDS2, SHA256MSG1 and SHA256MSG2 of Intel's SDM, volume 2;
 * SHA256H, SHA256H2, SHA256SU0 and SHA256SU1 of the Arm ARM (DDI 0487), C7.2. 64 rounds are 16 times four, and a vector holds
 * four words of the message schedule.
 *
 * Each instruction for the rounds waits for the one before it. Two lanes, states that have nothing to do with each other, fill
 * that waiting: both at once take hardly longer than one. */
#include "sha256_inside.h"

/* The same on both. Each way has its four rounds and its schedule, for one lane or for two: a lane is a state and the words of
 * its block, w0 to w3, and then those of the rounds to come. */
#define SIXTEEN(ROUNDS, SCHEDULE, at)     \
        do {                              \
                ROUNDS(w0, at);           \
                SCHEDULE(w0, w1, w2, w3); \
                ROUNDS(w1, (at) + 4);     \
                SCHEDULE(w1, w2, w3, w0); \
                ROUNDS(w2, (at) + 8);     \
                SCHEDULE(w2, w3, w0, w1); \
                ROUNDS(w3, (at) + 12);    \
                SCHEDULE(w3, w0, w1, w2); \
        } while (0)
#define LAST_SIXTEEN(ROUNDS)    \
        do {                    \
                ROUNDS(w0, 48); \
                ROUNDS(w1, 52); \
                ROUNDS(w2, 56); \
                ROUNDS(w3, 60); \
        } while (0)

#define ROUNDS_A(w, at)            ROUNDS(a, w, at)
#define SCHEDULE_A(w0, w1, w2, w3) SCHEDULE(a, w0, w1, w2, w3)
#define ROUNDS_AB(w, at)          \
        do {                      \
                ROUNDS(a, w, at); \
                ROUNDS(b, w, at); \
        } while (0)
#define SCHEDULE_AB(w0, w1, w2, w3)          \
        do {                                 \
                SCHEDULE(a, w0, w1, w2, w3); \
                SCHEDULE(b, w0, w1, w2, w3); \
        } while (0)

#if defined(__x86_64__)

#include <immintrin.h>

struct lane {
        __m128i abef, cdgh, w0, w1, w2, w3;
};

/* Four rounds, two by the lower half of wk and two by the upper. An instruction makes the new a b e f, and the old ones become
 * c d g h. */
#define ROUNDS(l, w, at)                                                                                                        \
        do {                                                                                                                    \
                __m128i wk =                                                                                                    \
                        _mm_add_epi32((l).w, _mm_loadu_si128((const __m128i *) (const void *) (sha256_round_constant + (at)))); \
                (l).cdgh = _mm_sha256rnds2_epu32((l).cdgh, (l).abef, wk);                                                       \
                (l).abef = _mm_sha256rnds2_epu32((l).abef, (l).cdgh, _mm_shuffle_epi32(wk, 0x0e));                              \
        } while (0)

/* The words of sixteen rounds later take the place of w0; w1 to w3 follow it, and w[t - 7] stands across w2 and w3. */
#define SCHEDULE(l, w0, w1, w2, w3)                                                                                            \
        (l).w0 = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32((l).w0, (l).w1), _mm_alignr_epi8((l).w3, (l).w2, 4)), \
                                      (l).w3)

#define WORDS(p) _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *) (const void *) (p)), big_endian)

#define BEGIN(l, state)                                                                                           \
        do {                                                                                                      \
                (l).abef = _mm_set_epi32((int) (state)[0], (int) (state)[1], (int) (state)[4], (int) (state)[5]); \
                (l).cdgh = _mm_set_epi32((int) (state)[2], (int) (state)[3], (int) (state)[6], (int) (state)[7]); \
        } while (0)
#define TAKE(l, p)  (l).w0 = WORDS(p), (l).w1 = WORDS((p) + 16), (l).w2 = WORDS((p) + 32), (l).w3 = WORDS((p) + 48)
#define ADD(l, old) (l).abef = _mm_add_epi32((l).abef, (old).abef), (l).cdgh = _mm_add_epi32((l).cdgh, (old).cdgh)
#define END(l, state)                                                                                                           \
        do {                                                                                                                    \
                (state)[0] = (uint32_t) _mm_extract_epi32((l).abef, 3), (state)[1] = (uint32_t) _mm_extract_epi32((l).abef, 2); \
                (state)[2] = (uint32_t) _mm_extract_epi32((l).cdgh, 3), (state)[3] = (uint32_t) _mm_extract_epi32((l).cdgh, 2); \
                (state)[4] = (uint32_t) _mm_extract_epi32((l).abef, 1), (state)[5] = (uint32_t) _mm_extract_epi32((l).abef, 0); \
                (state)[6] = (uint32_t) _mm_extract_epi32((l).cdgh, 1), (state)[7] = (uint32_t) _mm_extract_epi32((l).cdgh, 0); \
        } while (0)
#define CONSTANTS const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203)

#elif defined(__aarch64__)

#include <arm_neon.h>

struct lane {
        uint32x4_t abcd, efgh, w0, w1, w2, w3;
};

/* Four rounds: one instruction makes a to d, the other e to h, both of what was before. */
#define ROUNDS(l, w, at)                                                                                      \
        do {                                                                                                  \
                uint32x4_t wk = vaddq_u32((l).w, vld1q_u32(sha256_round_constant + (at))), before = (l).abcd; \
                (l).abcd = vsha256hq_u32((l).abcd, (l).efgh, wk);                                             \
                (l).efgh = vsha256h2q_u32((l).efgh, before, wk);                                              \
        } while (0)

/* The words of sixteen rounds later take the place of w0; w1 to w3 follow it. */
#define SCHEDULE(l, w0, w1, w2, w3) (l).w0 = vsha256su1q_u32(vsha256su0q_u32((l).w0, (l).w1), (l).w2, (l).w3)

#define WORDS(p) vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p)))

#define BEGIN(l, state) (l).abcd = vld1q_u32(state), (l).efgh = vld1q_u32((state) + 4)
#define TAKE(l, p)      (l).w0 = WORDS(p), (l).w1 = WORDS((p) + 16), (l).w2 = WORDS((p) + 32), (l).w3 = WORDS((p) + 48)
#define ADD(l, old)     (l).abcd = vaddq_u32((l).abcd, (old).abcd), (l).efgh = vaddq_u32((l).efgh, (old).efgh)
#define END(l, state)   vst1q_u32(state, (l).abcd), vst1q_u32((state) + 4, (l).efgh)
#define CONSTANTS

#else
#error "a new architecture: which instructions are there for SHA-256? None: sha256.c says so, and here is nothing to do"
#endif

SHA256_FAST void sha256_fast(uint32_t state[8], const uint8_t *p, size_t n_blocks) {
        CONSTANTS;
        struct lane a;

        BEGIN(a, state);
        for (; n_blocks > 0; n_blocks--, p += 64) {
                TAKE(a, p);
                const struct lane old = a;
                for (unsigned at = 0; at < 48; at += 16)
                        SIXTEEN(ROUNDS_A, SCHEDULE_A, at);
                LAST_SIXTEEN(ROUNDS_A);
                ADD(a, old);
        }
        END(a, state);
}

/* Without a loop inside: gcc moves registers at its end, which costs a fifth where there is no waiting to hide it in. */
SHA256_FAST void sha256_fast_two(uint32_t state[8], const uint8_t *p, uint32_t other[8], const uint8_t *q, size_t n_blocks) {
        CONSTANTS;
        struct lane a, b;

        BEGIN(a, state);
        BEGIN(b, other);
        for (; n_blocks > 0; n_blocks--, p += 64, q += 64) {
                TAKE(a, p);
                TAKE(b, q);
                const struct lane old_a = a, old_b = b;
                SIXTEEN(ROUNDS_AB, SCHEDULE_AB, 0);
                SIXTEEN(ROUNDS_AB, SCHEDULE_AB, 16);
                SIXTEEN(ROUNDS_AB, SCHEDULE_AB, 32);
                LAST_SIXTEEN(ROUNDS_AB);
                ADD(a, old_a);
                ADD(b, old_b);
        }
        END(a, state);
        END(b, other);
}
