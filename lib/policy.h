/* SPDX-License-Identifier: BSD-2-Clause */
/* The allow-list: ukiload-policy(5). One parser and one judge for the policy in ukiload's own image, for a UKI's that narrows
 * it, and for `ukictl policy`.
 *
 * An allow rule compares its name byte for byte and its value as a whole; `name` wants no value, `name=` an empty one, `name=*`
 * any (an empty one too). A deny rule is wide on purpose, for what is denied too much only fails to start: it compares names
 * folded (`-` is `_`), `!name` takes the bare word and every value of it, `!name=pattern` only the values that fit, `!name.*`
 * whatever begins so. Deny beats allow wherever they stand. A word passes by *one* allow rule that carries every flag it
 * needs. */
#pragma once

#include "cmdline.h"
#include "contract.h"

enum policy_flag {
        POLICY_REPEAT = 1 << 0,
        POLICY_OVERRIDE = 1 << 1,
        POLICY_SENSITIVE = 1 << 2,
        POLICY_UNSIGNED = 1 << 3,
};
enum policy_section { POLICY_INITRD = 1 << 0, POLICY_UCODE = 1 << 1, POLICY_DTB = 1 << 2 };

struct policy_rule {
        struct span name, value;      /* value: pattern; meaningful only if has_value */
        bool has_value, deny, family; /* family: a deny rule's name ended in `*` */
        unsigned flags;               /* enum policy_flag */
        unsigned line;                /* in the text, from 1 */
};

struct policy {
        struct span text; /* borrowed; the rules point into it */
        size_t n_rules;
        struct policy_rule rules[POLICY_RULES_MAX];
        size_t n_require;
        struct {
                struct span word;
                unsigned line;
        } require[POLICY_REQUIRE_MAX];
        unsigned sections; /* enum policy_section: @allow-sections */
        bool abort_on_violation, requests_off, handoff_kernel, measure;
};

/* Parses the text of a .ukipol section (NUL padding trimmed): printable ASCII and newlines, nothing else. False: one clause
 * "policy line 7: ..." that shows what is wrong and says what to write, and *ret undefined. */
bool policy_parse(struct span section, struct policy *ret, struct text *why);

/* The next rule or directive of a policy's text, its words with one blank between them and without the comment: for who compares
 * two policies. ret is cleared first. False at the end. */
bool policy_next_rule(struct span *rest, struct text *ret);

/* What is asked about one word of an overlay. The word `--` is not a matter of policy: overlay_add refuses it. */
struct policy_query {
        struct cmdline_word word;
        bool again;           /* its folded name is already in the overlay: needs `repeat` */
        bool in_signed;       /* its folded name is in the signed line: needs `override` or `repeat` */
        bool unauthenticated; /* it comes from a request or LoadOptions: needs `unsigned` */
};

/* Whether pol lets the word through. False: one clause appended, beginning with the quoted word, with reason and rule line
 * ("\"init=/bin/sh\" refused: sensitive (control of PID 1), no rule with that flag"). of_uki: it is the UKI's policy, not
 * ukiload's, and a rule line is named as such. */
bool policy_admits(const struct policy *pol, bool of_uki, const struct policy_query *q, struct text *why);

/* The rule by which a word passes that policy_admits lets through: the first that has every flag it needs; NULL if none. */
const struct policy_rule *policy_rule_of(const struct policy *pol, const struct policy_query *q);

/* The first rule that allows the word's name and value, whatever its flags and whatever is denied; NULL if none. */
const struct policy_rule *policy_match(const struct policy *pol, const struct cmdline_word *word);

/* `*` any run, `?` one byte; iterative, O(pattern * text). */
bool policy_glob(struct span pattern, struct span text);

/* The reason why a word is in the built-in sensitive set ("control of PID 1"), or NULL. Compares folded; the set, its sources and
 * what belongs into it stand in policy_sensitive.c. */
const char *policy_sensitive(const struct cmdline_word *word);

/* Things that parse but that its author should look at: shadowed rules, rules that the sensitive set makes void, `console=uart`
 * patterns, a @require that no rule allows. Calls note(arg, line, sentence) for each. */
void policy_lint(const struct policy *pol, void (*note)(void *arg, unsigned line, const char *sentence), void *arg);
