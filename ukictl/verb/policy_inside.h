/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl policy`: its verbs, those that are not in policy.c. */
#pragma once

#include "judge/policy_file.h"
#include "verb/verb.h"

#define POLICY_VERB_CODES                                                                             \
        "Exit codes: 0 ok, 1 lint found something or a file cannot be read, 2 usage, 5 not a valid\n" \
        "policy or image, 7 a word is refused."

extern const struct verb policy_verb_suggest;

struct policy_job {
        struct call call;
        bool is_unsigned;
        const char *out;
        struct policy_file file;
};

/* verb/policy_open.c */

/* What may be a word is a policy if it is a file, or called like one. */
bool policy_is_named(const struct policy_job *job);
/* The policy of the first argument; without any, that of the installed ukiload. EXIT_OK, or a sentence. */
enum exit_code policy_open(struct policy_job *job, struct text *why);
enum exit_code policy_open_installed(struct policy_job *job, struct text *why);
