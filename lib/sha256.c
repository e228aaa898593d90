/* SPDX-License-Identifier: BSD-2-Clause */
/* FIPS 180-4, section 6.2. UKIs have up to some hundred megabytes and this runs before there is an operating system: by the
 * processor's own instructions where it has them (sha256_fast.c), else in C, where sixteen rounds are written out at a time: the
 * working variables change their names instead of their places. */
#include "sha256_inside.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

#define SSSE3  (1u << 9)  /* leaf 1, ecx */
#define SSE4_1 (1u << 19) /* leaf 1, ecx */
#define SHA    (1u << 29) /* leaf 7, ebx */
#endif

const uint32_t sha256_round_constant[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
        0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
        0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
        0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
        0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
        0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define ROTATE(x, n) ((x) >> (n) | (x) << (32 - (n)))

/* w is the message schedule's word for this round, k the round's constant. The majority of a, b, c is told with a ^ b, which is
 * the next round's b ^ c; ab and bc hold them. */
#define ROUND(a, b, c, d, e, f, g, h, k, w)                                     \
        do {                                                                    \
                (h) += big_sigma1(e) + ((g) ^ ((e) & ((f) ^ (g)))) + (k) + (w); \
                (d) += (h);                                                     \
                ab = (a) ^ (b);                                                 \
                (h) += big_sigma0(a) + ((b) ^ (bc & ab));                       \
                bc = ab;                                                        \
        } while (0)

/* The rotations of the standard, nested: the copies of x that each of its own would need are instructions too. */
static inline __attribute__((always_inline)) uint32_t big_sigma0(uint32_t x) {
        uint32_t t = ROTATE(x, 9) ^ x;

        t = ROTATE(t, 11) ^ x;
        return ROTATE(t, 2);
}

static inline __attribute__((always_inline)) uint32_t big_sigma1(uint32_t x) {
        uint32_t t = ROTATE(x, 14) ^ x;

        t = ROTATE(t, 5) ^ x;
        return ROTATE(t, 6);
}

static inline __attribute__((always_inline)) uint32_t small_sigma0(uint32_t x) {
        uint32_t t = ROTATE(x, 11) ^ x;

        return ROTATE(t, 7) ^ x >> 3;
}

static inline __attribute__((always_inline)) uint32_t small_sigma1(uint32_t x) {
        uint32_t t = ROTATE(x, 2) ^ x;

        return ROTATE(t, 17) ^ x >> 10;
}

/* The schedule needs only its last sixteen words, so it lives in a ring of sixteen. */
static inline __attribute__((always_inline)) uint32_t next_word(uint32_t *w, unsigned i) {
        return w[i & 15] += small_sigma1(w[(i + 14) & 15]) + w[(i + 9) & 15] + small_sigma0(w[(i + 1) & 15]);
}

static inline __attribute__((always_inline)) uint32_t given_word(const uint32_t *w, unsigned i) {
        return w[i];
}

/* Eight rounds bring every variable back to its name. */
#define EIGHT(k, w, at, WORD)                                                    \
        do {                                                                     \
                ROUND(a, b, c, d, e, f, g, h, (k)[(at) + 0], WORD(w, (at) + 0)); \
                ROUND(h, a, b, c, d, e, f, g, (k)[(at) + 1], WORD(w, (at) + 1)); \
                ROUND(g, h, a, b, c, d, e, f, (k)[(at) + 2], WORD(w, (at) + 2)); \
                ROUND(f, g, h, a, b, c, d, e, (k)[(at) + 3], WORD(w, (at) + 3)); \
                ROUND(e, f, g, h, a, b, c, d, (k)[(at) + 4], WORD(w, (at) + 4)); \
                ROUND(d, e, f, g, h, a, b, c, (k)[(at) + 5], WORD(w, (at) + 5)); \
                ROUND(c, d, e, f, g, h, a, b, (k)[(at) + 6], WORD(w, (at) + 6)); \
                ROUND(b, c, d, e, f, g, h, a, (k)[(at) + 7], WORD(w, (at) + 7)); \
        } while (0)

static uint32_t big_endian(const uint8_t *p) {
        uint32_t value;

        /* One load, whatever the alignment. Without the prefix a freestanding build calls memcpy each time, 1.6 times slower. */
        __builtin_memcpy(&value, p, sizeof(value));
        return __builtin_bswap32(value);
}

static void plain(uint32_t state[8], const uint8_t *p, size_t n_blocks) {
        for (; n_blocks > 0; n_blocks--, p += 64) {
                uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
                uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
                uint32_t w[16], ab, bc = b ^ c;

                for (size_t i = 0; i < 16; i++)
                        w[i] = big_endian(p + 4 * i);
                EIGHT(sha256_round_constant, w, 0, given_word);
                EIGHT(sha256_round_constant, w, 8, given_word);
                for (const uint32_t *k = sha256_round_constant + 16; k < sha256_round_constant + 64; k += 16) {
                        EIGHT(k, w, 0, next_word);
                        EIGHT(k, w, 8, next_word);
                }
                state[0] += a, state[1] += b, state[2] += c, state[3] += d;
                state[4] += e, state[5] += f, state[6] += g, state[7] += h;
        }
}

static void compress(struct sha256 *ctx, const uint8_t *p, size_t n_blocks) {
        if (ctx->fast)
                sha256_fast(ctx->state, p, n_blocks);
        else
                plain(ctx->state, p, n_blocks);
}

#if defined(__x86_64__)

static bool fast_here(void) {
        const unsigned vectors = SSSE3 | SSE4_1;
        unsigned a, b, c, d;

        return __get_cpuid(1, &a, &b, &c, &d) && (c & vectors) == vectors && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & SHA);
}

#elif defined(__aarch64__)

/* Firmware may read this register, and Linux (since 4.11) answers for it where a program does. */
static bool fast_here(void) {
        uint64_t isar0;

        __asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(isar0));
        return (isar0 >> 12 & 15) != 0; /* its field SHA2 */
}

#else
#error "a new architecture: has its processor instructions for SHA-256, which sha256_fast.c would use?"
#endif

void sha256_init(struct sha256 *ctx) {
        static const uint32_t initial[8] = {
                0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
        };

        memcpy(ctx->state, initial, sizeof(initial));
        ctx->bytes = 0;
        ctx->fast = fast_here();
}

void sha256_update(struct sha256 *ctx, struct span data) {
        size_t held = (size_t) (ctx->bytes % 64);

        ctx->bytes += data.n;
        if (held > 0) {
                size_t take = data.n < 64 - held ? data.n : 64 - held;

                if (take > 0)
                        memcpy(ctx->block + held, data.p, take);
                if (held + take < 64)
                        return;
                compress(ctx, ctx->block, 1);
                data = span_from(data, take);
        }
        compress(ctx, data.p, data.n / 64);
        if (data.n % 64 > 0)
                memcpy(ctx->block, data.p + (data.n - data.n % 64), data.n % 64);
}

static void put_big_endian(uint8_t *p, uint32_t value) {
        value = __builtin_bswap32(value);
        memcpy(p, &value, sizeof(value));
}

void sha256_final(struct sha256 *ctx, uint8_t ret_digest[SHA256_SIZE]) {
        size_t held = (size_t) (ctx->bytes % 64);
        uint64_t bits = ctx->bytes * 8;

        ctx->block[held++] = 0x80;
        if (held > 56) {
                memset(ctx->block + held, 0, 64 - held);
                compress(ctx, ctx->block, 1);
                held = 0;
        }
        memset(ctx->block + held, 0, 56 - held);
        put_big_endian(ctx->block + 56, (uint32_t) (bits >> 32));
        put_big_endian(ctx->block + 60, (uint32_t) bits);
        compress(ctx, ctx->block, 1);
        for (size_t i = 0; i < 8; i++)
                put_big_endian(ret_digest + 4 * i, ctx->state[i]);
}

void sha256_of(struct span data, uint8_t ret_digest[SHA256_SIZE]) {
        struct sha256 ctx;

        sha256_init(&ctx);
        sha256_update(&ctx, data);
        sha256_final(&ctx, ret_digest);
}
