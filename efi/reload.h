/* SPDX-License-Identifier: BSD-2-Clause */
/* One UKI, from its file to its start. */
#pragma once

#include "boot.h"

enum reload_result {
        RELOAD_NEXT,   /* this UKI is not to be started; another one may be */
        RELOAD_STOP,   /* nothing is to be started */
        RELOAD_FAILED, /* it was started, and came back */
};

/* Tries to start the UKI at path. Comes back only if it does not run; b->why says why. */
enum reload_result reload_try(struct boot *b, const struct volume *volume, const char *path);
