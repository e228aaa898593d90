/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs share: their entry points and the exit codes that scripts rely on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_code {
        EXIT_OK = 0,
        EXIT_FAILED = 1, /* a file cannot be read or written, or anything that has no code of its own */
        EXIT_USAGE = 2,
        EXIT_NOT_ARMED = 3,
        EXIT_PRIVILEGE = 4,   /* has to be done as root */
        EXIT_FORMAT = 5,      /* the image is refused for what it is */
        EXIT_UNTRUSTED = 6,   /* signature or SBAT */
        EXIT_REFUSED = 7,     /* policy, or a request that does not hold */
        EXIT_NO_FIRMWARE = 8, /* no EFI variables, no ESP, no Boot#### entry */
        EXIT_NVRAM = 9,       /* a variable cannot be written */
        EXIT_FOREIGN = 10,    /* somebody else armed the next boot */
        EXIT_BYPASS = 11,     /* the next boot would not come to ukiload */
};

/* Each gets argv with argv[0] "ukictl VERB" and returns an exit code. */
int verb_plan(int argc, char **argv);
int verb_predict(int argc, char **argv);
int verb_verify(int argc, char **argv);
int verb_policy(int argc, char **argv);
int verb_addon(int argc, char **argv);

int verb_load(int argc, char **argv);
int verb_run(int argc, char **argv);
int verb_exec(int argc, char **argv);
int verb_unload(int argc, char **argv);
int verb_status(int argc, char **argv);
int verb_confirm(int argc, char **argv);
int verb_install(int argc, char **argv);
int verb_remove(int argc, char **argv);
int verb_list(int argc, char **argv);
int verb_kexec(int argc, char **argv);

/* ukictl under the name kexec; argv as kexec got it. */
int kexec_main(int argc, char **argv);

/* The verbs of `ukictl policy`; argv[0] "ukictl policy VERB". */
int policy_check(int argc, char **argv);
int policy_lint_verb(int argc, char **argv);
int policy_embed(int argc, char **argv);
int policy_suggest(int argc, char **argv);
int policy_show(int argc, char **argv);
