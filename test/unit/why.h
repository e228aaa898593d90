/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a clause is written, and a setup that empties it before each test. */
#pragma once

#include "text.h"

static char buf[384];
static struct text why;

static int fresh(void **state) {
        (void) state;
        why = TEXT_IN(buf);
        return 0;
}
