/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials and extensions beside a UKI, packed as its stub packs them: each folder into one archive, each file read straight
 * to its place in it. */
#pragma once

#include "plan.h"
#include "stubrole.h"
#include "volume.h"

struct sidecars {
        struct span archive[STUBROLE_SIDECARS]; /* pool; sidecars_free */
};

/* In the role of the UKI's stub. What cannot be read is left out, as the stub leaves it out; the first such folder or file is
 * named in left_out ("\loader\credentials cannot be read ..."). False with a clause ("has more than...") if there are more files
 * than there is room for. ret is to be freed in any case. */
bool sidecars_make(const struct volume *v, const char *uki_path, const struct uki *uki, struct sidecars *ret,
                   struct text *left_out, struct text *why);
void sidecars_free(struct sidecars *s);
