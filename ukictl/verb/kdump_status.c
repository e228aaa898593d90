/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "host/outcome.h"
#include "path.h"
#include "verb/kdump_inside.h"

/* The step that keeps what one boot has tried; empty: nothing is to be done. */
static void next_step(const struct host *h, const struct kdump_state *state, struct text *ret) {
        struct outcome o;
        struct names picked = { NULL, 0 };
        char buf[512];
        struct text ignored = TEXT_IN(buf);

        if (state->reserved == 0)
                text_str(ret, "ukictl kdump");
        else if (!state->loaded)
                text_str(ret, "systemctl restart kdump-tools");
        else if (outcome_read(h, &o, &ignored) == EXIT_OK) {
                outcome_picked(&o, &picked);
                if (picked.n > 0)
                        text_str(ret, o.last == OUTCOME_CONFIRMED ? "ukictl addon promote"
                                                                  : "ukictl confirm, and then: ukictl addon promote");
                outcome_free(&o);
        }
        names_free(&picked);
}

enum exit_code kdump_status(const struct kdump_job *job, const struct kdump_state *state, struct text *why) {
        const struct host *h = &job->call.host;
        bool ready = state->reserved > 0 && state->loaded;
        char buf[128];
        struct text step = TEXT_IN(buf);

        (void) why;
        next_step(h, state, &step);
        if (h->json) {
                struct json_object *o = json_object_new_object();

                out_add_int(o, "reserved", (int64_t) state->reserved);
                out_add_bool(o, "loaded", state->loaded);
                out_add_bool(o, "ready", ready);
                out_add_span(o, "kdump_config", span_of(state->said));
                out_add(o, "next", buf);
                out_json(o);
        } else if (!h->quiet) {
                out_row("kdump", "%s", ready ? "ready: a panic leaves a dump" : "not ready");
                if (state->reserved > 0)
                        out_row("reserved", "%llu MiB", (unsigned long long) (state->reserved >> 20));
                else
                        out_row("reserved", "nothing: this boot has no crashkernel= that the kernel could serve");
                if (state->reserved > 0 && !state->loaded)
                        out_row("loaded", "no crash kernel is loaded: kdump-tools (Debian) or kdump (Fedora) loads it");
                if (state->said[0])
                        out_field("says", state->said);
                if (step.len > 0)
                        out_field("next", buf);
        }
        return ready ? EXIT_OK : state->reserved > 0 ? EXIT_FAILED : EXIT_NOT_ARMED;
}
