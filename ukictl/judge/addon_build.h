/* SPDX-License-Identifier: BSD-2-Clause */
/* An addon as systemd-stub, shim and ukiload take it, from what it is to say. */
#pragma once

#include "host/files.h"

struct addon_parts {
        uint16_t machine;
        struct span sbat;                   /* empty: component uki-addon, generation 1 */
        struct span cmdline, uname, initrd; /* empty: has none */
};

/* The image, not signed, as the judge of firmware takes it; *ret is the caller's to bytes_free. False with a sentence. */
bool addon_build(const struct addon_parts *parts, struct bytes *ret, struct text *why);
