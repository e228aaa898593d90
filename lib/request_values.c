/* SPDX-License-Identifier: BSD-2-Clause */
#include "request_inside.h"

#include "gpt.h"
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

static bool starts_nocase(struct span s, const char *with) {
        return s.n >= strlen(with) && span_eq_nocase(span_between(s, 0, strlen(with)), span_of(with));
}

/* What else names a partition on Linux, and is not in the device path that firmware has of it. A file at the root that is called
 * so can be named with the separator in front. */
static bool is_other_tag(struct span value) {
        return starts_nocase(value, "UUID=") || starts_nocase(value, "LABEL=") || starts_nocase(value, "PARTLABEL=");
}

/* Takes "PARTUUID=UUID", if it is there, off the front of *value. False with a clause: it is there, and malformed. */
static bool take_partition(struct span *value, bool *ret_has, uint8_t ret[16], struct text *why) {
        size_t from = strlen(REQUEST_PARTITION), to = from;

        *ret_has = starts_nocase(*value, REQUEST_PARTITION);
        if (is_other_tag(*value)) {
                text_str(why,
                         "a partition is named by " REQUEST_PARTITION ", its GUID in the partition table, and by nothing else");
                return false;
        }
        if (!*ret_has)
                return true;
        while (to < value->n && value->p[to] != '\\' && value->p[to] != '/')
                to++;
        if (!gpt_guid_read(span_between(*value, from, to), ret)) {
                text_str(why, "the UUID of a GPT partition has 8-4-4-4-12 hex digits, as lsblk -o PARTUUID shows it");
                return false;
        }
        *value = span_from(*value, to);
        return true;
}

static enum request_fault read_uki(struct request *req, struct request_given given) {
        char buf[sizeof(req->uki)];
        uint8_t partition[16] = { 0 };
        struct text path = TEXT_IN(buf);
        enum request_fault fault;
        bool has, same;

        if (!take_partition(&given.value, &has, partition, given.detail) || !path_normalise(given.value, &path, given.detail))
                return REQUEST_FAULT_MALFORMED;
        same = span_eq_str(text_span(&path), req->uki) && has == req->has_partition &&
               memcmp(partition, req->partition, sizeof(partition)) == 0;
        fault = settle(req->uki[0] != 0, same);
        if (fault == REQUEST_FAULT_NONE) {
                copy_string(req->uki, text_span(&path));
                req->has_partition = has;
                memcpy(req->partition, partition, sizeof(partition));
        }
        return fault;
}

void request_uki(const struct request *req, struct text *ret) {
        if (req->has_partition) {
                text_str(ret, REQUEST_PARTITION);
                gpt_guid_write(req->partition, ret);
        }
        text_str(ret, req->uki);
}

static bool write_uki(const struct request *req, struct text *ret) {
        request_uki(req, ret);
        return req->uki[0] != 0;
}

bool request_can_name(struct span addon) {
        return is_name(addon, REQUEST_ADDON_MAX) && addon.p[0] != '.';
}

static enum request_fault read_addon(struct request *req, struct request_given given) {
        struct span value = given.value;

        if (path_is_addon(value))
                value.n -= strlen(ADDON_TAIL);
        if (!request_can_name(value))
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

static bool write_addon(const struct request *req, size_t i, struct text *ret) {
        if (i >= req->n_addons)
                return false;
        text_str(ret, req->addons[i]);
        return true;
}

static enum request_fault read_profile(struct request *req, struct request_given given) {
        uint64_t n = 0;
        enum request_fault fault;

        for (size_t i = 0; i < given.value.n; i++) {
                if (given.value.p[i] < '0' || given.value.p[i] > '9')
                        return REQUEST_FAULT_MALFORMED;
                n = n * 10 + (uint64_t) (given.value.p[i] - '0');
                if (n > UINT32_MAX)
                        return REQUEST_FAULT_MALFORMED;
        }
        if (given.value.n == 0)
                return REQUEST_FAULT_MALFORMED;
        fault = settle(req->has_profile, req->profile == n);
        if (fault == REQUEST_FAULT_NONE) {
                req->has_profile = true;
                req->profile = (unsigned) n;
        }
        return fault;
}

static bool write_profile(const struct request *req, struct text *ret) {
        text_dec(ret, req->profile);
        return req->has_profile;
}

static enum request_fault read_digest(struct span value, bool *has, uint8_t digest[32]) {
        uint8_t bytes[32];
        enum request_fault fault;

        if (!span_hex(value, bytes, sizeof(bytes)))
                return REQUEST_FAULT_MALFORMED;
        fault = settle(*has, memcmp(bytes, digest, sizeof(bytes)) == 0);
        if (fault == REQUEST_FAULT_NONE) {
                *has = true;
                memcpy(digest, bytes, sizeof(bytes));
        }
        return fault;
}

static bool write_digest(bool has, const uint8_t digest[32], struct text *ret) {
        text_hex(ret, (struct span) { digest, 32 });
        return has;
}

static enum request_fault read_sha256(struct request *req, struct request_given given) {
        return read_digest(given.value, &req->has_sha256, req->sha256);
}

static bool write_sha256(const struct request *req, struct text *ret) {
        return write_digest(req->has_sha256, req->sha256, ret);
}

static enum request_fault read_plan(struct request *req, struct request_given given) {
        return read_digest(given.value, &req->has_plan, req->plan);
}

static bool write_plan(const struct request *req, struct text *ret) {
        return write_digest(req->has_plan, req->plan, ret);
}

static enum request_fault read_id(struct request *req, struct request_given given) {
        enum request_fault fault;

        if (!is_name(given.value, REQUEST_ID_MAX))
                return REQUEST_FAULT_MALFORMED;
        fault = settle(req->id[0] != 0, span_eq_str(given.value, req->id));
        if (fault == REQUEST_FAULT_NONE)
                copy_string(req->id, given.value);
        return fault;
}

static bool write_id(const struct request *req, struct text *ret) {
        text_str(ret, req->id);
        return req->id[0] != 0;
}

static enum request_fault read_via(struct request *req, struct request_given given) {
        uint8_t number[2] = { 0, 0 };
        enum request_via via = REQUEST_VIA_LOADER;
        enum request_fault fault;
        uint16_t boot;

        if (!span_eq_str(given.value, "loader")) {
                if (!span_hex(given.value, number, sizeof(number)))
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

static bool write_via(const struct request *req, struct text *ret) {
        const uint8_t number[2] = { (uint8_t) (req->via_boot >> 8), (uint8_t) req->via_boot };

        if (req->via == REQUEST_VIA_LOADER)
                text_str(ret, "loader");
        else
                text_hex(ret, (struct span) { number, sizeof(number) });
        return req->via != REQUEST_VIA_ANY;
}

static enum request_fault read_handoff(struct request *req, struct request_given given) {
        if (!span_eq_str(given.value, "stub"))
                return REQUEST_FAULT_MALFORMED;
        req->handoff_stub = true;
        return REQUEST_FAULT_NONE;
}

static bool write_handoff(const struct request *req, struct text *ret) {
        text_str(ret, "stub");
        return req->handoff_stub;
}

static const char log_names[][8] = { [REQUEST_LOG_ERROR] = "error", [REQUEST_LOG_INFO] = "info", [REQUEST_LOG_DEBUG] = "debug" };

static enum request_fault read_log(struct request *req, struct request_given given) {
        enum request_log log = REQUEST_LOG_ERROR;
        enum request_fault fault;

        while (log <= REQUEST_LOG_DEBUG && !span_eq_str(given.value, log_names[log]))
                log++;
        if (log > REQUEST_LOG_DEBUG)
                return REQUEST_FAULT_MALFORMED;
        fault = settle(req->log != REQUEST_LOG_UNSET, req->log == log);
        if (fault == REQUEST_FAULT_NONE)
                req->log = log;
        return fault;
}

static bool write_log(const struct request *req, struct text *ret) {
        text_str(ret, log_names[req->log]);
        return req->log != REQUEST_LOG_UNSET;
}

static enum request_fault read_oneshot(struct request *req, struct request_given given) {
        if (given.value.p)
                return REQUEST_FAULT_MALFORMED;
        req->oneshot = true;
        return REQUEST_FAULT_NONE;
}

static bool write_oneshot(const struct request *req, struct text *ret) {
        (void) ret; /* a key without a value */
        return req->oneshot;
}

/* clang-format off */
enum request_fault request_read_value(struct request *req, enum request_key key, struct request_given given) {
#define READ(key, name, takes) case key: return read_##name(req, given);
        switch (key) {
        REQUEST_KEYS(READ, READ)
        default: return REQUEST_FAULT_MALFORMED;
        }
}

bool request_write_value(const struct request *req, enum request_key key, size_t i, struct text *ret) {
#define WRITE_ONE(key, name, takes)  case key: return i == 0 && write_##name(req, ret);
#define WRITE_MANY(key, name, takes) case key: return write_##name(req, i, ret);
        switch (key) {
        REQUEST_KEYS(WRITE_ONE, WRITE_MANY)
        default: return false;
        }
}
/* clang-format on */
