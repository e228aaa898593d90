/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which the Boot Loader Specification sorts type #2 entries, and the version comparison under it (UAPI.1, UAPI.10). */
#pragma once

#include "path.h"
#include "span.h"

/* <0, 0, >0 as a is older than, equal to, newer than b (UAPI.10). */
int bls_version_compare(struct span a, struct span b);

struct bls_entry {
        struct span sort_key, version; /* from .osrel: IMAGE_ID or ID; IMAGE_VERSION, VERSION, VERSION_ID or BUILD_ID; may be empty */
        struct span id;                /* file name without its boot counter */
        struct path_counter tries;
};

/* Reads the fields of an os-release text; quotes are removed as os-release(5) says. ret borrows osrel and name; an id that had a counter
 * is written to id_buf (cap bytes at least name.n + 1). */
void bls_entry_open(struct span osrel, struct span name, char *id_buf, size_t cap, struct bls_entry *ret);
/* <0: a comes first. Entries without tries left come last. */
int bls_compare(const struct bls_entry *a, const struct bls_entry *b);
/* The value of KEY= in an os-release text, without its quotes; empty if absent. */
struct span bls_osrel_field(struct span osrel, const char *key);
