/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host of a virtual machine says through SMBIOS. */
#pragma once

#include "fw.h"

#define SMBIOS_STUB_EXTRA "io.systemd.stub.kernel-cmdline-extra="
#define SMBIOS_BOOT_EXTRA "io.systemd.boot.kernel-cmdline-extra="

/* The vendor string's text after its key; empty if there is none, and always in a confidential VM. Firmware's memory. */
struct span smbios_text(const char *key);
