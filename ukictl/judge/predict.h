/* SPDX-License-Identifier: BSD-2-Clause */
/* The PCR values that a plan will produce. */
#pragma once

#include "judge/pcr.h"
#include "sidecars.h"
#include "judge/plan_job.h"

enum predict_pcr { PCR_4, PCR_7, PCR_9, PCR_11, PCR_12, PCR_13, PREDICTED };

/* How ukiload is started; VIA_STOCK: it is not, the loader starts the UKI. */
enum predict_via { VIA_NEXT, VIA_LOADER, VIA_STOCK };

/* Which component of systemd-pcrlock(8) a measurement belongs to (judge/predict_pcrlock.c). */
enum predict_of { OF_OTHERS, OF_AUTHORITY, OF_LOADER, OF_ADDONS, OF_WORDS, PREDICT_OF };

#define MEASURED_MAX 1024

/* One coming measurement. */
struct measured {
        enum predict_pcr pcr;
        uint8_t digest[BANKS][PCR_DIGEST_MAX];
        bool has[BANKS];
        bool kept; /* as in the log of the running boot */
        enum predict_of of;
        char what[128];
};

/* Digests of what is large (judge/predict_digest.c), in the banks that are asked for. */
struct predict_large {
        uint8_t image[BANKS][PCR_DIGEST_MAX];                      /* the UKI, as firmware measures it */
        uint8_t event[STUBROLE_EVENTS_MAX][BANKS][PCR_DIGEST_MAX]; /* of job->role, but for texts */
        uint8_t initrd[BANKS][PCR_DIGEST_MAX];                     /* as the kernel gets it, if it measures it */
};

struct predict_job {
        struct plan_job *plan_job;
        /* asked */
        const char *eventlog_path, *pcrs, *ukiload, *efivars;
        enum predict_via via;
        bool wants_events, wants_plan; /* the plan's own digest too */
        const char *pcrlock;           /* the folder that gets components; NULL: none is asked for */
        /* found */
        struct bytes log_bytes, launcher, memory; /* memory: the UKI as LoadImage lays it out */
        bool has_log;
        struct pcr_log log;
        bool bank[BANKS]; /* those that are predicted */
        bool secure_boot, has_shim;
        struct pe pe; /* over memory */
        struct pe launcher_pe;
        struct sidecars sidecars;
        struct bytes singles;
        /* made */
        bool is_told; /* the boot loader will tell the UKI this, and measure it (loaderline.h), UTF-8 */
        struct span told;
        char told_buf[CMDLINE_MAX + 1];
        struct stubrole role;
        struct predict_large large;
        enum predict_of of; /* of what is measured now */
        size_t n_measured;
        struct measured measured[MEASURED_MAX];
        bool known[PREDICTED];
        char unknown[PREDICTED][320]; /* unless known: why */
        uint8_t value[PREDICTED][BANKS][PCR_DIGEST_MAX];
        char notes[1024]; /* assumptions, a line each */
};

/* judge/predict_values.c */
unsigned predict_number(enum predict_pcr pcr);
/* Appends a measurement of these bytes. Of the boot without ukiload only what components are for is hashed. */
void predict_hashed(struct predict_job *job, enum predict_pcr pcr, const char *what, const struct span *parts, size_t n);
/* The same with the digests. */
void predict_digested(struct predict_job *job, enum predict_pcr pcr, const char *what,
                      const uint8_t digest[BANKS][PCR_DIGEST_MAX]);
/* As if nothing had been measured yet. */
void predict_begin(struct predict_job *job);
/* Frees what predict_role has read. */
void predict_release(struct predict_job *job);
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

/* judge/predict_digest.c: which banks: those of the log, else those that this machine shows, else all; asked: that one alone, or
 * NULL. False with a clause: the log lacks it. */
bool predict_banks(struct predict_job *job, const enum bank *asked, struct text *why);
/* All of job->large, and what the plan lacks of the image's digests; initrd: the kernel measures it. */
void predict_digest(struct predict_job *job, bool initrd);

/* judge/predict_role.c: PCR 9, 11, 12, 13, from the code that firmware runs. False with a sentence. */
bool predict_layout(struct predict_job *job, struct text *why); /* the UKI as it will lie in memory, in job->pe */
bool predict_role(struct predict_job *job, struct text *why);
/* judge/predict_loader.c: what the boot loader tells the UKI, into job->told; and what of that the stub takes, or nothing. */
void predict_loader_tells(struct predict_job *job);
struct span predict_told_to_stub(const struct predict_job *job);
/* judge/predict_boot.c: PCR 4, and with predict_authority.c PCR 7, from the log of the running boot. */
void predict_boot(struct predict_job *job);
/* Secure Boot was on in the boot that the log is of. */
bool predict_secure_boot(const struct predict_job *job);
/* cut: the first event of the log that is not kept. */
void predict_authorities(struct predict_job *job, size_t cut);

/* judge/predict_pcrlock.c: what systemd-pcrlock(8) is told. A component is one thing in the order of the boot, by the number in
 * its name; each file in its folder is a variant, of which any may come. */
struct pcrlock_file {
        const char *component; /* "630-boot-loader"; NULL: this boot adds nothing to it */
        char name[256];        /* "998-ukiload-next.pcrlock": first the variants of most records, for only the first that is found
                                  in a log counts there, and a shorter one is found in a longer one's boot */
        char *text;            /* JSON; malloc'ed. NULL: cannot be known, and what there is stays */
};
/* All of what is predicted now. False with a sentence. */
bool predict_files(const struct predict_job *job, struct pcrlock_file ret[PREDICT_OF], struct text *why);
/* The same UKI started without ukiload, with those of the addons that its stub takes by itself: predicts that, and then as
 * predict_files. job->plan_job's plan is made anew afterwards. */
bool predict_stock_files(struct predict_job *job, struct pcrlock_file ret[PREDICT_OF], struct text *why);
