/* SPDX-License-Identifier: BSD-2-Clause */
/* Extending PCRs, by TCG2 and in confidential VMs by the CC measurement protocol (TCG EFI Protocol Specification 1.0; UEFI 2.10,
 * 38). */
#pragma once

#include "fw.h"

enum measure_result {
        MEASURE_NOBODY, /* there is neither a TPM nor a CC protocol */
        MEASURE_DONE,
        MEASURE_FAILED, /* one of them refused, or does not say what it can */
};

struct measure_event {
        unsigned pcr;
        uint32_t tag;            /* 0: EV_IPL; else EV_EVENT_TAG with this id */
        bool cc;                 /* the CC protocol gets it too, first, as EV_IPL */
        bool unlogged_counts;    /* done as well if the register has it and the log has no room for it */
        struct span data;        /* what is hashed */
        struct span description; /* what the log says: UCS-2 bytes, NUL included */
};

/* ret_status: firmware's answer, of MEASURE_FAILED; else it is not written. */
enum measure_result measure_extend(const struct measure_event *event, EFI_STATUS *ret_status);

/* @measure: a policy's text into PCR 12, so that the event's SHA-256 is the policy's. */
enum measure_result measure_policy(struct span text, EFI_STATUS *ret_status);

/* The options that systemd-boot hands to what it starts, into PCR 12: the same text, UTF-8 here, is hashed and logged. */
enum measure_result measure_options(struct span utf8);

/* Looks whether there is a TPM: from then on one that is gone is one that fails, and not none. */
void measure_begin(void);

/* There is a TPM protocol, and the TPM does not answer it: firmware, which measures whatever it loads, then refuses to load. */
bool measure_tpm_lost(void);
