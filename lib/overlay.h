/* SPDX-License-Identifier: BSD-2-Clause */
/* The words that addons and requests add to a signed command line: collected addon by addon, all or nothing each, then composed
 * and judged once more as a whole (policy.md rules 5 to 10 and 13).
 *
 * A struct overlay is not to be copied: its text points into it. */
#pragma once

#include "limit.h"
#include "policy.h"

struct overlay {
        const struct policy *own; /* ukiload's; NULL: nothing is allowed */
        const struct policy *uki; /* the UKI's, narrowing; NULL: none */
        struct span signed_line;  /* normalised */
        bool splits;              /* the signed line has `--`: only a kernel handoff can place words before it */
        size_t dashes_at;         /* offset of it */
        size_t n_words;
        struct { uint16_t off, len; } words[OVERLAY_WORDS_MAX]; /* into text */
        size_t n_signed_words, signed_len; /* words and bytes of text that came from signed addons */
        struct text line;         /* over text */
        char text[OVERLAY_BYTES_MAX + 1];
};

/* Starts an empty overlay over a signed line (already normalised; it may be empty). False with a clause if the signed line's quotes
 * do not balance; then there can be no overlay, and only an empty one may be composed. */
bool overlay_begin(struct overlay *o, struct span signed_line, const struct policy *own, const struct policy *uki,
                   struct text *why);
/* Adds one addon's line (unauthenticated false) or a request's words (true), whole or not at all. Blanks at both ends go, inner runs of
 * them stay, addons are joined by one: as systemd-stub does it, whose line this must equal byte for byte. A line without a word adds
 * nothing. False: the overlay is as before, and one clause that names the word and the rule is appended. Signed ones must come before
 * unauthenticated ones. */
bool overlay_add(struct overlay *o, struct span line, bool unauthenticated, struct text *why);
/* The line that the kernel gets: the signed line, the overlay before its `--` or at its end, then `extra` (what the stub adds from SMBIOS
 * by itself; may be empty). Judged again with both tokenizers: every signed word and every overlay word stands there unchanged and in order.
 * False with a clause if that fails or the line is longer than max bytes; nothing is ever cut. An empty overlay is not judged: then
 * the line is the stub's affair alone. ret_line is a caller's text of at least max + 1 bytes; it is emptied first and on failure. */
bool overlay_compose(const struct overlay *o, struct span extra, size_t max, struct text *ret_line, struct text *why);
/* Every @require word of either policy stands, byte for byte, in the composed line's signed part (signed line before `--`, or addons) and
 * is not taken back: in the kernel the last word of a name holds, so a later one with another value (`override`, even unsigned) unmeets
 * it. Only `console=` adds up. Words that the stub adds from SMBIOS are not seen. False with a clause that names the word, the policy
 * line and the word that won. */
bool overlay_requirements(const struct overlay *o, struct text *why);
