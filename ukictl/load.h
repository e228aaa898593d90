/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl load` only: what its steps hand to each other. */
#pragma once

#include "arming.h"
#include "out.h"
#include "trust.h"
#include "verb_plan.h"
#include "verify.h"

#define LOAD_WORDS_MAX OVERLAY_WORDS_MAX

/* A word that --append or --reuse-cmdline wants, and where it will come from. */
enum word_fate { WORD_PENDING, WORD_IN_LINE, WORD_ADDON, WORD_UNSIGNED, WORD_NOT_KEPT };
struct load_word {
        char *text;
        bool must; /* --append: fail if nobody offers it */
        enum word_fate fate;
        char addon[REQUEST_ADDON_MAX + 1];
};

struct load_job {
        struct host host;
        /* asked */
        const char *uki, *append, *profile;
        bool reuse, by_loader;
        enum { LOAD_AS_ENTRY, LOAD_DIRECTLY, LOAD_THROUGH_SHIM } way; /* whose keys count */
        /* found */
        struct arming arming;
        struct trust trust;
        bool checks_on; /* Secure Boot will judge what is loaded */
        bool through_shim;
        unsigned shim;    /* shim_version() of the one that will run; 0: none, or not known */
        bool mok_unknown; /* shim will run, but did not in this boot: its lists cannot be seen */
        char *ukiload;    /* the installed image */
        char *uki_file;
        const char *volume; /* folder of the UKI's volume */
        struct plan_job *plan;
        char profile_text[16];
        struct names picked; /* addons found for words; plan->addons points into it */
        struct text words;   /* unsigned words of the request */
        char words_buf[REQUEST_CHARS_MAX + 1];
        struct load_word wanted[LOAD_WORDS_MAX];
        size_t n_wanted;
        struct names notes;
};

/* All empty. load_job_free leaves job->host to whoever opened it. */
struct load_job *load_job_new(void);
void load_job_free(struct load_job *job);

/* Each step: EXIT_OK, or a sentence in why. */

/* ukictl/load_find.c */
enum exit_code load_find_entry(struct load_job *job, struct text *why);
enum exit_code load_find_uki(struct load_job *job, struct text *why);
/* Whether a request can name the image that was found; a standing start has no need to. */
enum exit_code load_can_name(const struct load_job *job, struct text *why);
enum exit_code load_find_profile(struct load_job *job, struct text *why);

/* ukictl/load_trust.c */
enum exit_code load_read_trust(struct load_job *job, struct text *why);
/* Format, and if checks_on signature, revocation and SBAT level. path is for the sentence. */
enum exit_code load_judge_image(const struct load_job *job, const char *path, struct span file, struct text *why);
/* Plans as ukiload does: again until no admitted addon turns out untrusted. The code of a refusal; its sentence is in
 * job->plan->plan.why. */
enum exit_code load_make_plan(struct load_job *job);
/* Reads addons and request anew, then load_make_plan. why: the sentence for any failure. */
enum exit_code load_plan_again(struct load_job *job, struct text *why);
/* The name of whoever vouches for an image ("db", "MokListRT") and its signer, for a person; empty if nobody does. */
void load_voucher(const struct load_job *job, struct span file, struct text *ret);

/* ukictl/load_shim.c: what shim asks beyond signatures, where shim is on the way and checks are on; for load_read_trust and
 * load_judge_image. */
void load_find_shim(struct load_job *job);
void load_ask_shim(const struct load_job *job, const struct pe *pe, struct verdict *v);
/* Of the kernel inside, where shim is to load it: its format, and under shim 16.0 a signature of its own. */
enum exit_code load_check_kernel(struct load_job *job, struct text *why);

/* ukictl/load_words.c: finds addons or rules for what --append and --reuse-cmdline want. */
enum exit_code load_words(struct load_job *job, struct text *why);

/* ukictl/load_checks.c: what would keep firmware from coming to ukiload. */
enum exit_code load_check_bypass(struct load_job *job, struct text *why);
enum exit_code load_check_owner(struct load_job *job, struct text *why);
enum exit_code load_check_room(struct load_job *job, struct text *why);

/* ukictl/load_print.c */
void load_note(struct load_job *job, const char *first, ...);
void load_print(struct load_job *job, const struct request *request);
const char *word_fate_name(enum word_fate fate);
