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

/* verb/policy_open.c. Each: EXIT_OK, or a sentence. */

/* The policy of the first argument, or of the installed ukiload if that names none; *ret_behind: the first argument that is
 * not it. */
enum exit_code policy_open(struct policy_job *job, size_t *ret_behind, struct text *why);
enum exit_code policy_open_installed(struct policy_job *job, struct text *why);
