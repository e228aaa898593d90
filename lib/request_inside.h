/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the request: request_shapes.c finds the text in what firmware gives, request_words.c takes it apart,
 * request_values.c reads and writes the value of each key, request.c writes the whole. */
#pragma once

#include "request.h"

#define REQUEST_PARTITION      "PARTUUID="
#define REQUEST_PARTITION_FORM REQUEST_PARTITION "UUID/PATH"

/* All keys, in the order in which request_format writes them. A row, of a key that counts once or of one that may repeat: the
 * key; its name, which is also that of its reader and its writer in request_values.c; what its value is, for people. What it does
 * is told in ukiload(7), where the lint looks for each. */
/* clang-format off */
#define REQUEST_KEYS(one, many)                                                                        \
        one( REQUEST_KEY_PROFILE, profile, "a number in decimal digits")                                         \
        one( REQUEST_KEY_UKI,     uki,     "a path from the root of the volume, or " REQUEST_PARTITION_FORM) \
        many(REQUEST_KEY_ADDON,   addon,   "1 to " LIMIT_TEXT(REQUEST_ADDON_MAX) " of A-Z a-z 0-9 . _ - "\
                                           "that do not begin with a dot")                             \
        one( REQUEST_KEY_SHA256,  sha256,  "64 hex digits")                                            \
        one( REQUEST_KEY_PLAN,    plan,    "64 hex digits")                                            \
        one( REQUEST_KEY_ID,      id,      "1 to " LIMIT_TEXT(REQUEST_ID_MAX) " of A-Z a-z 0-9 . _ -") \
        one( REQUEST_KEY_VIA,     via,     "the four hex digits of a Boot#### entry, or \"loader\"")   \
        one( REQUEST_KEY_HANDOFF, handoff, "\"stub\", nothing else")                                   \
        one( REQUEST_KEY_LOG,     log,     "error, info or debug")                                     \
        one( REQUEST_KEY_ONESHOT, oneshot, "no value")
/* clang-format on */

#define REQUEST_KEY_ENUM(key, name, takes) key,
enum request_key { REQUEST_KEYS(REQUEST_KEY_ENUM, REQUEST_KEY_ENUM) REQUEST_KEY_COUNT };

/* Its name, which is what stands between `ukiload.` and `=`. */
const char *request_key_name(enum request_key key);

/* What is wrong with one value. */
enum request_fault { REQUEST_FAULT_NONE, REQUEST_FAULT_MALFORMED, REQUEST_FAULT_CONTRADICTS, REQUEST_FAULT_TOO_MANY };

/* Reads req->text into the fields; all others of *req are zero. All words are read even if one is refused, so that the record of
 * a refused request has its id; the clause is about the first one. */
bool request_read_text(struct request *req, struct text *why);

/* What stands behind a key. */
struct request_given {
        struct span value;   /* p is NULL if the word has no `=` */
        struct text *detail; /* gets a clause of its own about some malformed values */
};

/* Reads the value of one key into its field. */
enum request_fault request_read_value(struct request *req, enum request_key key, struct request_given given);
/* The pair of it: appends the value number i of a key. False if the request has no such value, or none any more. */
bool request_write_value(const struct request *req, enum request_key key, size_t i, struct text *ret);
