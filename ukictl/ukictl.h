/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs share: their entry points and the exit codes that scripts rely on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_code {
        EXIT_OK = 0,
        EXIT_FAILED = 1,    /* a file cannot be read or written, or anything that has no code of its own */
        EXIT_USAGE = 2,
        EXIT_FORMAT = 5,    /* the image is refused for what it is */
        EXIT_UNTRUSTED = 6, /* signature or SBAT */
        EXIT_REFUSED = 7,   /* policy, or a request that does not hold */
};

/* Each gets argv with argv[0] "ukictl VERB" and returns an exit code. */
int verb_plan(int argc, char **argv);
int verb_predict(int argc, char **argv);
int verb_verify(int argc, char **argv);
int verb_policy(int argc, char **argv);
int verb_addon(int argc, char **argv);

/* The verbs of `ukictl policy`; argv[0] "ukictl policy VERB". */
int policy_check(int argc, char **argv);
int policy_lint_verb(int argc, char **argv);
int policy_embed(int argc, char **argv);
int policy_suggest(int argc, char **argv);
int policy_show(int argc, char **argv);
