/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to a TPM 2.0, whether it works: TPM2_ReadClock, which changes nothing and needs no authorization (TPM 2.0 Library,
 * part 3, 29.1). One whose self test failed answers all with TPM_RC_FAILURE; an emulator that has lost its TPM answers in another
 * form. */
#pragma once

#include "span.h"

#define TPM2_READ_CLOCK_BYTES 10u
#define TPM2_ANSWER_MAX       64u /* bytes; ReadClock's has 35 */

extern const uint8_t tpm2_read_clock[TPM2_READ_CLOCK_BYTES];

/* Whether the answer to it is one of a TPM that works. */
bool tpm2_works(struct span answer);
