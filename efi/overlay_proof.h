/* SPDX-License-Identifier: BSD-2-Clause */
/* The proof before the start, for the stub handoff: the overlay is walked as the UKI's stub is about to walk it. */
#pragma once

#include "boot.h"
#include "overlayfs.h"

/* From the loaded image's DeviceHandle and FilePath on, through the protocols on them: open each folder, GetInfo, list it to the
 * end, sort, open each addon, size, bytes. False, and b->why, unless exactly the plan's admitted addons are found, in its order
 * and with the bytes that were validated. */
bool overlay_proof(struct boot *b, const struct overlayfs *o, EFI_HANDLE image);
