/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot loader's random seed (systemd "Random Seeds"): \loader\random-seed on the ESP and a configuration table for Linux. */
#pragma once

#include "volume.h"

/* Refreshes the seed file and hands a seed to the kernel, as a stub does if LoaderFeatures does not say that the boot loader did.
 * Nothing is worth a boot: failures are silent. */
void random_seed_refresh(const struct volume *esp, bool secure_boot);
