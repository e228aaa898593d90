/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "verb/armed.h"
#include "verb/standing_print.h"
#include "verb/status_inside.h"

static struct json_object *json_armed(const struct arming *a) {
        struct json_object *o = json_object_new_object();

        out_add(o, "state", arming_state_name(a->state));
        if (a->why[0])
                out_add_span(o, "reason", span_of(a->why));
        if (a->state != ARMING_NONE && a->state != ARMING_BROKEN)
                armed_json(a, o);
        return o;
}

/* A member has one value, and some notes come more than once. */
static void add_line(struct json_object *lines, struct span key, struct span value) {
        char buf[STATUS_MAX];
        struct text line = TEXT_IN(buf);

        text_bytes(&line, key);
        text_char(&line, '=');
        text_bytes(&line, value);
        json_object_array_add(lines, out_string(text_span(&line)));
}

static struct json_object *json_boot(const struct outcome *out) {
        struct json_object *o = json_object_new_object(), *addons = json_object_new_array(), *lines = json_object_new_array();
        struct span rest = bytes_span(&out->status), key, value;

        out_add_bool(o, "through_ukiload", out->here);
        out_add_bool(o, "forged", out->forged);
        while (out->here && status_next(&rest, &key, &value)) {
                char *name = out_shown(key);

                if (span_eq_str(key, "addon"))
                        json_object_array_add(addons, out_string(value));
                else
                        out_add_span(o, name, value);
                add_line(lines, key, value);
                free(name);
        }
        json_object_object_add(o, "addons", addons);
        json_object_object_add(o, "lines", lines);
        if (out->started_here)
                out_add_bool(o, "applied", out->applied);
        if (out->missing[0])
                out_add(o, "missing", out->missing);
        return o;
}

static struct json_object *json_esps(const struct status_job *job) {
        struct json_object *all = json_object_new_array();

        for (size_t i = 0; i < job->esps.dirs.n; i++) {
                struct json_object *o = json_object_new_object();

                out_add(o, "esp", job->esps.dirs.v[i]);
                json_object_object_add(o, "ukiload", standing_json(&job->on_each[i]));
                json_object_array_add(all, o);
        }
        return all;
}

void status_json(const struct status_job *job) {
        const struct arming *a = &job->armed;
        const struct outcome *out = &job->outcome;
        struct json_object *o = json_object_new_object(), *last = json_object_new_object();

        json_object_object_add(o, "ukiload", standing_json(&job->standing));
        if (job->call.host.all_esps)
                json_object_object_add(o, "esps", json_esps(job));
        json_object_object_add(o, "armed", json_armed(a));
        if (a->has_next) {
                out_add_int(o, "boot_next", a->next);
                out_add_bool(o, "boot_next_ours", a->next_ours);
        }
        if (a->has_oneshot) {
                out_add_span(o, "loader_oneshot", span_of(a->oneshot));
                out_add_bool(o, "loader_oneshot_ours", a->oneshot_ours);
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
