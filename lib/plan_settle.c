/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan.h"

/* True if nobody fell out. */
static bool vouch_for_admitted(const struct plan_input *in, plan_vouch vouch, void *arg) {
        bool all = true;

        for (size_t i = 0; i < in->n_addons; i++) {
                struct plan_addon *a = &in->addons[i];

                if (a->verdict != PLAN_ADMITTED || a->asked)
                        continue;
                a->asked = true;
                vouch(arg, a);
                all = all && a->untrusted[0] == 0;
        }
        return all;
}

void plan_settle(const struct plan_input *in, struct plan_scratch *scratch, plan_vouch vouch, void *arg, struct plan *ret) {
        struct plan_input round = *in;

        for (size_t i = 0; i < in->n_addons; i++)
                in->addons[i].asked = false;
        round.unsettled = true;
        do
                plan_make(&round, scratch, ret);
        while (ret->result == PLAN_START && vouch && !vouch_for_admitted(&round, vouch, arg));
        if (ret->result != PLAN_START)
                return;
        round.unsettled = false;
        plan_make(&round, scratch, ret);
}
