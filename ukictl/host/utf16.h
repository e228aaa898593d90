/* SPDX-License-Identifier: BSD-2-Clause */
/* UCS-2 as EFI variables have it, to and from ASCII. */
#pragma once

#include "host/host.h"

/* Appends the text up to the first NUL; false, and nothing written, if a character is not printable ASCII or the size is odd. */
bool utf16_read(struct span raw, struct text *ret);
/* ASCII to UCS-2 with a NUL; malloc'ed. */
struct bytes utf16_write(struct span ascii);
/* A variable that holds such a text. False if it is absent or does not. */
bool utf16_variable(const struct host *h, const char *name, const char *guid, struct text *ret);
