/* SPDX-License-Identifier: BSD-2-Clause */
/* The arithmetic of PCRs over an event log. */
#pragma once

#include "eventlog.h"
#include "host/digest.h"

#define PCR_DIGEST_MAX 64u

struct pcr_log {
        bool has[BANKS];
        size_t n;
        struct tcg_event *events; /* those that extend a PCR */
};

/* All of a log at once. bytes are borrowed. False with a clause; ret is to be freed in any case. */
bool pcr_log_read(struct span bytes, struct pcr_log *ret, struct text *why);
void pcr_log_free(struct pcr_log *log);

/* These digests, in one walk. */
void pcr_hash_all(enum bank b, const struct digest_wanted *list, size_t n);
/* The digest of parts one after the other. */
void pcr_hash(enum bank b, const struct span *parts, size_t n, uint8_t ret[PCR_DIGEST_MAX]);
/* value becomes H(value || digest). */
void pcr_extend(enum bank b, uint8_t value[PCR_DIGEST_MAX], const uint8_t *digest);
/* What the PCR held after all events. */
void pcr_replay(const struct pcr_log *log, enum bank b, unsigned pcr, uint8_t ret[PCR_DIGEST_MAX]);
