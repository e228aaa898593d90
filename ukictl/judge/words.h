/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of an addon before a policy, for who writes addons and policies. */
#pragma once

#include "host/host.h"
#include "judge/policy_file.h"

/* Whether some policy could let the word through; false with the reason as a clause, without the word. */
bool word_possible(const struct cmdline_word *word, struct text *why);
/* True if it is not: a sentence that names the word. */
bool word_refused(const struct cmdline_word *word, struct text *why);
/* The narrowest rule that lets the word through: where its name comes again, where the signed line has it. */
void word_rule(const struct cmdline_word *word, bool repeat, bool override, struct text *ret);

/* Whether some policy could let all of an addon's text through: it is judged under one that allows just these words. False with a
 * clause that names the word. */
bool words_possible(struct span text, struct text *why);

/* What a policy says to one word. */
struct word_answer {
        struct cmdline_word word;
        bool admitted;
        char why[512];                     /* unless admitted: the clause, which begins with the word */
        char rule[POLICY_RULE_BYTES + 32]; /* likewise: the rule that is missing; empty: what denies it would have to go */
};
/* For each word of an addon's text, as if no other addon said anything and the signed line had no such name. */
void words_judge(const struct policy *own, struct span text, void (*each)(void *arg, const struct word_answer *answer),
                 void *arg);

/* The policy of the ukiload that is installed. False: there is none, or it cannot be read. */
bool words_policy(const struct host *h, struct policy_file *ret);
