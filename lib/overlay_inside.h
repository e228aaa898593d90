/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the overlay share; nobody else includes this. */
#pragma once

#include "overlay.h"

/* Cuts line with the kernel's tokenizer and with the early scan. In both, exactly the words of the signed line must come, with
 * those of the overlay before its `--` or at its end, and those of extra last. False with a clause that names the first word that
 * differs. */
bool overlay_judge(const struct overlay *o, struct span extra, struct span line, struct text *why);

/* What the kernel takes for parameters in the signed line: behind `--` stand init's arguments. */
struct span overlay_signed_parameters(const struct overlay *o);
