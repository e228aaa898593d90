/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tpm2.h"

static void a_tpm_works_if_it_answers_with_success(void **state) {
        static const struct {
                uint8_t bytes[12];
                size_t n;
                bool works;
        } rows[] = {
                { { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0, 0, 1, 2 }, 12, true },
                { { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0 }, 9, false },
                { { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x01 }, 10, false }, /* TPM_RC_FAILURE */
                { { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x00 }, 10, false }, /* TPM_RC_INITIALIZE */
                { { 0x00, 0xc4, 0, 0, 0, 10, 0, 0, 0, 0x09 }, 10, false },    /* of TPM 1.2: TPM_FAIL */
                { { 0x00, 0xc4, 0, 0, 0, 10, 0, 0, 0, 0 }, 10, false },
                { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 10, false },
                { { 0 }, 0, false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_int_equal(tpm2_works((struct span) { rows[i].bytes, rows[i].n }), rows[i].works);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_tpm_works_if_it_answers_with_success),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
