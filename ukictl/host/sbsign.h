/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include "host/files.h"

/* image signed by sbsign(1); *ret is the caller's to bytes_free. False with a sentence. */
bool sbsign(struct span image, const char *key, const char *cert, struct bytes *ret, struct text *why);
