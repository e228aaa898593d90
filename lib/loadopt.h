/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_LOAD_OPTION (UEFI 2.10, 3.1.3): what a Boot#### variable holds, and what some firmware gives as LoadOptions. */
#pragma once

#include "span.h"

/* Takes one apart: attributes, bytes of the device paths, description, the device paths, optional data. Both results borrow raw;
 * either may be empty. False: a part of it is not there, and nothing was written. */
bool loadopt_open(struct span raw, struct span *ret_paths, struct span *ret_optional);
/* Takes the first device path off a list of them (10.3.1): whole nodes, and the End node of the whole path. False: it has none,
 * and *list is what it was. */
bool loadopt_next_path(struct span *list);
