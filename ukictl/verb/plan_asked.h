/* SPDX-License-Identifier: BSD-2-Clause */
/* What `ukictl plan` and `predict` are asked alike: a UKI, and what a request for it would say. */
#pragma once

#include "judge/named.h"
#include "judge/plan_job.h"
#include "verb/verb.h"

struct plan_asked {
        const char *policy, *append, *profile, *machine;
        struct option_list addons;
        bool only_installed; /* without policy only that of the installed ukiload counts, and none that is to come */
        /* found */
        char *to_come; /* what has the policy that ukictl install would put in, where nothing is installed */
        struct named named;
        char profile_text[16];
};

/* clang-format off */
#define OPTIONS_PLAN(type, asked)                                                                                       \
        OPTION(LIST, type, asked.addons, "addon", "NAME|FILE",                                                           \
               "as ukiload.addon=; NAME of its volume's EFI/ukiload/addons; may repeat"),                                  \
        OPTION(TEXT, type, asked.profile, "profile", "N|ID", "as ukiload.profile=, or its ID="),                        \
        OPTION(TEXT, type, asked.append, "append", "WORDS", "kernel parameters of the request"),                        \
        OPTION(TEXT, type, asked.policy, "policy", "FILE",                                                              \
               "ukiload's policy: text, or a ukiload image (default: the installed one)"),                              \
        OPTION(TEXT, type, asked.machine, "machine", ARCH_NAMES, "of the firmware (default: this machine's)")
/* clang-format on */

/* The first argument or, without one, the image that ukiload takes by itself; everything that was asked, and what this machine
 * adds, read into ret. EXIT_OK, or a sentence. What ret points to is plan_asked_free's. */
enum exit_code plan_asked_gather(struct plan_asked *asked, struct call *call, struct plan_job *ret, struct text *why);
void plan_asked_free(struct plan_asked *asked);
