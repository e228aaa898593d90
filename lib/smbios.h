/* SPDX-License-Identifier: BSD-2-Clause */
/* Vendor strings in SMBIOS type 11 (DMTF DSP0134, 7.12), with which a VM's host passes words to systemd-boot and systemd-stub. */
#pragma once

#include "span.h"

/* Where the structure table lies, from a 32-bit ("_SM_") or 64-bit ("_SM3_") entry point. */
struct smbios_table { uint64_t address; size_t size; };

bool smbios_entry_point(struct span entry, struct smbios_table *ret);
/* The rest of the first type 11 string that begins with key (say "io.systemd.stub.kernel-cmdline-extra="); false if there is none. Strings of a damaged
 * structure are not looked at. */
bool smbios_vendor_string(struct span table, const char *key, struct span *ret);
