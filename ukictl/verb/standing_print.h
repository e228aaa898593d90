/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines that list and status open with. */
#pragma once

#include "judge/standing.h"
#include "out.h"

void standing_say(const struct standing *s);
/* The caller's. */
struct json_object *standing_json(const struct standing *s);
