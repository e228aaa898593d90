/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI signature lists, the content of db, dbx, MokListRT and MokListXRT (UEFI 2.10, 32.4.1): lists of certificates or digests,
 * each list with one type and one entry size. */
#pragma once

#include "span.h"
#include "text.h"

enum esl_kind {
        ESL_X509,        /* data: a certificate in DER */
        ESL_SHA256,      /* data: 32 bytes, the digest of an image */
        ESL_X509_SHA256, /* data: 32 bytes, the digest of a certificate's TBS part, and 16 bytes of time; revocations only */
        ESL_OTHER,       /* a type that is not used for images here */
};

struct esl_entry {
        enum esl_kind kind;
        struct span owner; /* 16 bytes, a GUID */
        struct span data;  /* borrows the lists */
};

/* Where a walk stands. */
struct esl {
        struct span lists;   /* what follows the current list */
        struct span entries; /* what is left of the current list */
        uint32_t entry_size;
        enum esl_kind kind;
};

/* Judges every size of every list before anything is taken from one. False with a clause that says which size is wrong: one that
 * reaches past the end, does not divide, or does not fit the type. Empty lists are fine. */
bool esl_open(struct span lists, struct esl *ret, struct text *why);
/* The next entry, over list bounds. False at the end. */
bool esl_next(struct esl *at, struct esl_entry *ret);
