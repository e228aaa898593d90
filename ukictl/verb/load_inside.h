/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl load`: what its steps hand to each other. */
#pragma once

#include "judge/next_boot.h"
#include "judge/pool.h"
#include "verb/verb.h"

#define LOAD_WORDS_MAX OVERLAY_WORDS_MAX

/* A word that --append or --reuse-cmdline wants, and where it will come from. */
enum word_fate { WORD_PENDING, WORD_IN_LINE, WORD_ADDON, WORD_UNSIGNED, WORD_NOT_KEPT };
struct load_word {
        char *text;
        bool must; /* --append: fail if nobody offers it */
        enum word_fate fate;
        char addon[REQUEST_ADDON_MAX + 1];
};

enum { METHOD_BOOTNEXT = 1, METHOD_LOADER_ENTRY };

struct load_job {
        struct call call;
        struct next_boot *boot;
        /* asked */
        const char *append, *profile;
        bool reuse;
        int method; /* METHOD_*, 0: not given */
        struct option_list addons;
        /* found */
        char *usual;         /* the image that ukiload takes by itself, if none was asked for */
        struct names picked; /* addons found for words; boot->plan->addons points into it */
        struct load_word wanted[LOAD_WORDS_MAX];
        size_t n_wanted;
};

/* verb/load_words.c: finds addons or rules for what --append and --reuse-cmdline want. EXIT_OK, or a sentence in why. */
enum exit_code load_words(struct load_job *job, struct text *why);

/* verb/load_missing.c: whether a rule takes a word unsigned, and the sentence for one that no addon says and no rule takes. */
bool load_takes_unsigned(const struct load_job *job, const char *word);
void load_say_missing(const struct load_job *job, const struct pool *pool, const char *word, struct text *why);

/* verb/load_pcrs.c */
enum load_pcr_fate { LOAD_PCR_STAYS, LOAD_PCR_DIFFERS, LOAD_PCR_MAY_DIFFER };
struct load_pcrs {
        struct load_pcr {
                unsigned number;
                enum load_pcr_fate fate;
                char text[1024];
        } v[4];
        size_t n;
};
/* ret begins empty. */
void load_pcrs(const struct load_job *job, struct load_pcrs *ret);

/* verb/load_print.c */
void load_print(const struct load_job *job, const struct request *request);
