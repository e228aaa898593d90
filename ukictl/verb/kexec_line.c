/* SPDX-License-Identifier: BSD-2-Clause */
/* systemctl kexec passes the line of the UKI's own profile as if it were another one (systemd 252 to 262, shared/bootspec.c).
 * The image has it already, so nothing is to be added, and what the line tells is only which profile is meant. */
#include <stdlib.h>

#include "cmdline.h"
#include "uki.h"
#include "verb/kexec_inside.h"

/* *line begins with the words of own: takes them off. */
static bool take_words(struct span *line, struct span own) {
        struct cmdline_word mine, theirs;
        struct span rest = *line;

        while (cmdline_next(&own, &mine))
                if (!cmdline_next(&rest, &theirs) || !span_eq(mine.whole, theirs.whole))
                        return false;
        *line = rest;
        return true;
}

static bool is_empty(struct span line) {
        struct cmdline_word word;

        return !cmdline_next(&line, &word);
}

/* The whole line of a profile is a better match than a beginning that another one has. */
static bool match(const struct uki *uki, struct span line, bool whole, struct span *ret_rest) {
        struct span own = uki->has[UKI_CMDLINE] ? span_trim_nul(uki->section[UKI_CMDLINE]) : (struct span) { NULL, 0 };

        *ret_rest = line;
        return !is_empty(own) && take_words(ret_rest, own) && (!whole || is_empty(*ret_rest));
}

static int find(const struct pe *pe, struct span line, bool whole, struct uki *uki, struct span *ret_rest) {
        char buf[256];
        unsigned n = 1;

        for (unsigned i = 0; i < n; i++) {
                struct text ignored = TEXT_IN(buf);

                if (!uki_open(pe, i, uki, &ignored))
                        break;
                n = uki->n_profiles > 0 ? uki->n_profiles : 1;
                if (match(uki, line, whole, ret_rest))
                        return (int) i;
        }
        return -1;
}

void kexec_line_match(struct span image, struct span line, int *ret_profile, struct span *ret_rest) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct pe *pe = need(sizeof(*pe));
        struct uki *uki = need(sizeof(*uki));

        *ret_profile = -1;
        if (pe_open_file(image, pe, &ignored)) {
                *ret_profile = find(pe, line, true, uki, ret_rest);
                if (*ret_profile < 0)
                        *ret_profile = find(pe, line, false, uki, ret_rest);
        }
        if (*ret_profile < 0)
                *ret_rest = line;
        free(uki);
        free(pe);
}
