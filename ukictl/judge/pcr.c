/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/pcr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

static void append(struct pcr_log *log, const struct tcg_event *e) {
        if ((log->n & (log->n - 1)) == 0) { /* full at each power of two */
                log->events = realloc(log->events, (log->n ? 2 * log->n : 1) * sizeof(*e));
                if (!log->events) {
                        fputs("ukictl: out of memory\n", stderr);
                        exit(1);
                }
        }
        log->events[log->n++] = *e;
}

bool pcr_log_read(struct span bytes, struct pcr_log *ret, struct text *why) {
        struct eventlog walk;
        struct tcg_event e;
        enum eventlog_step step;

        memset(ret, 0, sizeof(*ret));
        if (!eventlog_open(bytes, &walk, why))
                return false;
        memcpy(ret->has, walk.has, sizeof(ret->has));
        while ((step = eventlog_next(&walk, &e, why)) == EVENTLOG_EVENT)
                append(ret, &e);
        return step == EVENTLOG_END;
}

void pcr_log_free(struct pcr_log *log) {
        free(log->events);
        memset(log, 0, sizeof(*log));
}

void pcr_hash_all(enum bank b, const struct digest_wanted *list, size_t n) {
        static const EVP_MD *(*const mds[BANKS])(void) = { EVP_sha1, EVP_sha256, EVP_sha384, EVP_sha512 };

        if (digest_all(mds[b](), list, n))
                return;
        out_warn("libcrypto gives no %s", bank_name(b));
        exit(1);
}

void pcr_hash(enum bank b, const struct span *parts, size_t n, uint8_t ret[PCR_DIGEST_MAX]) {
        pcr_hash_all(b, &(struct digest_wanted) { .parts = parts, .n = n, .ret = ret }, 1);
}

void pcr_extend(enum bank b, uint8_t value[PCR_DIGEST_MAX], const uint8_t *digest) {
        const struct span parts[2] = { { value, bank_size(b) }, { digest, bank_size(b) } };
        uint8_t next[PCR_DIGEST_MAX];

        pcr_hash(b, parts, 2, next);
        memcpy(value, next, bank_size(b));
}

void pcr_replay(const struct pcr_log *log, enum bank b, unsigned pcr, uint8_t ret[PCR_DIGEST_MAX]) {
        memset(ret, 0, PCR_DIGEST_MAX);
        for (size_t i = 0; i < log->n; i++)
                if (log->events[i].pcr == pcr && log->events[i].digest[b].n > 0)
                        pcr_extend(b, ret, log->events[i].digest[b].p);
}
