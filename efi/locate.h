/* SPDX-License-Identifier: BSD-2-Clause */
/* Which UKI: the one that the request names, or the first of the Boot Loader Specification's order that can be started. */
#pragma once

#include "reload.h"

/* Tries them until one runs. Comes back only if none does; b->why says why. */
enum reload_result locate_and_try(struct boot *b);
