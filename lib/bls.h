/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which the Boot Loader Specification sorts type #2 entries, and the version comparison under it (UAPI.1, UAPI.10),
 * as systemd-boot 252 to 262 do it. */
#pragma once

#include "contract.h"
#include "path.h"
#include "span.h"

/* <0, 0, >0 as a is older than, equal to, newer than b (UAPI.10; `systemd-analyze compare-versions` says the same). */
int bls_version_compare(struct span a, struct span b);

struct bls_entry {
        struct span sort_key; /* from .osrel, may be empty: IMAGE_ID or ID */
        struct span version;  /* likewise: IMAGE_VERSION, VERSION, VERSION_ID or BUILD_ID */
        struct span id;       /* file name in lower case without its boot counter */
        struct path_counter tries;
};

/* Reads the fields of an os-release text; quotes are removed as os-release(5) says. ret borrows osrel and id_buf, to which the id
 * is written (cap bytes: at least name.n). With less room ret->id is the name as it is, and borrows name. */
void bls_entry_open(struct span osrel, struct span name, char *id_buf, size_t cap, struct bls_entry *ret);
/* <0: a comes first. Entries without tries left come last. Of two that differ in nothing but the counter, the uncounted comes
 * first, then the one with more tries left, then the one that was tried less. */
int bls_compare(const struct bls_entry *a, const struct bls_entry *b);

/* The value of KEY= in an os-release text, without its quotes; empty if absent. The last assignment counts; comments and lines
 * without `=` do not. Backslashes inside quotes stay as they are. */
struct span bls_osrel_field(struct span osrel, const char *key);

/* The next `key value` line of a menu entry or of loader.conf, cut out of *rest, blanks around both dropped; comments and lines
 * without a value are passed over. ret_value lies in the text, so that it can be replaced. False at the end. */
bool bls_next_line(struct span *rest, struct span *ret_key, struct span *ret_value);
/* The menu entry starts the image of this path, by whichever key: `/` and `\`, and letters of either case, are the same. */
bool bls_entry_starts(struct span entry, const char *path);
