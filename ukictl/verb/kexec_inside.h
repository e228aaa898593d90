/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the kexec front-end: what a call of kexec asks for, and of whom. */
#pragma once

#include "verb/verb.h"

enum kexec_act {
        KEXEC_PASS, /* kexec-tools' business, with the words as they are */
        KEXEC_LOAD, /* of a UKI: ukictl's */
        KEXEC_UNLOAD,
        KEXEC_EXEC,
        KEXEC_STATUS,
};

struct kexec_call {
        struct call call;
        /* asked */
        bool load, exec, force, unload, status;
        bool pass; /* an option that only the real kexec has a meaning for */
        bool reuse;
        const char *line; /* --append or --command-line, the last one; NULL: none */
        const char *file;
        /* found by kexec_call_image */
        struct bytes image;
        bool is_ukiload; /* it is ukiload's own, which stands for the image that it would take */
};

/* Reads the words of a call; argv is left as it is. */
void kexec_call_read(struct kexec_call *c, int argc, char **argv);
enum kexec_act kexec_call_act(struct kexec_call *c);

/* What --append means for this image: *ret_profile is the first profile whose own line has the same words, or begins the line
 * with them, -1 if there is none; *ret_rest is what the line has beyond that (borrows line). */
void kexec_line_match(struct span image, struct span line, int *ret_profile, struct span *ret_rest);
