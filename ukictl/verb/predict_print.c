/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "out.h"
#include "verb/predict_inside.h"

static const char *comparison_words(enum comparison c) {
        return c == SAME ? "as in the running boot" : c == DIFFERS ? "differs from the running boot" : "";
}

void predict_print_text(const struct predict_job *job, const struct names *components, bool dry_run) {
        const struct plan *plan = &job->plan_job->plan;

        out_field("image", job->plan_job->uki_path);
        out_field("handoff", plan_handoff_name(plan->handoff));
        out_field_span("line", (struct span) { (const uint8_t *) plan->line, plan->line_len });
        for (unsigned i = 0; i < PREDICTED; i++) {
                const enum predict_pcr pcr = (enum predict_pcr) i;
                const char *words = comparison_words(predict_compare(job, pcr));

                out_say("PCR %u%s%s%s", predict_number(pcr), words[0] ? ": " : "", words, job->known[i] ? "" : ": not known");
                if (!job->known[i])
                        out_say("        %s", job->unknown[i]);
                for (unsigned b = 0; b < BANKS; b++) {
                        char hex[2 * PCR_DIGEST_MAX + 1];

                        if (!predict_bank_known(job, pcr, (enum bank) b))
                                continue;
                        predict_hex(job->value[i][b], bank_size((enum bank) b), hex);
                        out_say("        %-6s %s", bank_name((enum bank) b), hex);
                }
                for (size_t k = 0; job->wants_events && k < job->n_measured; k++)
                        if (job->measured[k].pcr == pcr)
                                out_say("        %c %s", job->measured[k].kept ? '=' : '+', job->measured[k].what);
        }
        for (size_t i = 0; components && i < components->n; i++)
                out_say("%-10s%s: %s", i == 0 ? "component" : "", components->v[i],
                        dry_run ? "would be written" : "written and read back");
        out_field("note", job->notes);
}

static struct json_object *events_of(const struct predict_job *job, enum predict_pcr pcr) {
        struct json_object *list = json_object_new_array();

        for (size_t i = 0; i < job->n_measured; i++) {
                const struct measured *m = &job->measured[i];

                if (m->pcr != pcr)
                        continue;
                struct json_object *o = json_object_new_object();
                out_add(o, "what", m->what);
                out_add_bool(o, "kept", m->kept);
                for (unsigned b = 0; b < BANKS; b++)
                        if (m->has[b])
                                out_add_hex(o, bank_name((enum bank) b),
                                            (struct span) { m->digest[b], bank_size((enum bank) b) });
                json_object_array_add(list, o);
        }
        return list;
}

static struct json_object *notes_of(const struct predict_job *job) {
        struct json_object *list = json_object_new_array();

        for (const char *at = job->notes, *end; *at; at = *end ? end + 1 : end) {
                end = strchrnul(at, '\n');
                json_object_array_add(list, out_string((struct span) { (const uint8_t *) at, (size_t) (end - at) }));
        }
        return list;
}

void predict_print_json(const struct predict_job *job, const struct names *components, bool dry_run) {
        const struct plan *plan = &job->plan_job->plan;
        struct json_object *top = json_object_new_object(), *pcrs = json_object_new_object();

        out_add(top, "image", job->plan_job->uki_path);
        out_add(top, "handoff", plan_handoff_name(plan->handoff));
        out_add_span(top, "line", (struct span) { (const uint8_t *) plan->line, plan->line_len });
        out_add_hex(top, "plan", (struct span) { plan->digest, SHA256_SIZE });
        for (unsigned i = 0; i < PREDICTED; i++) {
                struct json_object *o = json_object_new_object();
                enum comparison c = predict_compare(job, (enum predict_pcr) i);
                char number[16];

                out_add_bool(o, "known", job->known[i]);
                if (!job->known[i])
                        out_add(o, "reason", job->unknown[i]);
                if (c != NOT_COMPARED)
                        out_add_bool(o, "differs", c == DIFFERS);
                for (unsigned b = 0; b < BANKS; b++)
                        if (predict_bank_known(job, (enum predict_pcr) i, (enum bank) b))
                                out_add_hex(o, bank_name((enum bank) b),
                                            (struct span) { job->value[i][b], bank_size((enum bank) b) });
                if (job->wants_events)
                        json_object_object_add(o, "events", events_of(job, (enum predict_pcr) i));
                snprintf(number, sizeof(number), "%u", predict_number((enum predict_pcr) i));
                json_object_object_add(pcrs, number, o);
        }
        json_object_object_add(top, "pcrs", pcrs);
        if (components)
                json_object_object_add(top, "components", out_list(components));
        if (components)
                out_add_bool(top, "written", !dry_run);
        json_object_object_add(top, "notes", notes_of(job));
        out_json(top);
}
