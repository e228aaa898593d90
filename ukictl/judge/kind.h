/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file is that was named where a UKI is wanted: who named it is told that first, and not what its signature or its
 * sections lack. */
#pragma once

#include "span.h"

enum kind {
        KIND_UKI, /* or what cannot be told from one: the judge of UKIs has the word */
        KIND_KERNEL,
        KIND_ADDON,
        KIND_THIN, /* a stub with its kernel in another file */
        KIND_STUB,
        KIND_UKILOAD,
        KIND_SHIM,
        KIND_LOADER,  /* systemd-boot, GRUB */
        KIND_PROGRAM, /* another EFI program */
        KIND_EMPTY,
        KIND_ARCHIVE, /* an initrd, or something else that is packed */
        KIND_ELF,
};

/* By the first bytes and the sections of the file; nothing of it is judged. */
enum kind kind_of(struct span file);
/* "is a kernel, not a UKI: ...", with what to do; "" for KIND_UKI. */
const char *kind_refusal(enum kind kind);
