/* SPDX-License-Identifier: BSD-2-Clause */
/* BootOrder, firmware's list of the Boot#### entries that it tries by itself (UEFI 2.10, 3.1.2). */
#pragma once

#include "host/host.h"

bool boot_order_has(const struct host *h, uint16_t number);
/* Takes number out of it, if it is in there. */
enum exit_code boot_order_without(const struct host *h, uint16_t number, struct text *why);
