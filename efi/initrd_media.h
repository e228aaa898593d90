/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrd for Linux behind LoadFile2 on its media device path (Linux "The EFI Boot Stub", LINUX_EFI_INITRD_MEDIA_GUID). */
#pragma once

#include "fw.h"
#include "initrd.h"

/* Somebody has registered an initrd already: a stub would fail on it, or merge it unsigned. */
bool initrd_media_taken(void);
/* Offers the pieces to the kernel; what it is given is compared with them before it has it. Nothing is registered for an empty
 * list. list is borrowed until initrd_media_remove. */
EFI_STATUS initrd_media_offer(const struct initrd *list);
/* Looks for the initrd as Linux does: what answers is ours, and has these pieces; for an empty list nothing answers. False with a
 * clause. */
bool initrd_media_proof(const struct initrd *list, struct text *why);
void initrd_media_remove(void);
