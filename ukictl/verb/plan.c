/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl plan: the verdict of firmware, on the host, from the same function. */
#include <stdlib.h>
#include <sys/stat.h>

#include "host/installed.h"
#include "host/root.h"
#include "judge/survey.h"
#include "verb/plan_asked.h"
#include "verb/plan_inside.h"

struct plan_verb {
        struct call call;
        struct plan_asked asked;
        struct plan_job job;
        bool refusals;
};

/* What an upgrade asks: firmware's part as well, where its variables say whom it believes. */
static enum exit_code print_refusals(struct plan_verb *verb) {
        struct plan_job *p = &verb->job;
        struct host h = verb->call.host;
        struct stat st;
        char buf[1024];
        struct text why = TEXT_IN(buf);

        h.no_variables = !h.efivars || !root_stat(h.efivars, &st);
        struct next_boot *job = survey_job(&h);
        enum exit_code code = h.no_variables ? EXIT_OK : next_boot_read_believed(job, &why);
        plan_job_take_image(job->plan, p);
        if (code == EXIT_OK && !h.no_variables)
                code = next_boot_judge_image(job, p->uki_path, bytes_span(&job->plan->image), &why);
        plan_job_take_image(p, job->plan);
        if (code != EXIT_OK)
                out_say("will not be started: %s: %s", p->uki_path, buf);
        else {
                plan_job_make(p, &p->pe, h.no_variables ? NULL : next_boot_vouch, job);
                plan_print_refusals(p);
                code = plan_exit_code(&p->plan);
        }
        next_boot_free(job);
        return code;
}

static bool is_used(const struct plan_verb *verb) {
        const char *esp = verb->call.host.esp;
        char *ukiload = esp ? installed_find(esp, ARCH_NATIVE) : NULL;
        bool used = ukiload || verb->asked.policy;

        free(ukiload);
        return used;
}

static enum exit_code run(void *work, struct text *why) {
        struct plan_verb *verb = work;
        /* An upgrade is told nothing on a machine that does not use ukiload. */
        verb->asked.only_installed = verb->refusals;
        enum exit_code code = plan_asked_gather(&verb->asked, &verb->call, &verb->job, why);

        if (code != EXIT_OK)
                return code;
        plan_job_digest(&verb->job, true, verb->refusals);
        if (verb->refusals && !verb->call.host.json)
                return is_used(verb) ? print_refusals(verb) : EXIT_OK;
        plan_job_make(&verb->job, &verb->job.pe, NULL, NULL);
        if (verb->call.host.json)
                plan_print_json(&verb->job);
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
