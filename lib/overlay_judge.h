/* SPDX-License-Identifier: BSD-2-Clause */
/* The second look: overlay.c's own; nobody else includes this. */
#pragma once

#include "overlay.h"

/* Cuts line with the kernel's tokenizer and with the early scan, and compares with the words of its parts cut alone: the signed line
 * up to its `--`, the overlay, the rest of the signed line, extra. False with a clause that names the first word that differs. */
bool overlay_judge(const struct overlay *o, struct span extra, struct span line, struct text *why);
