/* SPDX-License-Identifier: BSD-2-Clause */
/* How people name a UKI: by a path, by its name in EFI/Linux with or without `.efi` and boot counter, by the ID that bootctl list
 * shows, each with or without a profile behind an `@`, or not at all. */
#pragma once

#include "host/host.h"

struct named {
        char *file;    /* on the host; there is such a file */
        char *profile; /* number or ID=; NULL: none was named */
};

/* EXIT_OK, or a sentence; then *ret is empty. */
enum exit_code named_find(const struct host *h, const char *asked, struct named *ret, struct text *why);
void named_free(struct named *named);

/* A profile may be named twice, behind an `@` and by an option; either may be NULL. EXIT_USAGE and a sentence if they differ. */
enum exit_code named_profile(const struct named *named, const char *option, const char **ret, struct text *why);

struct pe;
/* The number of the profile whose ID= it is, or which it says. EXIT_OK, or a clause. */
enum exit_code named_profile_number(const struct pe *pe, const char *profile, unsigned *ret, struct text *why);
