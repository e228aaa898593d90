/* SPDX-License-Identifier: BSD-2-Clause */
/* What ukictl says, and the only file that prints what is not a literal: bytes from files, variables and arguments reach the
 * terminal and JSON as valid UTF-8 without control characters, everything else as \xNN. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>

#include "need.h"
#include "span.h"
#include "ukictl.h"

/* "ukictl: SENTENCE" on stderr; with json also {"error": ..., "exit": ...} on stdout. Returns code. */
int out_fail(bool json, enum exit_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* For a verb that runs another one which must not print an object of its own: failures of that one are JSON all the same. */
void out_failures_as_json(void);

/* One line, on stdout or, after "ukictl: ", on stderr; the newline is added, and one in an argument is shown as \x0a. */
void out_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void out_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A text of lines, each with `before` in front. */
void out_text(const char *before, struct span text);

/* Without --quiet a line on stderr, if that is a terminal, for what takes longer than a second: "WHAT 45%", of a path its
 * last name. Called after each
 * step of a long way, and at its end out_progress_end, which erases it. */
#define OUT_PROGRESS_STEP ((size_t) 4 << 20)
void out_progress(const char *what, size_t done, size_t total);
void out_progress_end(void);
/* Before the first of these. */
void out_quiet(bool quiet);

/* One aligned line; a value of several lines is indented. */
void out_field(const char *key, const char *value);
void out_field_span(const char *key, struct span value);
void out_row(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For people: malloc'ed, the caller frees. */
char *out_shown(struct span s);
/* The same as a JSON string. */
struct json_object *out_string(struct span s);

/* Prints o, an object as ukictl-json(5) and doc/ukictl.schema.json have it, on stdout, and drops it. Whoever reads what a release
 * has printed reads what a later one prints under the same number. */
#define OUT_JSON_VERSION 1
void out_json(struct json_object *o);
/* From here on out_json keeps what it would print, until out_collected, which returns an array of it; the caller drops it. */
void out_collect(void);
struct json_object *out_collected(void);
void out_add(struct json_object *o, const char *key, const char *value);
void out_add_span(struct json_object *o, const char *key, struct span value);
/* A text of lines. */
void out_add_text(struct json_object *o, const char *key, struct span value);
void out_add_hex(struct json_object *o, const char *key, struct span value);
void out_add_int(struct json_object *o, const char *key, int64_t value);
void out_add_bool(struct json_object *o, const char *key, bool value);
/* An array of strings, each as out_shown has it. */
struct json_object *out_list(const struct names *list);
