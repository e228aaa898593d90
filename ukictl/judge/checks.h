/* SPDX-License-Identifier: BSD-2-Clause */
/* What firmware and shim will say to one file: a list of checks. */
#pragma once

#include "judge/believed.h"
#include "pe.h"
#include "ukictl.h"

enum check_state {
        CHECK_OK,
        CHECK_NOTE,    /* holds, but look at it */
        CHECK_SKIPPED, /* could not be judged here */
        CHECK_FAILED,  /* firmware or ukiload refuses the file */
};

struct check {
        const char *name;
        enum check_state state;
        enum exit_code code; /* for CHECK_FAILED */
        char text[320];
};

#define CHECKS_MAX 32u

struct verdict {
        const char *path;
        struct check checks[CHECKS_MAX];
        size_t n;
        char voucher[256]; /* after check_signed: who vouches for it ("db", "MokListRT") and its signer; empty: nobody */
};

/* Adds a check; its text is to be written into what is returned. The last place is used again if there are too many. */
struct text check_add(struct verdict *v, const char *name, enum check_state state, enum exit_code code);
enum exit_code verdict_code(const struct verdict *v);

/* judge/checks_image.c: what the file is. False: it is no PE image, and nothing further can be said. */
bool check_format(struct verdict *v, struct span file, struct pe *pe);
/* judge/checks_signed.c: who signed it, and whether it is let in. digest as signatures_check has it. */
void check_signed(struct verdict *v, const struct pe *pe, const uint8_t digest[32], const struct believed *believed);
/* What shim refuses whoever signed it: a failure if the machine's keys are shim's too (MokListRT), else a note. */
void check_shim(struct verdict *v, const struct pe *pe, const struct believed *believed);
void check_sbat(struct verdict *v, const struct pe *pe, const struct believed *believed);
