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

#include "sha256.h"
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
        };

        srand(1);
        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t) rand();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
