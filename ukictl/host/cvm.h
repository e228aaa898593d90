/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <stdbool.h>

/* This machine may be a confidential VM: ukiload then takes no unsigned word. In doubt true: one of the marks cannot be read from
 * user space. */
bool maybe_confidential_vm(void);
