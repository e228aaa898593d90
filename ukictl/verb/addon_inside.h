/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl addon`: its verbs. */
#pragma once

#include "verb/verb.h"

extern const struct verb addon_verb_make;
