/* SPDX-License-Identifier: BSD-2-Clause */
/* A plan on this host: what it is made from, found file by file, and the plan. */
#pragma once

#include "arch.h"
#include "gather.h"
#include "host/host_disk.h"
#include "host/files.h"
#include "plan.h"
#include "judge/policy_file.h"
#include "ukictl.h"

struct plan_job {
        /* asked */
        const char *uki, *esp, *boot, *policy, *append, *profile;
        const char *addons[PLAN_ADDONS_MAX];
        size_t n_addons;
        uint16_t machine;
        const char *placed_path, *placed_file; /* a file of the host as if it lay there already; NULL: none */
        bool policy_to_come;                   /* ukiload is not installed, and policy is what it would have */
        bool only_pinned;                      /* the plan gets a digest only where the request pins it */
        /* found */
        char *esp_root;               /* the ESP's folder on this host, where ukiload is installed; NULL: unknown */
        char *root;                   /* that of the volume that the UKI lies on, whose addons count: the ESP's, or XBOOTLDR's */
        char uki_path[PLAN_PATH_MAX]; /* as firmware names it */
        char start_path[PLAN_PATH_MAX]; /* by the time it is started: a counted one has a try less */
        bool on_volume;                 /* the UKI lies under root */
        bool uncounted;                 /* ... which is neither the ESP nor XBOOTLDR: no boot of it is counted */
        char *beside;                   /* the folder that it lies in */
        struct host_disk disk;          /* its volume, or what stands for it */
        char *policy_path;              /* NULL: none was found */
        struct policy_file own;
        struct bytes image, smbios;
        struct span smbios_extra;
        bool smbios_read, confidential;
        struct pe pe;
        bool has_sha256, has_signed;        /* plan_job_digest was asked for */
        uint8_t sha256[SHA256_SIZE];        /* of the file */
        uint8_t signed_sha256[SHA256_SIZE]; /* what its signature is over: Authenticode's */
        struct request request;
        bool has_request;
        struct plan_addon found[PLAN_ADDONS_MAX];
        size_t n_found;
        /* made */
        struct plan_scratch scratch;
        struct plan plan;
};

/* judge/plan_gather.c. Each: false with a sentence in why; *ret_code is then the exit code. */
/* The image, unless plan_job_take_image gave it. */
bool gather_image(struct plan_job *job, enum exit_code *ret_code, struct text *why);
bool gather_policy(struct plan_job *job, enum exit_code *ret_code, struct text *why);
bool gather_request(struct plan_job *job, enum exit_code *ret_code, struct text *why);
/* The addons, those of the request too. */
bool gather_found(struct plan_job *job, enum exit_code *ret_code, struct text *why);
/* Of this machine: whether it is a confidential VM, and what the stub will append by itself; absent or unreadable tables are no
 * failure. */
void gather_machine(struct plan_job *job);

/* Digests of the image, which is large: each that is wanted and not there yet, both in one walk. */
void plan_job_digest(struct plan_job *job, bool file, bool is_signed);
/* The image and its digests move to a job that has no image yet: what was read and judged is not read again. */
void plan_job_take_image(struct plan_job *to, struct plan_job *from);
/* These bytes are the image. */
bool plan_job_is_image(const struct plan_job *job, struct span bytes);
/* If so, and has_signed, that digest; else NULL. */
const uint8_t *plan_job_signed(const struct plan_job *job, struct span bytes);

/* Of SMBIOS, what the stub appends to the plan's line: not every stub does. */
static inline struct span plan_job_stub_words(const struct plan_job *job) {
        return job->plan.stub_words ? job->smbios_extra : (struct span) { NULL, 0 };
}

uint16_t plan_this_machine(void);
/* 0: ukiload is for no such machine. */
uint16_t plan_machine_named(const char *name);
#define PLAN_ADDON_NAME                                   \
        ": a request names an addon by 1 to " LIMIT_TEXT( \
                REQUEST_ADDON_MAX) " of A-Z a-z 0-9 . _ - without a dot in front: rename it"
#define PLAN_MACHINE_UNKNOWN " names no machine that ukiload is built for: say one of " ARCH_NAMES
/* The plan for what was gathered, settled (plan_settle); pe is job->pe, or the same image as it will lie in memory. */
void plan_job_settle(struct plan_job *job, const struct pe *pe, plan_vouch vouch, void *arg);
/* The same; and where ukiload takes the stub's role it does not start with more sidecars than it takes, which it counts last. */
void plan_job_make(struct plan_job *job, const struct pe *pe, plan_vouch vouch, void *arg);
enum exit_code plan_exit_code(const struct plan *plan);
/* As if no request and no addons had been gathered. */
void plan_job_forget(struct plan_job *job);
void plan_job_clear(struct plan_job *job);
