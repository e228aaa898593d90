/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl plan` only: what its steps hand to each other. */
#pragma once

#include "files.h"
#include "plan.h"
#include "policy_file.h"
#include "ukictl.h"

struct plan_job {
        /* asked */
        const char *uki, *esp, *policy, *append, *profile;
        const char *addons[PLAN_ADDONS_MAX];
        size_t n_addons;
        uint16_t machine;
        bool json;
        /* found */
        char *root;                     /* the volume's folder on this host; NULL: unknown */
        char uki_path[PLAN_PATH_MAX];   /* as firmware names it */
        bool on_volume;                 /* the UKI lies under root */
        char *policy_path;              /* NULL: none was found */
        struct policy_file own;
        struct bytes image, smbios;
        struct span smbios_extra;
        bool smbios_read;
        struct pe pe;
        uint8_t sha256[SHA256_SIZE];
        struct request request;
        bool has_request;
        struct plan_addon found[PLAN_ADDONS_MAX];
        struct bytes found_bytes[PLAN_ADDONS_MAX];
        size_t n_found;
        /* made */
        struct plan_scratch scratch;
        struct plan plan;
};

/* ukictl/plan_gather.c. Each: false with a sentence in why; *ret_code is then the exit code. */
bool gather_image(struct plan_job *job, enum exit_code *ret_code, struct text *why);
bool gather_policy(struct plan_job *job, enum exit_code *ret_code, struct text *why);
bool gather_addons(struct plan_job *job, enum exit_code *ret_code, struct text *why);
bool gather_request(struct plan_job *job, enum exit_code *ret_code, struct text *why);
/* What the stub will append by itself; absent or unreadable tables are no failure. */
void gather_smbios(struct plan_job *job);

/* ukictl/plan_print.c */
void plan_print_text(const struct plan_job *job);
void plan_print_json(const struct plan_job *job);
