/* SPDX-License-Identifier: BSD-2-Clause */
#include "request_inside.h"

#include <string.h>

#define KEY_TEXT(key, name, takes) { #name, takes },
static const struct {
        char name[8]; /* of the key */
        char takes[64];
} keys[REQUEST_KEY_COUNT] = { REQUEST_KEYS(KEY_TEXT, KEY_TEXT) };

/* Takes the next word off *rest. Only a blank separates. */
static bool next_word(struct span *rest, struct span *ret) {
        size_t from = 0, to;

        while (from < rest->n && rest->p[from] == ' ')
                from++;
        for (to = from; to < rest->n && rest->p[to] != ' ';)
                to++;
        *ret = (struct span) { rest->p + from, to - from };
        *rest = (struct span) { rest->p + to, rest->n - to };
        return to > from;
}

static void say_fault(enum request_fault fault, struct span word, enum request_key key, struct span detail, struct text *why) {
        text_quoted(why, word);
        switch (fault) {
        case REQUEST_FAULT_CONTRADICTS: text_str(why, " contradicts the same key given before it: give one"); return;
        case REQUEST_FAULT_TOO_MANY:
                text_str(why, " is one addon too many: a request names at most " LIMIT_TEXT(REQUEST_ADDONS_MAX));
                return;
        default:
                text_cat(why, " is malformed: ukiload.", keys[key].name, " takes: ", keys[key].takes, NULL);
                if (detail.n > 0) {
                        text_str(why, "; ");
                        text_bytes(why, detail);
                }
        }
}

static void say_unknown(struct span word, struct text *why) {
        text_quoted(why, word);
        text_str(why, " has an unknown key: a request knows");
        for (size_t i = 0; i < REQUEST_KEY_COUNT; i++)
                text_cat(why, " ukiload.", keys[i].name, NULL);
}

const char *request_key_name(enum request_key key) {
        return keys[key].name;
}

/* The key by its name; REQUEST_KEY_COUNT if there is none. */
static enum request_key find_key(struct span name) {
        enum request_key key = 0;

        while (key < REQUEST_KEY_COUNT && !span_eq_str(name, keys[key].name))
                key++;
        return key;
}

static bool read_key_word(struct request *req, struct span word, struct text *why) {
        char detail_buf[384];
        struct text detail = TEXT_IN(detail_buf);
        size_t from = strlen("ukiload."), equals = from;
        struct request_given given = { { NULL, 0 }, &detail };
        enum request_fault fault;
        enum request_key key;

        while (equals < word.n && word.p[equals] != '=')
                equals++;
        key = find_key(span_between(word, from, equals));
        if (key == REQUEST_KEY_COUNT) {
                say_unknown(word, why);
                return false;
        }
        if (equals < word.n)
                given.value = span_from(word, equals + 1);
        fault = request_read_value(req, key, given);
        if (fault != REQUEST_FAULT_NONE)
                say_fault(fault, word, key, text_span(&detail), why);
        return fault == REQUEST_FAULT_NONE;
}

/* `@N`, as systemd-boot and systemd-stub have it: the first word or none. */
static bool read_profile_word(struct request *req, struct span word, bool first, struct text *why) {
        struct request_given number = { { word.p + 1, word.n - 1 }, why };
        enum request_fault fault = REQUEST_FAULT_MALFORMED;

        if (first)
                fault = request_read_value(req, REQUEST_KEY_PROFILE, number);
        if (fault == REQUEST_FAULT_NONE)
                return true;
        text_quoted(why, word);
        text_str(why, " is no profile: that is @ and a decimal number, once, in front of everything else");
        return false;
}

static bool has_quote(struct span word) {
        for (size_t i = 0; i < word.n; i++)
                if (word.p[i] == '"')
                        return true;
        return false;
}

/* A path where a kernel parameter should be is a UKI that somebody forgot to name as one. */
static bool looks_like_path(struct span word) {
        if (word.p[0] == '\\' || word.p[0] == '/')
                return true;
        for (size_t i = 0; i < word.n; i++)
                if (word.p[i] == '=')
                        return false;
        return span_ends_nocase(word, ".efi");
}

static bool read_parameter(struct request *req, struct span word, struct text *why) {
        if (looks_like_path(word)) {
                text_quoted(why, word);
                text_str(why, " is a path and no kernel parameter: to name a UKI, write ukiload.uki= in front of it");
                return false;
        }
        if (req->words.len > 0)
                text_char(&req->words, ' ');
        text_bytes(&req->words, word);
        return true;
}

static bool read_word(struct request *req, struct span word, bool first, struct text *why) {
        if (has_quote(word)) {
                text_quoted(why, word);
                text_str(why, " has a quote: quotes are not accepted in a request");
                return false;
        }
        if (word.p[0] == '@')
                return read_profile_word(req, word, first, why);
        if (span_starts(word, "ukiload."))
                return read_key_word(req, word, why);
        return read_parameter(req, word, why);
}

bool request_read_text(struct request *req, struct text *why) {
        struct span rest = { (const uint8_t *) req->text, req->text_len }, word;
        char unsaid_buf[1];
        struct text unsaid = TEXT_IN(unsaid_buf);
        bool first = true, ok = true;

        for (; next_word(&rest, &word); first = false)
                if (!read_word(req, word, first, ok ? why : &unsaid))
                        ok = false;
        return ok;
}
