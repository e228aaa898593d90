/* SPDX-License-Identifier: BSD-2-Clause */
/* Between request_shapes.c, which finds the text in what firmware gives, and request.c, which reads the text. */
#pragma once

#include "request.h"

/* In the order in which request_format writes them. */
enum request_key {
        REQUEST_KEY_UKI,
        REQUEST_KEY_ADDON,
        REQUEST_KEY_PROFILE,
        REQUEST_KEY_SHA256,
        REQUEST_KEY_PLAN,
        REQUEST_KEY_ID,
        REQUEST_KEY_VIA,
        REQUEST_KEY_HANDOFF,
        REQUEST_KEY_LOG,
        REQUEST_KEY_ONESHOT,
        REQUEST_KEY_COUNT,
};

/* What is wrong with one value. */
enum request_fault { REQUEST_FAULT_NONE, REQUEST_FAULT_MALFORMED, REQUEST_FAULT_CONTRADICTS, REQUEST_FAULT_TOO_MANY };

/* Reads req->text into the fields; all others of *req are zero. All words are read even if one is refused, so that the record of a
 * refused request has its id; the clause is about the first one. */
bool request_read_text(struct request *req, struct text *why);

/* Reads the value of one key, any but REQUEST_KEY_ONESHOT, into its field. detail: gets a clause of its own about some malformed values. */
enum request_fault request_read_value(struct request *req, enum request_key key, struct span value, struct text *detail);
