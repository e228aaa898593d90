/* SPDX-License-Identifier: BSD-2-Clause */
/* The PCR values that a plan will produce. */
#pragma once

#include "judge/pcr.h"
#include "sidecars.h"
#include "judge/plan_job.h"

enum predict_pcr { PCR_4, PCR_7, PCR_9, PCR_11, PCR_12, PCR_13, PREDICTED };

/* How ukiload is started. */
enum predict_via { VIA_NEXT, VIA_LOADER };

#define MEASURED_MAX 1024

/* One coming measurement. */
struct measured {
        enum predict_pcr pcr;
        uint8_t digest[BANKS][PCR_DIGEST_MAX];
        bool has[BANKS];
        bool kept; /* as in the log of the running boot */
        char what[128];
};

struct predict_job {
        struct plan_job *plan_job;
        /* asked */
        const char *eventlog_path, *pcrs, *ukiload, *efivars;
        enum predict_via via;
        bool wants_events;
        /* found */
        struct bytes log_bytes, launcher, memory; /* memory: the UKI as LoadImage lays it out */
        bool has_log;
        struct pcr_log log;
        bool secure_boot, has_shim;
        struct pe pe; /* over memory */
        struct pe launcher_pe;
        struct sidecars sidecars;
        struct bytes singles;
        /* made */
        struct stubrole role;
        size_t n_measured;
        struct measured measured[MEASURED_MAX];
        bool known[PREDICTED];
        char unknown[PREDICTED][320]; /* unless known: why */
        uint8_t value[PREDICTED][BANKS][PCR_DIGEST_MAX];
        char notes[1024]; /* assumptions, a line each */
};

/* judge/predict_values.c */
unsigned predict_number(enum predict_pcr pcr);
/* Appends a measurement of these bytes. */
void predict_hashed(struct predict_job *job, enum predict_pcr pcr, const char *what, const struct span *parts, size_t n);
/* Appends an event as it stands in the log. */
void predict_kept(struct predict_job *job, enum predict_pcr pcr, const char *what, const struct tcg_event *e);
/* The value cannot be told; the first reason stays. */
void predict_give_up(struct predict_job *job, enum predict_pcr pcr, const char *why);
/* shim was at work when this event was made. */
bool predict_is_shims(const struct tcg_event *e);
void predict_note(struct predict_job *job, const char *line);

/* The bank's value of this PCR is meaningful. */
bool predict_bank_known(const struct predict_job *job, enum predict_pcr pcr, enum bank b);
void predict_compute(struct predict_job *job);
/* Gives up on what is taken from the log if the log does not explain the registers. */
void predict_check_registers(struct predict_job *job);
enum comparison { NOT_COMPARED, SAME, DIFFERS };
/* Against what the PCR held when the running kernel was started. */
enum comparison predict_compare(const struct predict_job *job, enum predict_pcr pcr);
void predict_hex(const uint8_t *p, size_t n, char ret[2 * PCR_DIGEST_MAX + 1]);

/* judge/predict_role.c: PCR 9, 11, 12, 13, from the code that firmware runs. False with a sentence. */
bool predict_layout(struct predict_job *job, struct text *why); /* the UKI as it will lie in memory, in job->pe */
bool predict_role(struct predict_job *job, struct text *why);
/* judge/predict_boot.c: PCR 4, and with predict_authority.c PCR 7, from the log of the running boot. */
void predict_boot(struct predict_job *job);
/* cut: the first event of the log that is not kept. */
void predict_authorities(struct predict_job *job, size_t cut);
