/* SPDX-License-Identifier: BSD-2-Clause */
/* Vendor strings in SMBIOS type 11 (DMTF DSP0134, 7.12), with which a VM's host passes words to systemd-boot and systemd-stub. */
#pragma once

#include "span.h"

/* Where the structure table lies, from a 32-bit ("_SM_") or 64-bit ("_SM3_") entry point. */
struct smbios_table {
        uint64_t address;
        size_t size;
};

bool smbios_entry_point(struct span entry, struct smbios_table *ret);
/* What follows key (say "io.systemd.stub.kernel-cmdline-extra=") in the first string that begins with it; false if there is none.
 * As systemd-stub looks (src/boot/smbios.c, the same from 255 to 262): in the first structure of type 11 only, up to its first
 * empty string. */
bool smbios_vendor_string(struct span table, const char *key, struct span *ret);
