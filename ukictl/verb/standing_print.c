/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/standing_print.h"

#include <stdio.h>
#include <string.h>

static const char *const trust_names[] = { "unasked", "nobody", "db", "mok" };

static void say_version(const struct standing *s) {
        const char *package = standing_package();
        bool same = strcmp(s->version, package) == 0;
        char buf[1024];
        struct text t = TEXT_IN(buf);

        text_cat(&t, s->version, ", ", s->path, NULL);
        if (!same)
                text_cat(&t, "; this package is ", package, ": run ukictl update", NULL);
        out_field_span("ukiload", text_span(&t));
}

static void say_trust(const struct standing *s) {
        char buf[1024];
        struct text t = TEXT_IN(buf);

        switch (s->trust) {
        case STANDING_UNASKED: text_str(&t, s->why[0] ? s->why : "no signature is checked on this machine"); break;
        case STANDING_NOBODY: text_cat(&t, "by nobody, so it will not start: ", s->why, NULL); break;
        case STANDING_DB: text_cat(&t, "by firmware: ", s->by, NULL); break;
        case STANDING_MOK: text_cat(&t, "by a machine owner key: ", s->by, NULL); break;
        }
        out_field_span("trusted", text_span(&t));
}

static void say_policy(const struct standing *s) {
        if (!s->has_policy)
                out_field("policy", "none: it starts nothing");
        else
                out_row("policy", "%zu rule%s, %.16s, %s%s", s->rules, s->rules == 1 ? "" : "s", s->digest,
                        strcmp(s->policy_from, "package") == 0 ? "this package's"
                        : strcmp(s->policy_from, "image") == 0 ? "its own"
                                                               : "as in ",
                        s->policy_from[0] == '/' ? s->policy_from : "");
}

void standing_say(const struct standing *s) {
        if (s->state == STANDING_HERE) {
                say_version(s);
                say_trust(s);
                say_policy(s);
        } else if (s->state == STANDING_ABSENT)
                out_row("ukiload", "not installed (this package is %s): run ukictl install", standing_package());
        else
                out_field("ukiload", s->why);
}

struct json_object *standing_json(const struct standing *s) {
        struct json_object *o = json_object_new_object(), *policy;

        out_add(o, "package", standing_package());
        if (s->state == STANDING_UNKNOWN) {
                out_add(o, "reason", s->why);
                return o;
        }
        out_add_bool(o, "installed", s->state == STANDING_HERE);
        if (s->state == STANDING_ABSENT)
                return o;
        out_add(o, "version", s->version);
        out_add(o, "image", s->path);
        out_add(o, "trusted_by", trust_names[s->trust]);
        if (s->by[0])
                out_add(o, "voucher", s->by);
        if (s->trust == STANDING_NOBODY)
                out_add(o, "reason", s->why);
        if (!s->has_policy)
                return o;
        policy = json_object_new_object();
        out_add_int(policy, "rules", (int64_t) s->rules);
        out_add(policy, "sha256", s->digest);
        out_add(policy, "from", s->policy_from);
        json_object_object_add(o, "policy", policy);
        return o;
}
