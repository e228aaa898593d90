/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pe_image.h"
#include "pe_signed.h"
#include "sha256.h"

static const struct pe_write_section sections[] = { TEXT_SECTION(".cmdline", "quiet") };
static const uint8_t info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
#define TABLE 256u

static struct image image;
static struct pe pe;

static bool changed(void) {
        char buf[256];
        struct text why = TEXT_IN(buf);

        assert_true(pe_open_file(image_span(&image), &pe, &why));
        return pe_changed_since_signed(&pe);
}

/* A DigestInfo with the image's digest, at this place of the certificate table. */
static void put_digest(size_t at) {
        struct pe_hashed hashed;
        struct sha256 ctx;
        uint8_t *to = image.bytes + pe.cert_off + at;

        (void) changed();
        pe_hashed_ranges(&pe, &hashed);
        sha256_init(&ctx);
        for (size_t i = 0; i < hashed.n; i++)
                sha256_update(&ctx, hashed.range[i]);
        memcpy(to, info, sizeof(info));
        sha256_final(&ctx, to + sizeof(info));
}

static int begin(void **state) {
        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, 1);
        return 0;
}

static void an_unsigned_image_was_not_changed(void **state) {
        (void) state;
        assert_false(changed());
}

static void other_digests_tell_nothing(void **state) {
        (void) state;
        image_sign(&image, TABLE);
        assert_false(changed());
}

static void a_digest_that_fits_and_one_that_does_not(void **state) {
        (void) state;
        image_sign(&image, TABLE);
        (void) changed();
        put_digest(8);
        assert_false(changed());
        image.bytes[image.n / 2] ^= 1;
        assert_true(changed());
        put_digest(100); /* a second signature, made after the change */
        assert_false(changed());
}

static void at_the_end_of_the_table(void **state) {
        (void) state;
        image_sign(&image, TABLE);
        (void) changed();
        put_digest(TABLE - sizeof(info) - SHA256_SIZE);
        assert_false(changed());
        image.bytes[pe.cert_off + TABLE - 1] ^= 1;
        assert_true(changed());
}

static void signatures_are_taken_one_by_one_at_multiples_of_eight(void **state) {
        static const uint8_t bytes[] = { 11, 0, 0, 0, 0, 2, 2, 0, 'a', 'b', 'c', 0, 0, 0, 0, 0, /* */
                                         9,  0, 0, 0, 0, 2, 1, 0, 'x', 0,   0,   0, 0, 0, 0, 0, /* of another kind */
                                         9,  0, 0, 0, 0, 2, 2, 0, 'd' };
        static const struct {
                uint8_t bytes[10];
                size_t n;
        } bad[] = { { { 8, 0, 0, 0, 0, 2, 2, 0 }, 10 },
                    { { 11, 0, 0, 0, 0, 2, 2, 0 }, 10 },
                    { { 9, 0, 0, 0, 0, 2, 2 }, 7 },
                    { { 9 }, 3 } };
        struct span table = { bytes, sizeof(bytes) }, got;
        char buf[100];
        struct text why = TEXT_IN(buf);

        (void) state;
        assert_true(pe_signed_next(&table, &got, &why));
        assert_true(span_eq_str(got, "abc"));
        assert_true(pe_signed_next(&table, &got, &why));
        assert_int_equal(got.n, 0);
        assert_true(pe_signed_next(&table, &got, &why));
        assert_true(span_eq_str(got, "d"));
        assert_int_equal(table.n, 0);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                text_clear(&why);
                table = (struct span) { bad[i].bytes, bad[i].n };
                assert_false(pe_signed_next(&table, &got, &why));
                assert_string_equal(buf, "has a certificate table that is not well formed");
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(an_unsigned_image_was_not_changed, begin),
                cmocka_unit_test_setup(other_digests_tell_nothing, begin),
                cmocka_unit_test_setup(a_digest_that_fits_and_one_that_does_not, begin),
                cmocka_unit_test_setup(at_the_end_of_the_table, begin),
                cmocka_unit_test(signatures_are_taken_one_by_one_at_multiples_of_eight),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
