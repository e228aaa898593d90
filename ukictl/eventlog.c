/* SPDX-License-Identifier: BSD-2-Clause */
#include "eventlog.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EV_NO_ACTION 3u
#define ALGORITHMS_MAX 16u
#define EVENTS_MAX 65536u

static const struct { uint16_t id; size_t size; char name[8]; } banks[BANKS] = {
        [BANK_SHA1] = { 0x0004, 20, "sha1" },
        [BANK_SHA256] = { 0x000b, 32, "sha256" },
        [BANK_SHA384] = { 0x000c, 48, "sha384" },
};

/* The algorithms that this log uses, known here or not, with the sizes of their digests. */
struct algorithms { size_t n; struct { uint16_t id, size; } list[ALGORITHMS_MAX]; };

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
static bool read_head(struct span *rest, struct algorithms *ret) {
        struct span head, digest;
        uint32_t pcr, type, size, n;

        if (!take_u32(rest, &pcr) || !take_u32(rest, &type) || !take(rest, 20, &digest) || !take_u32(rest, &size) ||
            !take(rest, size, &head) || type != EV_NO_ACTION || !span_starts(head, "Spec ID Event03"))
                return false;
        if (!span_u32(head, 24, &n) || n > ALGORITHMS_MAX)
                return false;
        ret->n = n;
        for (size_t i = 0; i < n; i++)
                if (!span_u16(head, 28 + 4 * i, &ret->list[i].id) || !span_u16(head, 30 + 4 * i, &ret->list[i].size))
                        return false;
        return true;
}

static bool take_digest(struct span *rest, const struct algorithms *known, struct tcg_event *e) {
        struct span digest;
        uint16_t id;

        if (!take_u16(rest, &id))
                return false;
        for (size_t i = 0; i < known->n; i++) {
                if (known->list[i].id != id)
                        continue;
                if (!take(rest, known->list[i].size, &digest))
                        return false;
                for (unsigned b = 0; b < BANKS; b++)
                        if (banks[b].id == id && banks[b].size == digest.n)
                                e->digest[b] = digest;
                return true;
        }
        return false;
}

static bool take_event(struct span *rest, const struct algorithms *known, struct tcg_event *e) {
        uint32_t n, size;

        memset(e, 0, sizeof(*e));
        if (!take_u32(rest, &e->pcr) || !take_u32(rest, &e->type) || !take_u32(rest, &n) || n > ALGORITHMS_MAX)
                return false;
        for (uint32_t i = 0; i < n; i++)
                if (!take_digest(rest, known, e))
                        return false;
        return take_u32(rest, &size) && take(rest, size, &e->data);
}

static void append(struct eventlog *log, const struct tcg_event *e) {
        if ((log->n & (log->n - 1)) == 0) { /* full at each power of two */
                log->events = realloc(log->events, (log->n ? 2 * log->n : 1) * sizeof(*e));
                if (!log->events) {
                        fputs("ukictl: out of memory\n", stderr);
                        exit(1);
                }
        }
        log->events[log->n++] = *e;
}

bool eventlog_parse(struct span bytes, struct eventlog *ret, struct text *why) {
        struct algorithms known;
        struct tcg_event e;

        memset(ret, 0, sizeof(*ret));
        if (!read_head(&bytes, &known)) {
                text_str(why, "is not an event log of a TPM 2.0");
                return false;
        }
        for (size_t i = 0; i < known.n; i++)
                for (unsigned b = 0; b < BANKS; b++)
                        ret->has[b] = ret->has[b] || known.list[i].id == banks[b].id;
        while (bytes.n > 0) {
                if (ret->n == EVENTS_MAX || !take_event(&bytes, &known, &e)) {
                        text_str(why, "is damaged after event ");
                        text_dec(why, ret->n);
                        return false;
                }
                if (e.type != EV_NO_ACTION)
                        append(ret, &e);
        }
        return true;
}

void eventlog_free(struct eventlog *log) {
        free(log->events);
        memset(log, 0, sizeof(*log));
}

const char *bank_name(enum bank b) {
        return banks[b].name;
}

size_t bank_size(enum bank b) {
        return banks[b].size;
}

void bank_hash(enum bank b, const struct span *parts, size_t n, uint8_t ret[DIGEST_MAX]) {
        const EVP_MD *md = b == BANK_SHA1 ? EVP_sha1() : b == BANK_SHA256 ? EVP_sha256() : EVP_sha384();
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1;

        for (size_t i = 0; ok && i < n; i++)
                ok = parts[i].n == 0 || EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
        if (!ok || EVP_DigestFinal_ex(ctx, ret, NULL) != 1) {
                fprintf(stderr, "ukictl: libcrypto gives no %s\n", banks[b].name);
                exit(1);
        }
        EVP_MD_CTX_free(ctx);
}

void bank_extend(enum bank b, uint8_t value[DIGEST_MAX], const uint8_t *digest) {
        const struct span parts[2] = { { value, banks[b].size }, { digest, banks[b].size } };
        uint8_t next[DIGEST_MAX];

        bank_hash(b, parts, 2, next);
        memcpy(value, next, banks[b].size);
}

void eventlog_replay(const struct eventlog *log, enum bank b, unsigned pcr, uint8_t ret[DIGEST_MAX]) {
        memset(ret, 0, DIGEST_MAX);
        for (size_t i = 0; i < log->n; i++)
                if (log->events[i].pcr == pcr && log->events[i].digest[b].n > 0)
                        bank_extend(b, ret, log->events[i].digest[b].p);
}

/* UCS-2 as ASCII; every other character becomes `?`. */
static void ascii(struct span ucs2, struct text *ret) {
        uint16_t c;

        for (size_t i = 0; span_u16(ucs2, i, &c) && c != 0; i += 2)
                text_char(ret, c >= 0x20 && c < 0x7f ? (char)c : '?');
}

void event_image_path(const struct tcg_event *e, struct text *ret) {
        struct span path, head, node;
        uint64_t size;
        uint16_t len;

        if (!span_u64(e->data, 24, &size) || size > e->data.n || !span_sub(e->data, 32, (size_t)size, &path))
                return;
        while (span_sub(path, 0, 4, &head) && span_u16(head, 2, &len) && len >= 4 && take(&path, len, &node))
                if (node.p[0] == 4 && node.p[1] == 4 && span_sub(node, 4, node.n - 4, &node)) /* media, file path */
                        ascii(node, ret);
}

bool event_variable(const struct tcg_event *e, struct text *ret_name, struct span *ret_data) {
        struct span rest = e->data, name, head;
        uint64_t name_len, size;

        if (!take(&rest, 32, &head) || !span_u64(head, 16, &name_len) || !span_u64(head, 24, &size) || name_len > rest.n / 2 ||
            !take(&rest, (size_t)name_len * 2, &name) || size > rest.n || !take(&rest, (size_t)size, ret_data))
                return false;
        ascii(name, ret_name);
        return true;
}
