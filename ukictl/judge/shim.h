/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding shim, which starts what is not signed by a key in db. */
#pragma once

#include "host/bootentry.h"

/* Firmware's path of the shim that this machine boots through, else of any on the ESP. False if there is none. */
bool shim_find(const struct host *h, const struct boot_entries *entries, struct text *ret);
/* The file on the ESP says of itself that it is shim (its .sbat). */
bool shim_is(const struct host *h, const char *path);
/* Some builds of shim take no options on the removable path. */
bool shim_on_removable_path(const char *path);
/* "16.1" as the file says of itself, times 100: 1601; 0: it does not say. */
unsigned shim_version(const struct host *h, const char *path);
/* From here on shim's LoadImage replaces firmware's; before, shim is asked about images that firmware loads. */
#define SHIM_LOADS_SINCE 1600u
/* 16.0 does not know the kernel inside a validated image; from here on it does. */
#define SHIM_KNOWS_KERNEL_SINCE 1601u
