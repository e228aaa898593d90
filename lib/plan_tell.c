/* SPDX-License-Identifier: BSD-2-Clause */
/* What a plan says to people, and what of it outlives the files that it was made from. */
#include <string.h>

#include "bls.h"
#include "plan_inside.h"

void plan_keep_names(struct plan *ret) {
        struct text stub = TEXT_IN(ret->stub), name = TEXT_IN(ret->name);

        text_shown(&stub, span_of(ret->uki.stub_text), 80);
        text_shown(&name, bls_osrel_field(ret->uki.section[UKI_OSREL], "PRETTY_NAME"), 60);
}

/* As the stub looks (src/boot/console.c of 262): for the text at the start or behind a blank, whatever the kernel makes of it. */
void plan_note_console(struct plan *ret) {
        struct span rest = { (const uint8_t *) ret->line, ret->line_len }, word;

        ret->stub_console = ret->handoff == PLAN_HANDOFF_STUB && stub_has(&ret->uki, STUB_CONSOLE);
        while (cmdline_next_early(&rest, &word))
                if (span_starts(word, "console="))
                        ret->stub_console = false;
}

void plan_detach(struct plan *plan) {
        memset(&plan->uki, 0, sizeof(plan->uki));
        plan->overlay.own = NULL;
        plan->overlay.uki = NULL;
}

const char *plan_verdict_name(enum plan_verdict v) {
        switch (v) {
        case PLAN_ADMITTED: return "admitted";
        case PLAN_NOT_FOR_IMAGE: return "not for this image";
        case PLAN_REFUSED: return "refused";
        case PLAN_UNTRUSTED: return "untrusted";
        }
        return "unknown verdict";
}

const char *plan_addon_told(const struct plan_addon *a, bool starts, const char **ret_why) {
        if (a->verdict == PLAN_ADMITTED && !a->asked && !starts) {
                *ret_why = "the policy admits it, but nothing is started";
                return "not validated";
        }
        *ret_why = a->why;
        return plan_verdict_name(a->verdict);
}

const char *plan_origin_name(enum plan_origin o) {
        switch (o) {
        case PLAN_GLOBAL: return "global";
        case PLAN_LOCAL: return "for this UKI";
        case PLAN_PICKED: return "picked";
        }
        return "unknown origin";
}

const char *plan_handoff_name(enum plan_handoff h) {
        return h == PLAN_HANDOFF_KERNEL ? "kernel" : "stub";
}
