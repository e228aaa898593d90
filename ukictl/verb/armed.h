/* SPDX-License-Identifier: BSD-2-Clause */
/* What is armed, as every verb says it. */
#pragma once

#include "host/arming.h"
#include "out.h"

/* "BootNext Boot0002" */
void armed_way(const struct arming *a, struct text *ret);
/* id, way, image, partition, profile, addons, words */
void armed_json(const struct arming *a, struct json_object *o);
/* image, and partition if the request names one */
void armed_json_image(const struct request *r, struct json_object *o);
/* The image on this host; malloc'ed, NULL: it is not there, or its partition is not mounted. */
char *armed_file(const struct host *h, const struct request *r);
/* That a reboot starts what is armed: no other boot comes first, and the image is still the one that was judged. Better now than
 * after it. EXIT_OK, also where it cannot be seen; else a sentence. */
enum exit_code armed_check(const struct host *h, const struct arming *a, struct text *why);
