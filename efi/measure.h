/* SPDX-License-Identifier: BSD-2-Clause */
/* Measurements of ukiload's own; those of a boot are made by firmware, shim and the stub. */
#pragma once

#include "fw.h"

/* @measure: extends PCR 12 with the policy's text (its digest is the SHA-256 of the text), for those who seal to it. A machine without a TPM has
 * nothing to do; a failure is a failure. */
bool measure_policy(struct span text);
