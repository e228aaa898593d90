/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the policy parser share; nobody else includes this. */
#pragma once

#include <string.h>

#include "policy.h"

/* Directives that may stand once. */
enum policy_seen {
        POLICY_SEEN_VERSION = 1 << 0,
        POLICY_SEEN_VIOLATION = 1 << 1,
        POLICY_SEEN_SECTIONS = 1 << 2,
        POLICY_SEEN_HANDOFF = 1 << 3,
        POLICY_SEEN_REQUESTS = 1 << 4,
        POLICY_SEEN_MEASURE = 1 << 5,
};

struct policy_parser {
        struct policy *pol;
        struct text *why;
        unsigned line; /* from 1 */
        unsigned seen; /* enum policy_seen */
};

/* Appends "policy line N: ", before, the quoted bytes (unless what.p is NULL), after. Always false, for `return
 * policy_fail(...)`. */
bool policy_fail(const struct policy_parser *ps, const char *before, struct span what, const char *after);
bool policy_fail_version(const struct policy_parser *ps, struct span what);
/* Takes the next word between blanks. False, and an empty *ret, at the end. */
bool policy_take_word(struct span *rest, struct span *ret);
/* One or more of A-Z a-z 0-9 _ - . ; otherwise false with a sentence. */
bool policy_name_ok(const struct policy_parser *ps, struct span name);
/* A literal value (wild false) or a pattern has no reserved byte; otherwise false with a sentence. */
bool policy_value_ok(const struct policy_parser *ps, struct span value, bool wild);
/* Cuts at the first `=`. False if there is none: *ret_name is then the whole word, *ret_value empty. */
bool policy_split(struct span word, struct span *ret_name, struct span *ret_value);

/* body: a line without comment and outer blanks; it begins with `@` / does not. */
bool policy_directive(struct policy_parser *ps, struct span body);
bool policy_rule(struct policy_parser *ps, struct span body);
