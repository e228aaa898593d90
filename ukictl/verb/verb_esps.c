/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb on each ESP of the machine in turn. */
#include <stdlib.h>
#include <string.h>

#include "host/esp.h"
#include "verb/verb_inside.h"

struct turn {
        const struct verb *verb;
        const struct call *call; /* as it was asked for; nothing is found yet */
        const struct esp_list *list;
        struct json_object *all; /* with --json */
};

static int on_one(const struct turn *t, size_t i) {
        struct call *call = need(t->verb->size);

        memcpy(call, t->call, t->verb->size);
        esp_list_turn(t->list, i, &call->host);
        int code = verb_work(t->verb, call);
        if (t->verb->finish)
                t->verb->finish(call);
        host_free(&call->host);
        free(call);
        return code;
}

static int take_turn(const struct turn *t, size_t i) {
        const char *dir = t->list->dirs.v[i];

        if (!t->all) {
                if (t->list->dirs.n > 1 && !t->call->host.quiet)
                        out_field("esp", dir);
                return on_one(t, i);
        }
        out_collect();
        int code = on_one(t, i);
        struct json_object *said = out_collected(), *one = json_object_array_get_idx(said, 0);
        if (one) {
                out_add(one, "esp", dir);
                json_object_array_add(t->all, json_object_get(one));
        }
        json_object_put(said);
        return code;
}

/* One that fails does not stop the others. The first such is the answer; what is only not trusted comes after all else, for
 * ukiload-update.service takes that for a machine without a key, and no fault. */
static int take_turns(struct turn *t) {
        int code = EXIT_OK;

        for (size_t i = 0; i < t->list->dirs.n; i++) {
                int one = take_turn(t, i);

                if (one != EXIT_OK && t->list->dirs.n > 1)
                        out_warn("%s: not done there, but for what was said; the other ESPs do not wait for it",
                                 t->list->dirs.v[i]);
                code = code == EXIT_OK || (code == EXIT_UNTRUSTED && one != EXIT_OK) ? one : code;
        }
        if (t->all) {
                struct json_object *o = json_object_new_object();

                json_object_object_add(o, "esps", t->all);
                out_add_int(o, "exit", code);
                out_json(o);
        }
        return code;
}

int verb_on_each_esp(const struct verb *verb, struct call *call) {
        struct host h = call->host;
        char buf[1024];
        struct text ignored = TEXT_IN(buf); /* the verb says it */
        struct esp_list list = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
        struct turn turn = { .verb = verb, .call = call, .list = &list };

        /* volumes only: what the verb needs of variables it looks for itself */
        h.no_variables = true;
        if (host_open(&h, &ignored) == EXIT_OK)
                esp_list_read(&h, &list);
        host_free(&h);
        if (list.dirs.n > 0 && call->host.json)
                turn.all = json_object_new_array();
        int code = list.dirs.n > 0 ? take_turns(&turn) : verb_work(verb, call);
        esp_list_free(&list);
        return code;
}
