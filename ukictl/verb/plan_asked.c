/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/plan_asked.h"

#include <stdio.h>
#include <stdlib.h>

#include "judge/survey.h"

/* A plan needs no EFI variables, and of the volumes what is there. */
static enum exit_code find(struct plan_asked *asked, struct call *call, struct plan_job *job, struct text *why) {
        call->host.no_variables = true;
        enum exit_code code = host_open(&call->host, why);

        if (code != EXIT_OK)
                return code;
        if (call->n_args > 0)
                return named_find(&call->host, call->args[0], &asked->named, why);
        code = host_need_esp(&call->host, why);
        if (code != EXIT_OK)
                return code;
        asked->named.file = survey_default(&call->host, job, why);
        return asked->named.file ? EXIT_OK : EXIT_FAILED;
}

static enum exit_code take(const struct plan_asked *asked, struct plan_job *job, struct text *why) {
        job->policy = asked->policy;
        job->append = asked->append;
        job->machine = asked->machine ? plan_machine_named(asked->machine) : plan_this_machine();
        if (job->machine == 0) {
                text_cat(why, "--machine \"", asked->machine, "\"" PLAN_MACHINE_UNKNOWN, NULL);
                return EXIT_USAGE;
        }
        if (asked->addons.n > REQUEST_ADDONS_MAX) {
                text_str(why, "more than " LIMIT_TEXT(REQUEST_ADDONS_MAX) " --addon: a request holds no more");
                return EXIT_USAGE;
        }
        while (job->n_addons < asked->addons.n) {
                job->addons[job->n_addons] = asked->addons.v[job->n_addons];
                job->n_addons++;
        }
        return EXIT_OK;
}

static enum exit_code take_profile(struct plan_asked *asked, struct plan_job *job, struct text *why) {
        const char *profile = NULL;
        unsigned number = 0;
        enum exit_code code = named_profile(&asked->named, asked->profile, &profile, why);

        if (code != EXIT_OK || !profile)
                return code;
        text_cat(why, job->uki_path, ": ", NULL);
        code = named_profile_number(&job->pe, profile, &number, why);
        if (code != EXIT_OK)
                return code;
        text_clear(why);
        snprintf(asked->profile_text, sizeof(asked->profile_text), "%u", number);
        job->profile = asked->profile_text;
        return EXIT_OK;
}

static void take_policy(struct plan_asked *asked, const struct host *h, struct plan_job *job) {
        if (asked->policy || asked->only_installed)
                return;
        asked->to_come = policy_file_find(h, job->machine, &job->policy_to_come);
        if (job->policy_to_come)
                job->policy = asked->to_come;
}

enum exit_code plan_asked_gather(struct plan_asked *asked, struct call *call, struct plan_job *ret, struct text *why) {
        enum exit_code code = take(asked, ret, why);

        if (code == EXIT_OK)
                code = find(asked, call, ret, why);
        if (code != EXIT_OK)
                return code;
        ret->uki = asked->named.file;
        ret->esp = call->host.esp;
        ret->boot = call->host.xbootldr;
        take_policy(asked, &call->host, ret);
        if (call->host.alien)
                ret->smbios_read = true;
        else
                gather_machine(ret);
        if (!gather_image(ret, &code, why))
                return code;
        code = take_profile(asked, ret, why);
        if (code != EXIT_OK)
                return code;
        return gather_policy(ret, &code, why) && gather_request(ret, &code, why) && gather_found(ret, &code, why) ? EXIT_OK
                                                                                                                  : code;
}

void plan_asked_free(struct plan_asked *asked) {
        free(asked->to_come);
        named_free(&asked->named);
}
