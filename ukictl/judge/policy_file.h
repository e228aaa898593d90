/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy as the user names it: a text file, or an image with a .ukipol section. */
#pragma once

#include "host/host.h"
#include "policy.h"

/* The machine's policy, for whoever keeps it in a file. */
#define INSTALL_POLICY_FILE "/etc/ukiload/policy"
#define POLICY_FILE_NONE    "holds no policy (no .ukipol section)"

struct policy_file {
        struct span file; /* parsed rules point into it; once_read */
        struct span text; /* the policy in it */
        bool present;     /* false: an image without .ukipol */
        struct policy policy;
};

/* Reads path. False with a clause if it cannot be read, is a bad image, or has the section twice. */
bool policy_file_read(const char *path, struct policy_file *ret, struct text *why);
/* policy_file_read, and parses. An image without the section gives present false. */
bool policy_file_open(const char *path, struct policy_file *ret, struct text *why);
/* The file with the policy that counts on this machine: the installed ukiload; *ret_to_come: none is installed, and it is what
 * ukictl install would put in. malloc'ed; NULL: there is neither. */
char *policy_file_find(const struct host *h, uint16_t machine, bool *ret_to_come);
