/* SPDX-License-Identifier: BSD-2-Clause */
#include "eventlog.h"

#include <string.h>

#define EV_NO_ACTION 3u

static const struct {
        uint16_t id;
        uint8_t size;
        char name[8];
} banks[BANKS] = {
        [BANK_SHA1] = { 0x0004, 20, "sha1" },
        [BANK_SHA256] = { 0x000b, 32, "sha256" },
        [BANK_SHA384] = { 0x000c, 48, "sha384" },
        [BANK_SHA512] = { 0x000d, 64, "sha512" },
};

static bool take(struct span *rest, size_t n, struct span *ret) {
        return span_sub(*rest, 0, n, ret) && span_sub(*rest, n, rest->n - n, rest);
}

static bool take_u16(struct span *rest, uint16_t *ret) {
        struct span s;

        return take(rest, 2, &s) && span_u16(s, 0, ret);
}

static bool take_u32(struct span *rest, uint32_t *ret) {
        struct span s;

        return take(rest, 4, &s) && span_u32(s, 0, ret);
}

/* The first event has the old format and tells the algorithms (TCG_EfiSpecIDEventStruct). */
static bool read_head(struct span *rest, struct eventlog *ret) {
        struct span head, digest;
        uint32_t pcr, type, size, n;

        if (!take_u32(rest, &pcr) || !take_u32(rest, &type) || !take(rest, 20, &digest) || !take_u32(rest, &size) ||
            !take(rest, size, &head) || type != EV_NO_ACTION || !span_starts(head, "Spec ID Event03"))
                return false;
        if (!span_u32(head, 24, &n) || n > EVENTLOG_ALGORITHMS_MAX)
                return false;
        ret->n_algorithms = n;
        for (size_t i = 0; i < n; i++)
                if (!span_u16(head, 28 + 4 * i, &ret->algorithm[i].id) || !span_u16(head, 30 + 4 * i, &ret->algorithm[i].size))
                        return false;
        return true;
}

static bool take_digest(struct span *rest, const struct eventlog *log, struct tcg_event *e) {
        struct span digest;
        uint16_t id;

        if (!take_u16(rest, &id))
                return false;
        for (size_t i = 0; i < log->n_algorithms; i++) {
                if (log->algorithm[i].id != id)
                        continue;
                if (!take(rest, log->algorithm[i].size, &digest))
                        return false;
                for (unsigned b = 0; b < BANKS; b++)
                        if (banks[b].id == id && banks[b].size == digest.n)
                                e->digest[b] = digest;
                return true;
        }
        return false;
}

static bool take_event(struct span *rest, const struct eventlog *log, struct tcg_event *e) {
        uint32_t n, size;

        memset(e, 0, sizeof(*e));
        if (!take_u32(rest, &e->pcr) || !take_u32(rest, &e->type) || !take_u32(rest, &n) || n > EVENTLOG_ALGORITHMS_MAX)
                return false;
        for (uint32_t i = 0; i < n; i++)
                if (!take_digest(rest, log, e))
                        return false;
        return take_u32(rest, &size) && take(rest, size, &e->data);
}

bool eventlog_open(struct span bytes, struct eventlog *ret, struct text *why) {
        struct eventlog log;

        memset(&log, 0, sizeof(log));
        if (!read_head(&bytes, &log)) {
                text_str(why, "is not an event log of a TPM 2.0");
                return false;
        }
        for (size_t i = 0; i < log.n_algorithms; i++)
                for (unsigned b = 0; b < BANKS; b++)
                        log.has[b] = log.has[b] || (log.algorithm[i].id == banks[b].id && log.algorithm[i].size == banks[b].size);
        log.rest = bytes;
        *ret = log;
        return true;
}

enum eventlog_step eventlog_next(struct eventlog *log, struct tcg_event *ret, struct text *why) {
        struct tcg_event e;

        while (log->rest.n > 0) {
                if (log->n == EVENTLOG_EVENTS_MAX || !take_event(&log->rest, log, &e)) {
                        text_str(why, "is damaged after event ");
                        text_dec(why, log->n);
                        log->rest.n = 0;
                        return EVENTLOG_DAMAGED;
                }
                log->n++;
                if (e.type == EV_NO_ACTION)
                        continue;
                *ret = e;
                return EVENTLOG_EVENT;
        }
        return EVENTLOG_END;
}

const char *bank_name(enum bank b) {
        return banks[b].name;
}

size_t bank_size(enum bank b) {
        return banks[b].size;
}

/* UCS-2 as ASCII; every other character becomes `?`. */
static void ascii(struct span ucs2, struct text *ret) {
        uint16_t c;

        for (size_t i = 0; span_u16(ucs2, i, &c) && c != 0; i += 2)
                text_char(ret, c >= 0x20 && c < 0x7f ? (char) c : '?');
}

void event_image_path(const struct tcg_event *e, struct text *ret) {
        struct span path, head, node;
        uint64_t size;
        uint16_t len;

        if (!span_u64(e->data, 24, &size) || size > e->data.n || !span_sub(e->data, 32, (size_t) size, &path))
                return;
        while (span_sub(path, 0, 4, &head) && span_u16(head, 2, &len) && len >= 4 && take(&path, len, &node))
                if (node.p[0] == 4 && node.p[1] == 4 && span_sub(node, 4, node.n - 4, &node)) /* media, file path */
                        ascii(node, ret);
}

bool event_variable(const struct tcg_event *e, struct text *ret_name, struct span *ret_data) {
        struct span rest = e->data, name, head;
        uint64_t name_len, size;

        if (!take(&rest, 32, &head) || !span_u64(head, 16, &name_len) || !span_u64(head, 24, &size) || name_len > rest.n / 2 ||
            !take(&rest, (size_t) name_len * 2, &name) || size > rest.n || !take(&rest, (size_t) size, ret_data))
                return false;
        ascii(name, ret_name);
        return true;
}
