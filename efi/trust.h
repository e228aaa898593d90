/* SPDX-License-Identifier: BSD-2-Clause */
/* Who validates an image here, and the one way in which ukiload loads one: LoadImage, from the bytes that were judged. */
#pragma once

#include "fw.h"
#include "pe.h"

enum trust_way {
        TRUST_FIRMWARE,    /* firmware's own LoadImage: db and dbx, or nothing with Secure Boot off */
        TRUST_SHIM_HOOKED, /* shim 16 stands behind BS->LoadImage: db, machine owner keys, SBAT */
        TRUST_SHIM_LOCK,   /* older shim, or one that does not hook: its lock protocol is asked around each load */
};

struct trust {
        bool secure_boot;      /* in doubt true */
        bool shim_accepts_all; /* somebody switched shim's validation off (mokutil --disable-validation) */
        enum trust_way way;
};

void trust_probe(struct trust *ret);
/* "validated by shim", "validated by firmware", "not validated: Secure Boot is off", or that shim's validation is. */
const char *trust_clause(const struct trust *t);

/* LoadImage(SourceBuffer) with BootPolicy FALSE, of the file that pe was opened from, whose bytes may be freed afterwards. False
 * with a clause; then nothing is left loaded. What shim will not load is not shown to it, for a refusal leaves measurements
 * behind. */
bool trust_load(const struct trust *t, EFI_DEVICE_PATH *path, const struct pe *pe, EFI_HANDLE *ret_image, struct text *why);
/* The same as a stub asks it: by the path alone, where the overlay shows this file. */
bool trust_load_shown(const struct trust *t, EFI_DEVICE_PATH *path, const struct pe *pe, EFI_HANDLE *ret_image, struct text *why);
/* Whether shim's LoadImage would take the kernel inside a UKI, pe: it looks at more than firmware's, and a stub whose kernel is
 * refused may crash. */
bool trust_takes_kernel(const struct trust *t, const struct pe *pe, struct text *why);
/* LoadImage for the kernel inside a UKI that trust_load accepted: kernel is exactly the .linux section of the loaded image uki.
 * Under a hooking shim its section cache vouches for it; elsewhere a security override accepts this one buffer, whose bytes the
 * UKI's signature covers. */
bool trust_load_kernel(const struct trust *t, EFI_HANDLE uki, struct span kernel, EFI_HANDLE *ret_image, struct text *why);
/* The loaded image's memory. */
bool trust_image_bytes(EFI_HANDLE image, struct span *ret);
/* An older shim removes its lock protocol when a loader starts something; the UKI's stub would then drop addons without a word.
 * Call before StartImage. False with a sentence if shim cannot be asked to keep it. */
bool trust_retain(const struct trust *t, struct text *why);
/* A shim before 16 stands in the chain, whether or not its protocols are there yet: it left its variable and has no image loader
 * protocol. */
bool trust_old_shim(void);
