/* SPDX-License-Identifier: BSD-2-Clause */
/* What was asked: the armed request in UkiloadRequest, which every start consumes, and our LoadOptions. */
#pragma once

#include "boot.h"

/* Takes the request out of UkiloadRequest: UkiloadLast says taken, the variable is deleted and looked for again, and only then is
 * it executed: if its id is new and the way fits. What cannot be read is deleted as well, and refused. What is stale or cannot be
 * deleted is noted and treated as absent. False (b->why says it) if it must be refused. */
bool arming_take(struct boot *b);
/* Deletes the request unread, without memory. True if there was one, and is no longer. */
bool arming_drop(void);
/* Reads our LoadOptions, which count if no armed request is executed. False if they must be refused. */
bool arming_options(struct boot *b);
