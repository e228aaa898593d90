/* SPDX-License-Identifier: BSD-2-Clause */
#include "request_work.h"

#include "path.h"

#include <string.h>

/* A value that was given before may be given again, but not another one. */
static enum request_fault settle(bool given_before, bool same) {
        return given_before && !same ? REQUEST_FAULT_CONTRADICTS : REQUEST_FAULT_NONE;
}

static bool is_name(struct span s, size_t max) {
        for (size_t i = 0; i < s.n; i++) {
                uint8_t c = s.p[i];

                if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '_' &&
                    c != '-')
                        return false;
        }
        return s.n >= 1 && s.n <= max;
}

static void copy_string(char *to, struct span s) {
        memcpy(to, s.p, s.n);
        to[s.n] = 0;
}

static bool hex_digit(uint8_t c, uint8_t *ret) {
        if (c >= '0' && c <= '9')
                *ret = (uint8_t) (c - '0');
        else if (c >= 'a' && c <= 'f')
                *ret = (uint8_t) (c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
                *ret = (uint8_t) (c - 'A' + 10);
        else
                return false;
        return true;
}

/* Exactly n bytes in hex. */
static bool read_hex(struct span value, uint8_t *bytes, size_t n) {
        if (value.n != 2 * n)
                return false;
        for (size_t i = 0; i < n; i++) {
                uint8_t high, low;

                if (!hex_digit(value.p[2 * i], &high) || !hex_digit(value.p[2 * i + 1], &low))
                        return false;
                bytes[i] = (uint8_t) (high << 4 | low);
        }
        return true;
}

static enum request_fault read_uki(struct request *req, struct span value, struct text *detail) {
        char buf[sizeof(req->uki)];
        struct text path = TEXT_IN(buf);
        enum request_fault fault;

        if (!path_normalise(value, &path, detail))
                return REQUEST_FAULT_MALFORMED;
        fault = settle(req->uki[0] != 0, span_eq_str(text_span(&path), req->uki));
        if (fault == REQUEST_FAULT_NONE)
                copy_string(req->uki, text_span(&path));
        return fault;
}

static enum request_fault read_addon(struct request *req, struct span value) {
        if (path_is_addon(value))
                value.n -= strlen(ADDON_TAIL);
        if (!is_name(value, REQUEST_ADDON_MAX) || value.p[0] == '.')
                return REQUEST_FAULT_MALFORMED;
        /* FAT has one file for all spellings. */
        for (size_t i = 0; i < req->n_addons; i++)
                if (span_eq_nocase(value, span_of(req->addons[i])))
                        return REQUEST_FAULT_NONE;
        if (req->n_addons == REQUEST_ADDONS_MAX)
                return REQUEST_FAULT_TOO_MANY;
        copy_string(req->addons[req->n_addons++], value);
        return REQUEST_FAULT_NONE;
}

static enum request_fault read_profile(struct request *req, struct span value) {
        uint64_t n = 0;
        enum request_fault fault;

        for (size_t i = 0; i < value.n; i++) {
                if (value.p[i] < '0' || value.p[i] > '9')
                        return REQUEST_FAULT_MALFORMED;
                n = n * 10 + (uint64_t) (value.p[i] - '0');
                if (n > UINT32_MAX)
                        return REQUEST_FAULT_MALFORMED;
        }
        if (value.n == 0)
                return REQUEST_FAULT_MALFORMED;
        fault = settle(req->has_profile, req->profile == n);
        if (fault == REQUEST_FAULT_NONE) {
                req->has_profile = true;
                req->profile = (unsigned) n;
        }
        return fault;
}

static enum request_fault read_digest(struct span value, bool *has, uint8_t digest[32]) {
        uint8_t bytes[32];
        enum request_fault fault;

        if (!read_hex(value, bytes, sizeof(bytes)))
                return REQUEST_FAULT_MALFORMED;
        fault = settle(*has, memcmp(bytes, digest, sizeof(bytes)) == 0);
        if (fault == REQUEST_FAULT_NONE) {
                *has = true;
                memcpy(digest, bytes, sizeof(bytes));
        }
        return fault;
}

static enum request_fault read_id(struct request *req, struct span value) {
        enum request_fault fault;

        if (!is_name(value, REQUEST_ID_MAX))
                return REQUEST_FAULT_MALFORMED;
        fault = settle(req->id[0] != 0, span_eq_str(value, req->id));
        if (fault == REQUEST_FAULT_NONE)
                copy_string(req->id, value);
        return fault;
}

static enum request_fault read_via(struct request *req, struct span value) {
        uint8_t number[2] = { 0, 0 };
        enum request_via via = REQUEST_VIA_LOADER;
        enum request_fault fault;
        uint16_t boot;

        if (!span_eq_str(value, "loader")) {
                if (!read_hex(value, number, sizeof(number)))
                        return REQUEST_FAULT_MALFORMED;
                via = REQUEST_VIA_BOOT;
        }
        boot = (uint16_t) (number[0] << 8 | number[1]);
        fault = settle(req->via != REQUEST_VIA_ANY, req->via == via && req->via_boot == boot);
        if (fault == REQUEST_FAULT_NONE) {
                req->via = via;
                req->via_boot = boot;
        }
        return fault;
}

static enum request_fault read_log(struct request *req, struct span value) {
        enum request_log log;
        enum request_fault fault;

        if (span_eq_str(value, "error"))
                log = REQUEST_LOG_ERROR;
        else if (span_eq_str(value, "info"))
                log = REQUEST_LOG_INFO;
        else if (span_eq_str(value, "debug"))
                log = REQUEST_LOG_DEBUG;
        else
                return REQUEST_FAULT_MALFORMED;
        fault = settle(req->log != REQUEST_LOG_UNSET, req->log == log);
        if (fault == REQUEST_FAULT_NONE)
                req->log = log;
        return fault;
}

enum request_fault request_read_value(struct request *req, enum request_key key, struct span value, struct text *detail) {
        switch (key) {
        case REQUEST_KEY_UKI: return read_uki(req, value, detail);
        case REQUEST_KEY_ADDON: return read_addon(req, value);
        case REQUEST_KEY_PROFILE: return read_profile(req, value);
        case REQUEST_KEY_SHA256: return read_digest(value, &req->has_sha256, req->sha256);
        case REQUEST_KEY_PLAN: return read_digest(value, &req->has_plan, req->plan);
        case REQUEST_KEY_ID: return read_id(req, value);
        case REQUEST_KEY_VIA: return read_via(req, value);
        case REQUEST_KEY_LOG: return read_log(req, value);
        case REQUEST_KEY_HANDOFF:
                req->handoff_stub = span_eq_str(value, "stub");
                return req->handoff_stub ? REQUEST_FAULT_NONE : REQUEST_FAULT_MALFORMED;
        default: return REQUEST_FAULT_MALFORMED;
        }
}
