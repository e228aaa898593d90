/* SPDX-License-Identifier: BSD-2-Clause */
/* The picture of a UKI, in the middle of the screen, as its stub would show it. */
#pragma once

#include "fw.h"

/* Anything wrong with the picture or the screen: nothing is shown. A picture is not worth a boot. */
void splash_show(struct span file);
