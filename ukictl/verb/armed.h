/* SPDX-License-Identifier: BSD-2-Clause */
/* What is armed, as every verb says it. */
#pragma once

#include "host/arming.h"
#include "out.h"

/* "BootNext Boot0002" */
void armed_way(const struct arming *a, struct text *ret);
/* id, way, image, profile, addons, words */
void armed_json(const struct arming *a, struct json_object *o);
