/* SPDX-License-Identifier: BSD-2-Clause */
/* An older systemd-boot's part in the start of a UKI: lib/loaderline.h. Who seals to PCR 12 finds there what a boot without
 * ukiload has. */
#pragma once

#include "boot.h"

/* What it would have told the UKI at hand, into b->told. */
void loader_line_find(struct boot *b);
/* Measures that as it does: that it fails is not looked at. */
void loader_line_measure(const struct boot *b);
/* What of it the stub is to get; empty: nothing. */
struct span loader_line_for_stub(const struct boot *b);
