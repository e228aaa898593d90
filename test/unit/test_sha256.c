/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
/* The old names are the only ones that show their counter, which one test sets. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "sha256_inside.h"
#include "text.h"

static uint8_t data[200 * 1000];

static void knows_the_examples_of_the_standard(void **state) {
        static const struct {
                const char *message, *digest;
        } examples[] = {
                { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
                { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
                { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
                uint8_t digest[SHA256_SIZE];
                char hex[65];
                struct text t = TEXT_IN(hex);

                sha256_of(span_of(examples[i].message), digest);
                text_hex(&t, (struct span) { digest, sizeof(digest) });
                assert_string_equal(hex, examples[i].digest);
        }
}

/* Every length around the block's and the padding's edges, and larger ones. */
static void agrees_with_libcrypto(void **state) {
        (void) state;
        for (size_t n = 0; n < sizeof(data); n += n < 300 ? 1 : 997 + n / 7) {
                uint8_t ours[SHA256_SIZE], theirs[SHA256_SIZE];

                sha256_of((struct span) { data + n % 5 % (n + 1), n - n % 5 % (n + 1) }, ours);
                SHA256(data + n % 5 % (n + 1), n - n % 5 % (n + 1), theirs);
                assert_memory_equal(ours, theirs, sizeof(ours));
        }
}

static void does_not_care_about_the_pieces(void **state) {
        (void) state;
        for (unsigned round = 0; round < 400; round++) {
                size_t n = (size_t) rand() % 3000, done = 0;
                uint8_t ours[SHA256_SIZE], theirs[SHA256_SIZE];
                struct sha256 ctx;

                sha256_init(&ctx);
                while (done < n) {
                        size_t piece = (size_t) rand() % (round % 2 ? 200 : 70);

                        piece = piece < n - done ? piece : n - done;
                        sha256_update(&ctx, (struct span) { piece > 0 ? data + done : NULL, piece });
                        done += piece;
                }
                sha256_final(&ctx, ours);
                SHA256(data, n, theirs);
                assert_memory_equal(ours, theirs, sizeof(ours));
        }
}

/* In C, and by the processor's instructions where it has them: the same over random bytes, however they come. */
static void is_one_digest_by_either_way(void **state) {
        struct sha256 asked;

        (void) state;
        sha256_init(&asked);
        if (!asked.fast)
                print_message("this processor has no instructions for SHA-256: only the way in C is tried\n");
        for (unsigned round = 0; round < 2000; round++) {
                size_t n = (size_t) rand() % (round % 10 ? 1000 : sizeof(data) - 64), from = (size_t) rand() % 64,
                       cut = (size_t) rand() % (n + 1);
                uint8_t in_c[SHA256_SIZE], found[SHA256_SIZE];
                struct sha256 slow, ctx;

                sha256_init(&slow);
                slow.fast = false;
                sha256_update(&slow, (struct span) { data + from, n });
                sha256_final(&slow, in_c);
                sha256_init(&ctx);
                sha256_update(&ctx, (struct span) { data + from, cut });
                sha256_update(&ctx, (struct span) { data + from + cut, n - cut });
                sha256_final(&ctx, found);
                assert_memory_equal(in_c, found, sizeof(found));
        }
}

/* Two at a time, of any lengths and in any pieces, that begin anywhere: each is what it is alone. */
static void is_one_digest_beside_another(void **state) {
        (void) state;
        for (unsigned round = 0; round < 2000; round++) {
                struct sha256 ctx[2], other;
                struct span all[2], first[2];
                uint8_t alone[SHA256_SIZE], found[SHA256_SIZE];

                for (size_t i = 0; i < 2; i++) {
                        all[i].p = data + (size_t) rand() % 64;
                        all[i].n = (size_t) rand() % (round % 10 ? 1000 : sizeof(data) - 64);
                        first[i] = (struct span) { all[i].p, (size_t) rand() % (all[i].n + 1) };
                        sha256_init(&ctx[i]);
                        ctx[i].fast = ctx[i].fast && round % 7 != i;
                }
                sha256_update_two(&ctx[0], first[0], &ctx[1], first[1]);
                sha256_update_two(&ctx[0], span_from(all[0], first[0].n), &ctx[1], span_from(all[1], first[1].n));
                for (size_t i = 0; i < 2; i++) {
                        sha256_final(&ctx[i], found);
                        sha256_init(&other);
                        other.fast = false;
                        sha256_update(&other, all[i]);
                        sha256_final(&other, alone);
                        assert_memory_equal(found, alone, sizeof(alone));
                }
        }
}

#if defined(__x86_64__)

/* All loads and stores in one asm statement, so that nothing of this machine's code comes between them and the call. */
static void call_with(uint8_t registers[160], uint32_t hash[8], const uint8_t *p, size_t n) {
        void(__attribute__((ms_abi)) * call)(uint32_t *, const uint8_t *, size_t) = sha256_fast;
        register size_t blocks __asm__("r8") = n;
        void *kept = registers;

        __asm__ volatile(
                "movups (%%rbx), %%xmm6\n movups 16(%%rbx), %%xmm7\n movups 32(%%rbx), %%xmm8\n movups 48(%%rbx), %%xmm9\n"
                "movups 64(%%rbx), %%xmm10\n movups 80(%%rbx), %%xmm11\n movups 96(%%rbx), %%xmm12\n"
                "movups 112(%%rbx), %%xmm13\n movups 128(%%rbx), %%xmm14\n movups 144(%%rbx), %%xmm15\n"
                "mov %%rsp, %%r12\n sub $256, %%rsp\n and $-16, %%rsp\n call *%[call]\n mov %%r12, %%rsp\n"
                "movups %%xmm6, (%%rbx)\n movups %%xmm7, 16(%%rbx)\n movups %%xmm8, 32(%%rbx)\n movups %%xmm9, 48(%%rbx)\n"
                "movups %%xmm10, 64(%%rbx)\n movups %%xmm11, 80(%%rbx)\n movups %%xmm12, 96(%%rbx)\n"
                "movups %%xmm13, 112(%%rbx)\n movups %%xmm14, 128(%%rbx)\n movups %%xmm15, 144(%%rbx)\n"
                : "+b"(kept), "+c"(hash), "+d"(p), "+r"(blocks), [call] "+a"(call)
                :
                : "r9", "r10", "r11", "r12", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                  "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

/* Firmware's own functions call ours, and expect these registers back. */
static void gives_back_the_registers_that_firmware_keeps(void **state) {
        uint8_t registers[160];
        struct sha256 ctx;

        (void) state;
        sha256_init(&ctx);
        if (!ctx.fast)
                return;
        memcpy(registers, data, sizeof(registers));
        call_with(registers, ctx.state, data, 100);
        assert_memory_equal(registers, data, sizeof(registers));
}

#else

static void gives_back_the_registers_that_firmware_keeps(void **state) {
        (void) state; /* one convention on both sides */
}

#endif

/* The length goes into the last block as 64 bits: 2^32 bytes are more bits than 32 can count. */
static void counts_long_messages(void **state) {
        uint8_t ours[SHA256_SIZE], theirs[SHA256_SIZE];
        struct sha256 ctx;
        SHA256_CTX reference;

        (void) state;
        /* as if 2^32 bytes had gone by: both sides have the same state and count from there */
        sha256_init(&ctx);
        ctx.bytes = (uint64_t) 1 << 32;
        SHA256_Init(&reference);
        reference.Nh = 8; /* bits >> 32 */
        sha256_update(&ctx, (struct span) { data, 100 });
        SHA256_Update(&reference, data, 100);
        sha256_final(&ctx, ours);
        SHA256_Final(theirs, &reference);
        assert_memory_equal(ours, theirs, sizeof(ours));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(knows_the_examples_of_the_standard),
                cmocka_unit_test(agrees_with_libcrypto),
                cmocka_unit_test(does_not_care_about_the_pieces),
                cmocka_unit_test(counts_long_messages),
                cmocka_unit_test(is_one_digest_by_either_way),
                cmocka_unit_test(is_one_digest_beside_another),
                cmocka_unit_test(gives_back_the_registers_that_firmware_keeps),
        };

        srand(1);
        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t) rand();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
