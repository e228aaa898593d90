/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot that comes if one is armed, or none: which image it takes, whom firmware and shim will believe, and the plan that
 * ukiload will make. */
#pragma once

#include "host/arming.h"
#include "host/elsewhere.h"
#include "judge/plan_job.h"
#include "judge/checks.h"

struct next_boot {
        struct host host;
        /* asked */
        const char *uki, *profile; /* judge/named.h has what uki may be */
        bool by_loader;
        bool any_volume; /* uki may lie where a request can name it, not only where ukictl keeps addons */
        enum { NEXT_AS_ENTRY, NEXT_DIRECTLY, NEXT_THROUGH_SHIM } way; /* whose keys count */
        /* found */
        struct arming arming;
        struct believed believed;
        bool checks_on; /* Secure Boot will judge what is loaded */
        bool through_shim;
        unsigned shim;                /* shim_version() of the one that will run; 0: none, or not known */
        bool mok_unknown;             /* shim will run, but did not in this boot: its lists cannot be seen */
        char *ukiload;                /* the installed image, as the entry starts it */
        char loader_id[64];           /* systemd-boot's name for it, if by_loader */
        char *uki_file, *uki_profile; /* of judge/named.h */
        const char *volume;           /* folder of the UKI's volume */
        struct elsewhere elsewhere;   /* that volume, if it is neither the ESP nor XBOOTLDR: a request names its partition */
        struct plan_job *plan;
        char profile_text[16];
        struct text words; /* unsigned words of the request */
        char words_buf[REQUEST_CHARS_MAX + 1];
        struct names notes;
        struct next_boot_judged *judged; /* images that were judged already */
        bool is_last;                    /* of survey_judge: ukiload, come to this image, starts nothing and tries no other */
};

/* All empty. next_boot_free leaves its host to whoever opened it. */
struct next_boot *next_boot_new(void);
void next_boot_free(struct next_boot *job);
/* Another note for whoever asked; the pieces end with NULL. */
void next_boot_note(struct next_boot *job, const char *first, ...);

/* Each step: EXIT_OK, or a sentence in why. */

/* judge/next_boot_find.c */
enum exit_code next_boot_find_entry(struct next_boot *job, struct text *why);
enum exit_code next_boot_find_uki(struct next_boot *job, struct text *why);
/* Whether a request can name the image that was found; a standing start has no need to. */
enum exit_code next_boot_can_name(const struct next_boot *job, struct text *why);
enum exit_code next_boot_find_profile(struct next_boot *job, struct text *why);

/* judge/next_boot_believed.c */
enum exit_code next_boot_read_believed(struct next_boot *job, struct text *why);
/* Plans as ukiload does: again until no admitted addon turns out untrusted. The code of a refusal; its sentence is in
 * job->plan->plan.why. */
enum exit_code next_boot_make_plan(struct next_boot *job);
/* Reads addons and request anew, then next_boot_make_plan. why: the sentence for any failure. */
enum exit_code next_boot_plan_again(struct next_boot *job, struct text *why);
/* judge/next_boot_image.c. Format, and if checks_on signature, revocation and SBAT level; asked again it is remembered. path is
 * for the sentence, and says by its end whether it is an addon. */
enum exit_code next_boot_judge_image(struct next_boot *job, const char *path, struct span file, struct text *why);
/* LoadImage's part of a plan, for plan_job_make; arg is the job. */
void next_boot_vouch(void *arg, struct plan_addon *a);
/* If checks_on, the name of whoever vouches for it ("db", "MokListRT") and its signer, for a person; empty if nobody does. */
void next_boot_voucher(struct next_boot *job, const char *path, struct span file, struct text *ret);
void next_boot_forget_judged(struct next_boot *job);

/* judge/next_boot_shim.c: what shim asks beyond signatures, where shim is on the way and checks are on; for
 * next_boot_read_believed and next_boot_judge_image. */
void next_boot_find_shim(struct next_boot *job);
void next_boot_ask_shim(const struct next_boot *job, const struct pe *pe, struct verdict *v);
/* shim is on the way, and is what loads and not only what is asked. */
bool next_boot_shim_loads(const struct next_boot *job);
/* judge/next_boot_kernel.c. Of the kernel inside, where shim is to load it: its format, and under shim 16.0 a signature of its
 * own. */
enum exit_code next_boot_check_kernel(struct next_boot *job, struct text *why);

/* judge/next_boot_checks.c: what would keep firmware from coming to ukiload. */
enum exit_code next_boot_check_bypass(struct next_boot *job, struct text *why);
enum exit_code next_boot_check_owner(struct next_boot *job, struct text *why);
enum exit_code next_boot_check_room(struct next_boot *job, struct text *why);
