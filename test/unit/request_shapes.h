/* SPDX-License-Identifier: BSD-2-Clause */
/* LoadOptions of one shape or another, and whether they are read as the request or as none. For files that include
 * cmocka.h before. */
#pragma once

#include "request_help.h"

#define OWN  "\\EFI\\ukiload\\ukiloadx64.efi"
#define REST "ukiload.uki=\\EFI\\Linux\\a.efi"

static struct raw raw;
static struct request req;
static char why_buf[400];
static struct text why;

static inline int begin(void **state) {
        (void) state;
        raw.n = 0;
        memset(&req, 0xa5, sizeof(req));
        why = TEXT_IN(why_buf);
        return 0;
}

static inline enum request_kind parse(const char *tail) {
        return request_from_options(raw_span(&raw), span_of(tail), &req, &why);
}

/* No request: nothing is left of an earlier one. */
static inline void assert_none(const char *says) {
        assert_int_equal(parse(""), REQUEST_NONE);
        assert_int_equal(req.text_len, 0);
        assert_int_equal(req.n_addons, 0);
        assert_int_equal(req.words.len, 0);
        assert_int_equal(req.uki[0], 0);
        assert_non_null(strstr(why.p, says));
        if (says[0] == 0)
                assert_int_equal(why.len, 0);
}

/* The request that every accepted shape below carries. */
static inline void assert_the_request(bool cut_path, bool profile) {
        assert_int_equal(parse(""), REQUEST_OK);
        assert_int_equal(why.len, 0);
        assert_string_equal(req.uki, "\\EFI\\Linux\\a.efi");
        assert_int_equal(req.has_profile, profile);
        assert_int_equal(req.profile, profile ? 1 : 0);
        assert_int_equal(req.cut_path, cut_path);
        assert_string_equal(req.text, profile ? "@1 " REST : REST);
        assert_int_equal(req.text_len, strlen(req.text));
        assert_int_equal(req.words.len, 0);
}
