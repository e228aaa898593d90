/* SPDX-License-Identifier: BSD-2-Clause */
/* A device tree in an addon (Devicetree Specification 0.4, 5). It describes hardware, but its property /chosen/bootargs is a
 * command line, which the kernel of arm64 takes where it gets no other: words that no rule of a policy has seen. */
#pragma once

#include "span.h"
#include "text.h"

/* False with a clause if a kernel could find a property `bootargs` in it, in whatever node: the name, with its NUL, stands
 * somewhere in the bytes; or its header claims more bytes than there are, so that the name could stand behind them. What is no
 * device tree has none. */
bool dtb_without_bootargs(struct span dtb, struct text *why);
