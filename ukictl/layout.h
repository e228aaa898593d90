/* SPDX-License-Identifier: BSD-2-Clause */
/* How a terminal gets a sentence: lines that fit, and verdict, reason and next step on lines of their own. What is laid out here
 * is text already (out_shown). */
#pragma once

#include "span.h"
#include "text.h"
#include "ukictl.h"

/* Appends s in lines of at most width columns, but for a word that is longer. In the first line `used` columns are taken; the
 * others begin with as many blanks as indent says. A command in backticks gets a line of its own, whole and without them. */
void layout_wrap(struct span s, size_t width, size_t used, size_t indent, struct text *ret);
/* Room for what layout_wrap makes of n bytes. */
size_t layout_room(size_t n, size_t indent);

/* Where in a refusal the words begin that say what to do; n: they are not there. */
size_t layout_next_step(struct span sentence);
/* What an exit code says of the whole. */
const char *layout_verdict(enum exit_code code);

enum layout_mood { LAYOUT_PLAIN, LAYOUT_GOOD, LAYOUT_WARNING, LAYOUT_BAD };
/* By the first word, or the first behind what it is said of: "starts", "\EFI\Linux\a.efi: refused: ...". *ret_at is where that
 * word begins. */
enum layout_mood layout_mood(struct span line, size_t *ret_at);
