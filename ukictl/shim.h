/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding shim, which starts what is not signed by a key in db. */
#pragma once

#include "bootentry.h"

/* Firmware's path of the shim that this machine boots through, else of any on the ESP. False if there is none. */
bool shim_find(const struct host *h, const struct boot_entries *entries, struct text *ret);
/* The file on the ESP says of itself that it is shim (its .sbat). */
bool shim_is(const struct host *h, const char *path);
/* Some builds of shim take no options on the removable path. */
bool shim_on_removable_path(const char *path);
/* shim 16.0 hooks LoadImage but does not know the kernel inside a validated image; 16.1 does. */
bool shim_wants_signed_kernel(const struct host *h, const char *path);
