/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl exec: reboot into what is armed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/arming.h"
#include "host/reboot.h"
#include "verb/armed.h"
#include "verb/verb.h"

static enum exit_code check_armed(const struct arming *a, struct text *why) {
        switch (a->state) {
        case ARMING_ARMED: return EXIT_OK;
        case ARMING_NONE: text_str(why, "nothing is armed: use ukictl load first"); break;
        case ARMING_FOREIGN: text_cat(why, "what is armed is another ukiload's: ", a->why, NULL); break;
        default:
                text_cat(why, "what is armed counts as \"", arming_state_name(a->state), "\" (", a->why,
                         "): use ukictl load again, or ukictl unload", NULL);
        }
        return EXIT_NOT_ARMED;
}

/* What a reboot would come to, and how to ask for it. */
static enum exit_code say_not(const struct host *h, const struct arming *a) {
        const struct request *r = &a->request;
        char buf[PLAN_PATH_MAX + REQUEST_CHARS_MAX + 128];
        struct text t = TEXT_IN(buf);

        if (h->json) {
                struct json_object *o = json_object_new_object();

                out_add_bool(o, "rebooting", false);
                armed_json(a, o);
                out_json(o);
                return EXIT_OK;
        }
        text_str(&t, "a reboot would start ");
        request_uki(r, &t);
        for (size_t i = 0; i < r->n_addons; i++)
                text_cat(&t, i == 0 ? " with addon " : ", ", r->addons[i], NULL);
        if (r->words.len > 0)
                text_cat(&t, " and ", r->words_buf, NULL);
        text_str(&t, ", by ");
        armed_way(a, &t);
        if (!h->quiet)
                out_say("%s", buf);
        return (enum exit_code) reboot_say_not(h);
}

struct exec_job {
        struct call call;
        bool force, no_reboot;
        struct arming armed;
};

static enum exit_code run(void *work, struct text *why) {
        struct exec_job *job = work;
        const struct host *h = &job->call.host;
        enum exit_code code = arming_read(h, &job->armed, why);

        if (code == EXIT_OK)
                code = check_armed(&job->armed, why);
        if (code == EXIT_OK)
                code = armed_check(h, &job->armed, why);
        if (code != EXIT_OK)
                return code;
        if (job->no_reboot || h->dry_run)
                return say_not(h, &job->armed);
        if (!h->alien)
                return (enum exit_code) reboot_machine(h, job->force);
        text_str(why, "a reboot of this machine would not see --root or --efivars: add --no-reboot or --dry-run");
        return EXIT_USAGE;
}

static void finish(void *work) {
        arming_free(&((struct exec_job *) work)->armed);
}

static const struct option_row options[] = {
        OPTION_LETTER('f', FLAG, struct exec_job, force, "force", NULL, "reboot at once: sync, but no services are stopped"),
        OPTION(FLAG, struct exec_job, no_reboot, "no-reboot", NULL, "only say what a reboot would start"),
        OPTIONS_HOST,
        OPTION_KEXEC('x', "no-ifdown", NULL),
        OPTION_KEXEC('y', "no-sync", NULL),
        OPTION_KEXEC('d', "debug", NULL),
        OPTION_KEXEC('a', NULL, NULL),
        OPTION_KEXEC('s', NULL, NULL),
        OPTION_KEXEC('i', NULL, NULL),
        OPTIONS_END,
};

const struct verb verb_exec = {
        .name = "exec",
        .summary = "reboot into what is armed (-e)",
        .usage = "[OPTION]...",
        .about = "Reboots into what ukictl load has armed, through systemd.",
        .end = "Exit codes: 0 the reboot is under way, 3 nothing is armed, or it is stale,\n"
               "5 the image was changed after load, 1 failure, 2 usage, 4 not root,\n"
               "8 no firmware, 10 somebody else has armed the next boot.",
        .options = options,
        .miscounted = "exec takes no UKI: it reboots into what ukictl load has armed",
        .needs = NEEDS_HOST,
        .size = sizeof(struct exec_job),
        .run = run,
        .finish = finish,
};
