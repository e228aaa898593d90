/* SPDX-License-Identifier: BSD-2-Clause */
/* The words that addons and requests add to a signed command line: collected addon by addon, all or nothing each, then composed
 * and judged once more as a whole (ukiload-policy(5)).
 *
 * A struct overlay is not to be copied: its text points into it. */
#pragma once

#include "contract.h"
#include "policy.h"
#include "stubline.h"

struct overlay {
        const struct policy *own; /* ukiload's; NULL: nothing is allowed */
        const struct policy *uki; /* the UKI's, narrowing; NULL: none */
        struct span signed_line;  /* as the kernel gets it: stubline_section */
        struct stubline stub;     /* how the image's stub joins; overlay_begin chooses that of 257, the caller may set another */
        bool no_section;          /* the image has no .cmdline at all; set by the caller likewise */
        bool splits;              /* the signed line has `--`: only a kernel handoff can place words before it */
        size_t dashes_at;         /* offset of it */
        size_t n_words;
        struct {
                uint16_t off, len; /* into text */
        } words[OVERLAY_WORDS_MAX];
        size_t n_signed_words, signed_len; /* words and bytes of text that came from signed addons */
        size_t held;                       /* blanks that are owed before what is added next */
        bool begun;                        /* the stub has characters in the text that it is joining */
        size_t first_folder_len;           /* bytes of text from the first folder, where the stub takes each for itself */
        struct text line;                  /* over text */
        char text[OVERLAY_BYTES_MAX + 1];
};

/* Starts an empty overlay over a signed line (as stubline_section has it; it may be empty). False with a clause if the signed
 * line's quotes do not balance; then there can be no overlay, and only an empty one may be composed. */
bool overlay_begin(struct overlay *o, struct span signed_line, const struct policy *own, const struct policy *uki,
                   struct text *why);
/* Adds one addon's text (unauthenticated false; addon.h) or a request's words (true), whole or not at all. Newlines, CRs, tabs
 * and (from 255 on) 0x7f are blanks, inner runs of blanks stay, and those at the ends go or stay as o->stub has it: the line must
 * equal the stub's byte for byte. A text without a word adds no word. What cannot be said by an addon whatever the policy allows
 * is in overlay_word_ok. False: the overlay is as before, and one clause that names the word and the rule is appended. Signed
 * ones must come before unauthenticated ones. */
bool overlay_add(struct overlay *o, struct span line, bool unauthenticated, struct text *why);
/* Says that the addons of \\loader\\addons are through and those beside the UKI come. */
void overlay_next_folder(struct overlay *o);
/* What no policy can allow: `--`, and a word in which the kernel's EFI stub, which searches its LoadOptions for the substring,
 * would find `initrd=` or `dtb=` (a word of just that name is the policy's to judge). False with the reason as a clause, without
 * the word. */
bool overlay_word_ok(const struct cmdline_word *w, struct text *why);
/* The line that the kernel gets: the signed line, the overlay before its `--` or at its end, then `extra` (what the stub adds
 * from SMBIOS by itself; may be empty). Judged again with both tokenizers: every signed word and every overlay word stands there
 * unchanged and in order. False with a clause if that fails or the line is longer than max bytes; nothing is ever cut. An empty
 * overlay is not judged: then the line is the stub's affair alone. ret_line is a caller's text of at least max + 1 bytes; it is
 * emptied first and on failure. */
bool overlay_compose(const struct overlay *o, struct span extra, size_t max, struct text *ret_line, struct text *why);
/* Every @require word of either policy stands, byte for byte, in the composed line's signed part (signed line before `--`, or
 * addons) and is not taken back: in the kernel the last word of a name holds, so a later one with another value (`override`, even
 * unsigned) unmeets it. Only `console=` adds up. Words that the stub adds from SMBIOS are not seen. False with a clause that
 * names the word, the policy line and the word that won. */
bool overlay_requirements(const struct overlay *o, struct text *why);
