/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl plan: the verdict of firmware, on the host, from the same function. */
#include "verb/plan_asked.h"
#include "verb/plan_inside.h"

struct plan_verb {
        struct call call;
        struct plan_asked asked;
        struct plan_job job;
        bool refusals;
};

static enum exit_code run(void *work, struct text *why) {
        struct plan_verb *verb = work;
        enum exit_code code = plan_asked_gather(&verb->asked, &verb->call, &verb->job, why);

        if (code != EXIT_OK)
                return code;
        plan_job_make(&verb->job, &verb->job.pe, NULL, NULL);
        if (verb->call.host.json)
                plan_print_json(&verb->job);
        else if (verb->refusals)
                plan_print_refusals(&verb->job);
        else
                plan_print_text(&verb->job);
        return plan_exit_code(&verb->job.plan);
}

static void finish(void *work) {
        struct plan_verb *verb = work;

        plan_job_clear(&verb->job);
        plan_asked_free(&verb->asked);
}

static const struct option_row options[] = {
        OPTIONS_PLAN(struct plan_verb, asked),
        OPTION(FLAG, struct plan_verb, refusals, "refusals", NULL, "print what would be refused, and nothing else"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb verb_plan = {
        .name = "plan",
        .summary = "print what ukiload would start, with which command line, and why",
        .usage = "[UKI] [OPTION]...",
        .about = "Prints what ukiload would start: image, profile, stub, handoff, each addon's verdict and\n"
                 "reason, the command line, and the digest that ukiload.plan= takes. Signatures are not\n"
                 "checked here: see ukictl verify.",
        .end = "Exit codes: 0 it would start, 5 image refused, 6 untrusted, 7 refused by policy or the\n"
               "request does not hold, 1 something could not be read, 2 usage, 4 not root, 8 no ESP.",
        .options = options,
        .arguments = "UKI",
        .most = 1,
        .miscounted = VERB_ONE_UKI,
        .size = sizeof(struct plan_verb),
        .run = run,
        .finish = finish,
};
