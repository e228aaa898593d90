/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl policy`: its verbs, those that are not in policy.c. */
#pragma once

#include "verb/verb.h"

#define POLICY_VERB_CODES                                                                             \
        "Exit codes: 0 ok, 1 lint found something or a file cannot be read, 2 usage, 5 not a valid\n" \
        "policy or image, 7 a word is refused."

extern const struct verb policy_verb_suggest;
