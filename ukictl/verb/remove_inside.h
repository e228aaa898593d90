/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl remove`. */
#pragma once

#include "host/arming.h"
#include "verb/verb.h"

struct removal {
        struct call call;
        struct names gone, kept;
};

/* verb/remove_kept.c: what is another ESP's goes to kept. */

/* True: there is an entry of another ukiload, and the variables that all of a machine share stay with it. */
bool remove_keep_alike(struct removal *m, const struct arming *a);
void remove_keep_others(struct removal *m);
