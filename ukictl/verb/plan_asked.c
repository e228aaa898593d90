/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/plan_asked.h"

static enum exit_code take(const struct plan_asked *asked, const struct call *call, struct plan_job *job, struct text *why) {
        job->uki = call->args[0];
        job->esp = call->host.esp_path;
        job->boot = call->host.boot_path;
        job->policy = asked->policy;
        job->append = asked->append;
        job->profile = asked->profile;
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

enum exit_code plan_asked_gather(const struct plan_asked *asked, const struct call *call, struct plan_job *ret,
                                 struct text *why) {
        enum exit_code code = take(asked, call, ret, why);
        if (code != EXIT_OK)
                return code;
        gather_machine(ret);
        return gather_image(ret, &code, why) && gather_policy(ret, &code, why) && gather_request(ret, &code, why) &&
                               gather_found(ret, &code, why)
                       ? EXIT_OK
                       : code;
}
