/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl unload: take back what was armed, and nothing that somebody else armed. */
#include <stdio.h>

#include "host/arming.h"
#include "verb/verb.h"

struct unload_job {
        struct call call;
        bool strict, stale;
        struct arming armed;
};

static bool any(const struct arming *a) {
        return (a->has_request && a->state != ARMING_FOREIGN) || a->next_ours || a->oneshot_ours;
}

static bool to_be_cleared(const struct unload_job *o, const struct arming *a) {
        if (!o->stale)
                return any(a);
        return a->state == ARMING_STALE || a->state == ARMING_INCOMPLETE || a->state == ARMING_BROKEN;
}

static void say(const struct unload_job *o, const struct arming *a, bool cleared) {
        char buf[REQUEST_UKI_CHARS];
        struct text uki = TEXT_IN(buf);

        request_uki(&a->request, &uki);
        if (o->call.host.json) {
                struct json_object *j = json_object_new_object();

                out_add_bool(j, "cleared", cleared && !o->call.host.dry_run);
                out_add(j, "was", arming_state_name(a->state));
                if (a->has_request && a->state != ARMING_BROKEN)
                        out_add(j, "id", a->request.id);
                out_json(j);
        } else if (!o->call.host.quiet && cleared)
                out_say("%s%s%s", o->call.host.dry_run ? "would take back" : "taken back", buf[0] ? ": " : "", buf);
        else if (!o->call.host.quiet)
                puts("nothing to take back");
        if (!o->call.host.quiet && a->state == ARMING_FOREIGN)
                out_warn("what is armed is not of this ukiload, and stays: %s", a->why);
        if (!o->call.host.quiet && a->has_next && !a->next_ours)
                out_warn("BootNext is Boot%04X, which is somebody else's, and stays", a->next);
}

static enum exit_code run(void *work, struct text *why) {
        struct unload_job *job = work;
        enum exit_code code = arming_read(&job->call.host, &job->armed, why);
        bool clear = code == EXIT_OK && to_be_cleared(job, &job->armed);

        if (clear && !job->call.host.dry_run)
                code = arming_clear(&job->call.host, &job->armed, why);
        if (code != EXIT_OK)
                return code;
        say(job, &job->armed, clear);
        return clear || !job->strict ? EXIT_OK : EXIT_NOT_ARMED;
}

static void finish(void *work) {
        arming_free(&((struct unload_job *) work)->armed);
}

static const struct option_row options[] = {
        OPTION(FLAG, struct unload_job, strict, "strict", NULL, "exit code 3 if nothing was armed"),
        OPTION(FLAG, struct unload_job, stale, "stale", NULL, "only what an earlier boot armed, or what nothing leads to"),
        OPTIONS_HOST,
        OPTION_KEXEC('a', NULL, NULL),
        OPTION_KEXEC('s', NULL, NULL),
        OPTION_KEXEC('i', NULL, NULL),
        OPTION_KEXEC('d', NULL, NULL),
        OPTION_KEXEC('l', NULL, NULL),
        OPTIONS_END,
};

const struct verb verb_unload = {
        .name = "unload",
        .summary = "take back what is armed (-u)",
        .usage = "[OPTION]...",
        .about = "Takes back what ukictl load armed. If nothing is armed there is nothing to do.",
        .end = "Exit codes: 0 nothing of ukiload's is armed now, 3 see --strict, 1 failure,\n"
               "2 usage, 4 not root, 8 no firmware, 9 NVRAM.",
        .options = options,
        .miscounted = "unload takes no UKI",
        .writes = true,
        .needs = NEEDS_HOST,
        .size = sizeof(struct unload_job),
        .run = run,
        .finish = finish,
};
