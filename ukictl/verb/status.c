/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl status: what is armed, what this boot is, what became of the last reload. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/arming.h"
#include "host/outcome.h"
#include "verb/armed.h"
#include "verb/standing_print.h"
#include "verb/verb.h"

#define KEXEC_CANNOT_TELL 255

struct status_job {
        struct call call;
        bool report, kexec;
        struct arming armed;
        struct outcome outcome;
        struct standing standing;
};

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

static struct json_object *json_armed(const struct arming *a) {
        struct json_object *o = json_object_new_object();

        out_add(o, "state", arming_state_name(a->state));
        if (a->why[0])
                out_add_span(o, "reason", span_of(a->why));
        if (a->state != ARMING_NONE && a->state != ARMING_BROKEN)
                armed_json(a, o);
        return o;
}

static struct json_object *json_boot(const struct outcome *out) {
        struct json_object *o = json_object_new_object(), *addons = json_object_new_array();
        struct span rest = bytes_span(&out->status), key, value;

        out_add_bool(o, "through_ukiload", out->here);
        out_add_bool(o, "forged", out->forged);
        while (out->here && status_next(&rest, &key, &value)) {
                char *name = out_shown(key);

                if (span_eq_str(key, "addon"))
                        json_object_array_add(addons, out_string(value));
                else
                        out_add_span(o, name, value);
                free(name);
        }
        json_object_object_add(o, "addons", addons);
        if (out->started_here)
                out_add_bool(o, "applied", out->applied);
        if (out->missing[0])
                out_add(o, "missing", out->missing);
        return o;
}

static void print_json(const struct standing *s, const struct arming *a, const struct outcome *out) {
        struct json_object *o = json_object_new_object(), *last = json_object_new_object();

        json_object_object_add(o, "ukiload", standing_json(s));
        json_object_object_add(o, "armed", json_armed(a));
        if (a->has_next) {
                out_add_int(o, "boot_next", a->next);
                out_add_bool(o, "boot_next_ours", a->next_ours);
        }
        json_object_object_add(o, "boot", json_boot(out));
        out_add(last, "outcome", outcome_name(out->last));
        if (out->id[0])
                out_add(last, "id", out->id);
        if (out->reason[0])
                out_add(last, "reason", out->reason);
        json_object_object_add(o, "last", last);
        out_json(o);
}

#define REPORTED_FILE "/var/lib/ukiload/reported"

/* UkiloadLast stays until the next reload; what it says is news only once. Without the folder, which the unit makes, it is said
 * every time. */
static bool is_news(const struct host *h, const struct outcome *o) {
        char now_buf[160], before_buf[160], why_buf[512];
        struct text now = TEXT_IN(now_buf), before = TEXT_IN(before_buf), why = TEXT_IN(why_buf);

        text_cat(&now, o->id, " ", o->result, NULL);
        if (host_read(h, REPORTED_FILE, &before) && strcmp(before_buf, now_buf) == 0)
                return false;
        char *path = host_path(h, REPORTED_FILE);
        text_char(&now, '\n');
        if (!h->dry_run)
                (void) bytes_write(path, text_span(&now), &why);
        free(path);
        return true;
}

static bool went_wrong(const struct outcome *o) {
        return o->last == OUTCOME_REFUSED || o->last == OUTCOME_FAILED || o->last == OUTCOME_STALE || o->last == OUTCOME_HUNG;
}

/* With the journal's priorities in front (sd-daemon(3)). */
static void report(const struct host *h, const struct arming *a, const struct outcome *o) {
        const char *id = o->id[0] ? o->id : "without an id";
        bool news = went_wrong(o) && is_news(h, o);

        if (news && o->last != OUTCOME_HUNG)
                out_say("<4>The last reload (%s) %s: %s", id,
                        o->last == OUTCOME_FAILED  ? "failed"
                        : o->last == OUTCOME_STALE ? "was stale and not executed"
                                                   : "was refused",
                        o->reason);
        else if (news)
                out_say("<4>The last reload (%s) was %s and never confirmed: it hung, or was reset", id, o->result);
        if (o->started_here && !o->applied)
                out_say("<3>ukiload started this boot, but /proc/cmdline lacks %s", o->missing);
        if (o->forged)
                puts("<3>" OUTCOME_FORGED ": not believed");
        if (a->state == ARMING_STALE || a->state == ARMING_INCOMPLETE || a->state == ARMING_BROKEN)
                out_say("<4>What is armed is %s: %s", arming_state_name(a->state), a->why);
}

static int say(const struct status_job *o, const struct arming *a, const struct outcome *out) {
        bool armed = a->state == ARMING_ARMED;

        if (o->report)
                report(&o->call.host, a, out);
        else if (o->call.host.json)
                print_json(&o->standing, a, out);
        else if (!o->call.host.quiet) {
                standing_say(&o->standing);
                print_armed(a);
                print_foreign(a);
                print_boot(out);
                print_last(out);
        }
        if (o->report || o->kexec)
                return armed && !o->report ? 1 : 0;
        return armed ? EXIT_OK : EXIT_NOT_ARMED;
}

static enum exit_code look(struct status_job *job, struct text *why) {
        enum exit_code code = host_open(&job->call.host, why);

        if (code == EXIT_OK)
                code = arming_read(&job->call.host, &job->armed, why);
        if (code == EXIT_OK)
                code = outcome_read(&job->call.host, &job->outcome, why);
        /* Not for the journal: it is a look at signatures at every boot. */
        if (code == EXIT_OK && !job->report)
                standing_read(&job->call.host, &job->standing);
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
               "lines for the journal, each once: the last reload went wrong, a\n"
               "request is stale; exit code 0"),
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
        .size = sizeof(struct status_job),
        .holds = holds,
        .run = run,
        .finish = finish,
};
