/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl status: what is armed, what this boot is, what became of the last reload. */
#include <stdlib.h>
#include <string.h>

#include "verb/armed.h"
#include "verb/standing_print.h"
#include "verb/status_inside.h"

#define KEXEC_CANNOT_TELL 255

static void print_armed(const struct arming *a) {
        char buf[512];
        struct text t = TEXT_IN(buf);
        const struct request *r = &a->request;

        text_cat(&t, arming_state_name(a->state), a->why[0] ? ": " : "", a->why, NULL);
        if (a->state == ARMING_ARMED) {
                text_str(&t, ": ");
                request_uki(r, &t);
        }
        out_field_span("armed", text_span(&t));
        if (a->state == ARMING_NONE || a->state == ARMING_BROKEN)
                return;
        if (a->state != ARMING_ARMED) {
                text_clear(&t);
                request_uki(r, &t);
                out_field_span("", text_span(&t));
        }
        for (size_t i = 0; i < r->n_addons; i++)
                out_row("", "addon %s", r->addons[i]);
        if (r->words.len > 0)
                out_field_span("", text_span(&r->words));
        text_clear(&t);
        text_cat(&t, "id ", r->id, ", by ", NULL);
        armed_way(a, &t);
        out_field_span("", text_span(&t));
}

static void print_foreign(const struct arming *a) {
        if (a->has_next && !a->next_ours)
                out_row("foreign", "BootNext is Boot%04X, set by somebody else", a->next);
        if (a->has_oneshot && !a->oneshot_ours) {
                char buf[320];
                struct text t = TEXT_IN(buf);

                text_cat(&t, "LoaderEntryOneShot is ", a->oneshot, ", set by somebody else", NULL);
                out_field_span("foreign", text_span(&t));
        }
}

static void print_boot(const struct outcome *o) {
        struct span rest = bytes_span(&o->status), key, value;

        if (!o->here) {
                out_field("boot", o->forged ? OUTCOME_FORGED ": not believed" : "did not come through ukiload");
                return;
        }
        out_field("boot", "came through ukiload");
        while (status_next(&rest, &key, &value)) {
                char buf[STATUS_MAX + 32];
                struct text t = TEXT_IN(buf);

                text_bytes(&t, key);
                text_str(&t, ": ");
                text_bytes(&t, value);
                out_field_span("", text_span(&t));
        }
        if (!o->started_here)
                return;
        if (o->applied)
                out_field("applied", "yes: /proc/cmdline has every word, in order");
        else
                out_row("applied", "no: /proc/cmdline lacks %s", o->missing);
}

static void print_last(const struct outcome *o) {
        char buf[LAST_MAX + 256];
        struct text t = TEXT_IN(buf);

        text_str(&t, o->last == OUTCOME_NONE ? "there was none" : outcome_name(o->last));
        if (o->id[0])
                text_cat(&t, ", id ", o->id, NULL);
        if (o->last == OUTCOME_HUNG)
                text_cat(&t, ": ",
                         strcmp(o->result, "taken") == 0 ? "ukiload took the request and started nothing"
                                                         : "it was started and never confirmed",
                         ", and another boot runs now", NULL);
        if (o->reason[0])
                text_cat(&t, ": ", o->reason, NULL);
        out_field_span("last", text_span(&t));
}

static void print_standing(const struct status_job *job) {
        if (job->esps.dirs.n < 2)
                standing_say(&job->standing);
        else
                for (size_t i = 0; i < job->esps.dirs.n; i++) {
                        out_field("esp", job->esps.dirs.v[i]);
                        standing_say(&job->on_each[i]);
                }
}

static int say(const struct status_job *o, const struct arming *a, const struct outcome *out) {
        bool armed = a->state == ARMING_ARMED;

        if (o->report)
                status_report(&o->call.host, a, out);
        else if (o->call.host.json)
                status_json(o);
        else if (!o->call.host.quiet) {
                print_standing(o);
                print_armed(a);
                print_foreign(a);
                print_boot(out);
                print_last(out);
        }
        if (o->report || o->kexec)
                return armed && !o->report ? 1 : 0;
        return armed ? EXIT_OK : EXIT_NOT_ARMED;
}

static void look_at_each(struct status_job *job, const struct host *asked) {
        char buf[1024];
        struct text ignored = TEXT_IN(buf); /* the variables are there, and standing_read says it of the ESP */

        esp_list_read(&job->call.host, &job->esps);
        job->on_each = need(job->esps.dirs.n * sizeof(*job->on_each) + 1);
        for (size_t i = 0; i < job->esps.dirs.n; i++) {
                struct host h = *asked;

                esp_list_turn(&job->esps, i, &h);
                (void) host_open(&h, &ignored);
                standing_read(&h, &job->on_each[i]);
                host_free(&h);
        }
}

static enum exit_code look(struct status_job *job, struct text *why) {
        struct host asked = job->call.host;
        enum exit_code code = host_open(&job->call.host, why);

        if (code == EXIT_OK)
                code = arming_read(&job->call.host, &job->armed, why);
        if (code == EXIT_OK)
                code = outcome_read(&job->call.host, &job->outcome, why);
        /* Not for the journal: it is a look at signatures at every boot. */
        if (code == EXIT_OK && !job->report)
                standing_read(&job->call.host, &job->standing);
        if (code == EXIT_OK && !job->report && asked.all_esps)
                look_at_each(job, &asked);
        return code;
}

static enum exit_code run(void *work, struct text *why) {
        struct status_job *job = work;
        enum exit_code code = look(job, why);

        if (code == EXIT_OK)
                return (enum exit_code) say(job, &job->armed, &job->outcome);
        if (!job->kexec)
                return code;
        (void) out_fail(job->call.host.json, code, "%s", why->p);
        text_clear(why);
        return (enum exit_code) KEXEC_CANNOT_TELL;
}

static void finish(void *work) {
        struct status_job *job = work;

        for (size_t i = 0; job->on_each && i < job->esps.dirs.n; i++)
                standing_free(&job->on_each[i]);
        free(job->on_each);
        esp_list_free(&job->esps);
        standing_free(&job->standing);
        outcome_free(&job->outcome);
        arming_free(&job->armed);
}

static bool holds(const void *work, struct text *why) {
        const struct status_job *job = work;

        if (job->report && job->call.host.json)
                text_str(why, "--report prints lines for the journal, and --json an object: ask for one of them");
        return why->len == 0;
}

static const struct option_row options[] = {
        OPTION(FLAG, struct status_job, report, "report", NULL,
               "lines for the journal: the last reload went wrong (once), a\n"
               "request is stale; exit code 0"),
        OPTION_ALL_ESPS("what is installed on each ESP: those of /etc/fstab too"),
        OPTIONS_HOST,
        { .letter = 'S', .kind = OPTION_FLAG, .at = offsetof(struct status_job, kexec) },
        OPTION_KEXEC('l', NULL, NULL),
        OPTION_KEXEC('a', NULL, NULL),
        OPTION_KEXEC('s', NULL, NULL),
        OPTION_KEXEC('i', NULL, NULL),
        OPTION_KEXEC('d', NULL, NULL),
        OPTIONS_END,
};

const struct verb verb_status = {
        .name = "status",
        .summary = "what is armed, and what became of the last reload (-S)",
        .usage = "[OPTION]...",
        .about = "Prints what is installed, what is armed, how this boot came about, and what\n"
                 "became of the last reload.",
        .end = "Exit codes: 0 armed, 3 not armed (nothing, or it will not be executed),\n"
               "1 failure, 2 usage, 8 no firmware. As `ukictl -S` they are kexec's: 1 armed,\n"
               "0 not, 255 cannot tell.",
        .options = options,
        .miscounted = "status takes no argument",
        .all_at_once = true,
        .size = sizeof(struct status_job),
        .holds = holds,
        .run = run,
        .finish = finish,
};
