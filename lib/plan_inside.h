/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of lib/plan*.c only: what the steps of plan_make hand to each other. */
#pragma once

#include "plan.h"

struct plan_work {
        const struct plan_input *in;
        struct plan_scratch *scratch;
        struct plan *ret;
        const struct policy *uki_policy; /* NULL: the UKI carries none */
        bool overlay_ok;                 /* something may be added to the signed line at all */
        char overlay_why[PLAN_WHY_MAX];  /* unless overlay_ok: the clause */
        struct text sentence;            /* over ret->why */
        struct text dropped;             /* where a second reason goes: the first one is what counts */
        char dropped_buf[1];
};

/* Notes a refusal and gives the text in which to say why. The first one stays; later ones are judged, for the reasons beside each
 * addon, but not told. */
struct text *plan_refuse(struct plan_work *w, enum plan_result result, enum plan_blame blame);

/* lib/plan_addons.c: a verdict for each addon, then the request's own words; both grow ret->overlay. */
void plan_judge_addons(struct plan_work *w);
void plan_judge_words(struct plan_work *w);

/* lib/plan_handoff.c: stub or kernel, and whether that can be had. */
/* Whether the stub will add console= to the composed line. */
void plan_note_console(struct plan *ret);
void plan_choose_handoff(struct plan_work *w);

/* lib/plan_tell.c: takes over what is said about the image after it is gone. */
void plan_keep_names(struct plan *ret);

/* What the stub of this UKI appends from SMBIOS by itself (systemd-stub does so from version 254 on). */
struct span plan_extra(const struct plan_work *w);
/* From a signed addon's line or a request's words. */
static inline bool plan_has_overlay(const struct plan_work *w) {
        return w->ret->overlay.n_words > 0;
}
