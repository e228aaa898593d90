/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of judge/install*.c. */
#pragma once

#include "judge/install.h"

/* Whether a start of the entry, under Secure Boot, would take this image. */
bool install_is_trusted(const struct install_job *job, struct span image);
