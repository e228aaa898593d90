/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl status: what is armed, what this boot is, what became of the last reload. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/arming.h"
#include "out.h"
#include "host/outcome.h"

static void help(void) {
        puts("usage: ukictl status [OPTION]...\n\n"
             "Prints what is armed, how this boot came about, and what became of the last\n"
             "reload.\n\n"
             "  --report       lines for the journal, each once: the last reload went wrong, a\n"
             "                 request is stale; exit code 0\n" HOST_HELP "\n\n"
             "Exit codes: 0 armed, 3 not armed (nothing, or it will not be executed),\n"
             "1 failure, 2 usage, 8 no firmware. As `ukictl -S` they are kexec's: 1 armed,\n"
             "0 not, 255 cannot tell.");
}

struct options {
        struct host host;
        bool report, kexec, help;
};

enum { STATUS_REPORT = 0x200 };

static int parse_options(struct options *o, int argc, char **argv) {
        static const struct option options[] = {
                { "report", no_argument, NULL, STATUS_REPORT },
                HOST_OPTIONS,
                { "help", no_argument, NULL, 'h' },
                { NULL, 0, NULL, 0 },
        };
        for (int c; (c = getopt_long(argc, argv, "hSlasid", options, NULL)) != -1;)
                switch (c) {
                case STATUS_REPORT: o->report = true; break;
                case 'S': o->kexec = true; break;
                case 'h': o->help = true; break;
                case '?': return out_usage("ukictl status");
                default: (void) host_option(&o->host, c, optarg);
                }
        if (optind != argc)
                return out_fail(o->host.json, EXIT_USAGE, "status takes no argument; see ukictl status --help");
        return EXIT_OK;
}

static void way(const struct request *r, struct text *t) {
        char name[32];
        snprintf(name, sizeof(name), "BootNext Boot%04X", r->via_boot);
        text_str(t, r->via == REQUEST_VIA_LOADER ? "LoaderEntryOneShot " ARMING_LOADER_ID : name);
}

static void print_armed(const struct arming *a) {
        char buf[512];
        struct text t = TEXT_IN(buf);
        const struct request *r = &a->request;
        text_cat(&t, arming_state_name(a->state), a->why[0] ? ": " : "", a->why, NULL);
        if (a->state == ARMING_ARMED)
                text_cat(&t, ": ", r->uki, NULL);
        out_field_span("armed", text_span(&t));
        if (a->state == ARMING_NONE || a->state == ARMING_BROKEN)
                return;
        if (a->state != ARMING_ARMED)
                out_field_span("", span_of(r->uki));
        for (size_t i = 0; i < r->n_addons; i++)
                out_say("%-9s addon %s", "", r->addons[i]);
        if (r->words.len > 0)
                out_field_span("", text_span(&r->words));
        text_clear(&t);
        text_cat(&t, "id ", r->id, ", by ", NULL);
        way(r, &t);
        out_field_span("", text_span(&t));
}

static void print_foreign(const struct arming *a) {
        if (a->has_next && !a->next_ours)
                out_say("%-9s BootNext is Boot%04X, set by somebody else", "foreign", a->next);
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
                out_field("boot", o->forged ? "UkiloadStatus is not volatile, so ukiload did not write it: not believed"
                                            : "did not come through ukiload");
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
                out_say("%-9s no: /proc/cmdline lacks %s", "applied", o->missing);
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
        struct json_object *o = json_object_new_object(), *addons = json_object_new_array();
        const struct request *r = &a->request;
        char buf[64];
        struct text t = TEXT_IN(buf);
        out_add(o, "state", arming_state_name(a->state));
        if (a->why[0])
                out_add_span(o, "reason", span_of(a->why));
        if (a->state == ARMING_NONE || a->state == ARMING_BROKEN) {
                json_object_put(addons);
                return o;
        }
        way(r, &t);
        for (size_t i = 0; i < r->n_addons; i++)
                json_object_array_add(addons, out_string(span_of(r->addons[i])));
        out_add(o, "id", r->id);
        out_add(o, "way", buf);
        out_add(o, "image", r->uki);
        out_add_int(o, "profile", r->profile);
        json_object_object_add(o, "addons", addons);
        out_add_span(o, "words", text_span(&r->words));
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

static void print_json(const struct arming *a, const struct outcome *out) {
        struct json_object *o = json_object_new_object(), *last = json_object_new_object();
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
                puts("<3>UkiloadStatus is not volatile, so ukiload did not write it: not believed");
        if (a->state == ARMING_STALE || a->state == ARMING_INCOMPLETE || a->state == ARMING_BROKEN)
                out_say("<4>What is armed is %s: %s", arming_state_name(a->state), a->why);
}

static int say(const struct options *o, const struct arming *a, const struct outcome *out) {
        bool armed = a->state == ARMING_ARMED;
        if (o->report) {
                report(&o->host, a, out);
                return EXIT_OK;
        }
        if (o->host.json)
                print_json(a, out);
        else if (!o->host.quiet) {
                print_armed(a);
                print_foreign(a);
                print_boot(out);
                print_last(out);
        }
        if (o->kexec)
                return armed ? 1 : 0;
        return armed ? EXIT_OK : EXIT_NOT_ARMED;
}

int verb_status(int argc, char **argv) {
        struct options o = { .host = host_begin() };
        struct arming *a = need(sizeof(*a));
        struct outcome *out = need(sizeof(*out));
        char buf[1024];
        struct text why = TEXT_IN(buf);
        memset(a, 0, sizeof(*a));
        memset(out, 0, sizeof(*out));
        int r = parse_options(&o, argc, argv);
        if (o.help)
                help();
        else if (r == EXIT_OK) {
                enum exit_code code = host_open(&o.host, &why);
                if (code == EXIT_OK)
                        code = arming_read(&o.host, a, &why);
                if (code == EXIT_OK)
                        code = outcome_read(&o.host, out, &why);
                r = code == EXIT_OK ? say(&o, a, out) : out_fail(o.host.json, code, "%s", buf);
                /* kexec's code for "cannot tell" */
                if (o.kexec && code != EXIT_OK)
                        r = 255;
        }
        outcome_free(out);
        arming_free(a);
        host_free(&o.host);
        free(out);
        free(a);
        return r;
}
