/* SPDX-License-Identifier: BSD-2-Clause */
/* What people and programs learn of a run: the screen, the volatile UkiloadStatus for the OS that boots next, and UkiloadLast for
 * the request that was consumed. */
#pragma once

#include "boot.h"

enum report_result { REPORT_TAKEN, REPORT_STARTED, REPORT_REFUSED, REPORT_FAILED, REPORT_STALE };

/* A line of the status that is no verdict ("skipped", "request", "options"), on the screen too. */
void report_note(struct boot *b, const char *key, const char *text);
/* Notes why an earlier start in this power cycle came to nothing: this one's status replaces that one's, and the OS would never
 * hear of it. */
void report_earlier(struct boot *b);
/* The plan: image, policy, each addon with its verdict, the line. Before the start: it shows what addons hold. */
void report_plan(const struct boot *b);
/* Writes UkiloadStatus, from what *b itself owns: the files and images that the plan was made from may be gone. */
void report_status(struct boot *b, enum report_result result);
/* Writes UkiloadLast for an id. */
EFI_STATUS report_last(const char *id, enum report_result result, const char *reason);
