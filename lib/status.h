/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of the variables UkiloadStatus and UkiloadLast: what ukiload tells the running system.
 *
 * Lines `key=value`, each ended by a line feed. Of a value, printable ASCII stands as it is and every other byte as \xNN; a
 * backslash that would read as such an escape is written \x5c. So no value can break a line, and paths stay legible. */
#pragma once

#include "contract.h"
#include "span.h"
#include "text.h"

/* The status while it is made. What does not fit is counted, never cut without a word. */
struct status {
        size_t len;
        size_t n_lines_left, n_addons_left; /* lines that did not fit */
        char buf[STATUS_MAX];
};

void status_begin(struct status *s);
/* Adds key=value. key: printable ASCII without `=`. */
void status_add(struct status *s, const char *key, struct span value);
/* Adds `addon=PATH VERDICT`, and `: WHY` unless why is empty. Addons come last: they are what gives way if the text is too
 * long. */
void status_addon(struct status *s, const char *path, const char *verdict, const char *why);
/* The whole text, at most STATUS_MAX bytes, borrowed from s until something is added. If not all lines fitted, the last ones are
 * replaced by `truncated=N addons not listed` (or `N lines and N addons not listed`). */
struct span status_span(struct status *s);

/* Takes the next `key=value` line off *rest; ret_value is still escaped. Lines without `=` are skipped. False at the end. */
bool status_next(struct span *rest, struct span *ret_key, struct span *ret_value);
/* Appends a value without its escapes. It may then hold any byte. */
void status_unescape(struct span value, struct text *ret);

/* Writes UkiloadLast to ret, which is emptied first and should hold LAST_MAX bytes: id=, result= and, if there is one, reason=.
 * Of a reason that does not fit the middle is left out ("..."). */
void last_format(struct span id, const char *result, struct span reason, struct text *ret);
/* Writes the value of the first `key=` line, without its escapes, to ret, which is emptied first. False if there is none or it
 * does not fit; ret is then empty. */
bool last_field(struct span last, const char *key, struct text *ret);
