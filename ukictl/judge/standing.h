/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands installed, for those who open with it: which version, who vouches for it, and whose policy it has. */
#pragma once

#include "host/host.h"

enum standing_state {
        STANDING_UNKNOWN, /* the ESP is not mounted, or only root can read it: why */
        STANDING_ABSENT,
        STANDING_HERE,
};

enum standing_trust {
        STANDING_UNASKED, /* Secure Boot is off, or shim's validation is */
        STANDING_NOBODY,  /* the machine will not start it: why */
        STANDING_DB,
        STANDING_MOK,
};

struct standing {
        enum standing_state state;
        char why[512];
        /* of what is here */
        char *path;
        char version[64];
        enum standing_trust trust;
        char by[256]; /* the list that vouches for it, and the signer */
        bool has_policy;
        size_t rules;
        char digest[65];         /* SHA-256 of the policy's text, as UkiloadStatus has it */
        const char *policy_from; /* "package", INSTALL_POLICY_FILE or "image": it alone has it */
};

/* The version of the package that this program is of. */
const char *standing_package(void);
/* ret is to be freed in any case. */
void standing_read(const struct host *h, struct standing *ret);
void standing_free(struct standing *s);
