/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl kdump: memory for a crash kernel, first for one boot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/survey.h"
#include "verb/kdump_inside.h"

static bool is_status(const struct kdump_job *job) {
        return job->call.n_args > 0 && strcmp(job->call.args[0], "status") == 0;
}

static void choose_size(struct kdump_job *job) {
        struct text size = TEXT_IN(job->size_buf), from = TEXT_IN(job->from);

        if (job->size) {
                text_str(&size, job->size);
                text_str(&from, "as asked");
        } else
                kdump_suggest(&job->call.host, &size, &from);
}

/* A verb of its own says what it has armed; with --json it is said here. */
static enum exit_code load(const struct kdump_job *job) {
        struct host as = job->call.host;

        as.quiet = as.quiet || as.json;
        if (as.json)
                out_failures_as_json();
        struct verb_words w = verb_words_for(&as, "ukictl load");
        verb_words_say(&w, "--addon", job->name);
        verb_words_say(&w, job->uki_file, NULL);
        return (enum exit_code) verb_main(&verb_load, w.n, w.v);
}

static void say(const struct kdump_job *job) {
        if (job->call.host.json || job->call.host.quiet)
                return;
        out_row("size", "crashkernel=%s (%s)", job->size_buf, job->from);
        out_row("addon", "%s, %s", job->name,
                !job->made               ? "which was there"
                : job->call.host.dry_run ? "would be made"
                                         : "made now");
}

static void say_next(const struct kdump_job *job) {
        if (job->call.host.json) {
                struct json_object *o = json_object_new_object();

                out_add(o, "size", job->size_buf);
                out_add(o, "from", job->from);
                out_add(o, "addon", job->name);
                out_add_bool(o, "made", job->made && !job->call.host.dry_run);
                out_add_span(o, "image", span_of(job->uki_file));
                out_add_bool(o, "armed", !job->call.host.dry_run);
                out_add(o, "next", "ukictl exec");
                out_json(o);
        } else if (!job->call.host.quiet)
                out_row("then", "ukictl kdump, once that boot is up");
}

static enum exit_code arm(struct kdump_job *job, struct text *why) {
        const struct host *h = &job->call.host;

        job->uki_file = job->call.n_args > 0 ? strdup(job->call.args[0]) : survey_default(h, NULL, why);
        if (!job->uki_file)
                return EXIT_FAILED;
        choose_size(job);
        enum exit_code code = kdump_addon(job, why);
        if (code != EXIT_OK)
                return code;
        say(job);
        if (!job->made || !h->dry_run) /* what is not there cannot be loaded */
                code = load(job);
        if (code == EXIT_OK)
                say_next(job);
        return code;
}

static enum exit_code run(void *work, struct text *why) {
        struct kdump_job *job = work;
        struct kdump_state state = { 0 };

        kdump_look(&job->call.host, &state);
        if (is_status(job) || (state.reserved > 0 && !job->size && job->call.n_args == 0))
                return kdump_status(job, &state, why);
        enum exit_code code = host_need_root(&job->call.host, why);
        if (code == EXIT_OK)
                code = host_need_esp(&job->call.host, why);
        return code == EXIT_OK ? arm(job, why) : code;
}

static bool holds(const void *work, struct text *why) {
        const struct kdump_job *job = work;

        if (!job->key != !job->cert)
                text_str(why, "--sign-key and --sign-cert are one thing: name both or none");
        else if (job->size && (!*job->size || strlen(job->size) >= sizeof(job->size_buf) || strpbrk(job->size, " \t\n")))
                text_str(
                        why,
                        "--size is what follows crashkernel=, one word of at most 159 characters: say 256M, or 1G-4G:192M,4G-:256M");
        return why->len == 0;
}

static void finish(void *work) {
        free(((struct kdump_job *) work)->uki_file);
}

static const struct option_row options[] = {
        OPTION(TEXT, struct kdump_job, size, "size", "SIZE", "what follows crashkernel= (default: as kdump-config says)"),
        OPTION(TEXT, struct kdump_job, key, "sign-key", "FILE", "sign a new addon with this key (default: as install)"),
        OPTION(TEXT, struct kdump_job, cert, "sign-cert", "FILE", "and this certificate of it"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb verb_kdump = {
        .name = "kdump",
        .summary = "memory for a crash kernel (crashkernel=), first for one boot",
        .usage = "[status|UKI] [OPTION]...",
        .about = "Finds or makes the signed addon that reserves memory for a crash kernel, and\n"
                 "arms one boot of the default image, or of UKI, with it. Where memory is reserved\n"
                 "already, and for status: says whether a panic will leave a dump, and the step\n"
                 "that keeps it.",
        .end = "Exit codes: 0 armed, or ready; 3 nothing is reserved, 1 reserved but no crash\n"
               "kernel is loaded, or failure; 6 no key; others as of load.",
        .options = options,
        .arguments = "status|UKI",
        .most = 1,
        .miscounted = VERB_ONE_UKI,
        .needs = NEEDS_HOST,
        .size = sizeof(struct kdump_job),
        .holds = holds,
        .run = run,
        .finish = finish,
};
