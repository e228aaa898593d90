/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/armed.h"
#include "verb/load_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *word_fate_name(enum word_fate fate) {
        switch (fate) {
        case WORD_IN_LINE: return "in the line already";
        case WORD_ADDON: return "addon";
        case WORD_UNSIGNED: return "unsigned";
        case WORD_PENDING:
        case WORD_NOT_KEPT: break;
        }
        return "dropped";
}

static void way(const struct load_job *job, struct text *t) {
        char name[16];

        if (job->boot->by_loader) {
                text_cat(t, "LoaderEntryOneShot ", job->boot->loader_id, NULL);
                return;
        }
        snprintf(name, sizeof(name), "Boot%04X", job->boot->arming.ours->number);
        text_cat(t, "BootNext ", name, job->boot->through_shim ? ", through shim" : "", NULL);
}

/* "crashkernel=512M: addon kdump" */
static void show_word(const struct load_word *w, struct text *t) {
        text_cat(t, w->text, ": ", word_fate_name(w->fate), w->addon[0] ? " " : "", w->addon, NULL);
}

static void print_addons(const struct load_job *job) {
        const char *key = "addons";

        for (size_t i = 0; i < job->boot->plan->n_found; i++) {
                const struct plan_addon *a = &job->boot->plan->found[i];
                char buf[PLAN_PATH_MAX + PLAN_WHY_MAX + 64];
                struct text t = TEXT_IN(buf);

                text_cat(&t, a->path, " ", plan_verdict_name(a->verdict), NULL);
                if (a->verdict != PLAN_ADMITTED)
                        text_cat(&t, ": ", a->why, NULL);
                out_field_span(key, text_span(&t));
                key = "";
        }
}

static void print_list(const char *key, const struct names *list) {
        for (size_t i = 0; i < list->n; i++)
                out_field_span(i == 0 ? key : "", span_of(list->v[i]));
}

static void print_text(const struct load_job *job, const struct request *request, const struct load_pcrs *pcrs) {
        char buf[PLAN_PATH_MAX + 128];
        struct text t = TEXT_IN(buf);

        request_uki(request, &t);
        text_str(&t, " for one boot, by ");
        way(job, &t);
        out_field_span(job->boot->host.dry_run ? "would arm" : "armed", text_span(&t));
        out_field_span("id", span_of(request->id));
        out_field_span("line", (struct span) { (const uint8_t *) job->boot->plan->plan.line, job->boot->plan->plan.line_len });
        if (job->boot->plan->plan.stub_words)
                out_field("", "(its end comes from SMBIOS through the stub, and no policy governs it)");
        if (job->boot->plan->plan.stub_console)
                out_field("", "(this stub may append " PLAN_STUB_CONSOLE ", and no policy governs it)");
        print_addons(job);
        for (size_t i = 0; i < job->n_wanted; i++) {
                text_clear(&t);
                show_word(&job->wanted[i], &t);
                out_field_span(i == 0 ? "words" : "", text_span(&t));
        }
        for (size_t i = 0; i < pcrs->n; i++) {
                text_clear(&t);
                text_str(&t, "PCR ");
                text_dec(&t, pcrs->v[i].number);
                text_cat(&t, ": ", pcrs->v[i].text, NULL);
                out_field_span(i == 0 ? "pcrs" : "", text_span(&t));
        }
        print_list("note", &job->boot->notes);
        out_field("next", job->boot->host.dry_run ? "nothing was written" : "ukictl exec");
}

static struct json_object *json_addons(const struct load_job *job) {
        struct json_object *list = json_object_new_array();

        for (size_t i = 0; i < job->boot->plan->n_found; i++) {
                const struct plan_addon *a = &job->boot->plan->found[i];
                struct json_object *o = json_object_new_object();

                out_add_span(o, "path", span_of(a->path));
                out_add(o, "verdict", plan_verdict_name(a->verdict));
                if (a->verdict != PLAN_ADMITTED)
                        out_add_span(o, "reason", span_of(a->why));
                json_object_array_add(list, o);
        }
        return list;
}

static struct json_object *json_words(const struct load_job *job) {
        struct json_object *list = json_object_new_array();

        for (size_t i = 0; i < job->n_wanted; i++) {
                const struct load_word *w = &job->wanted[i];
                struct json_object *o = json_object_new_object();

                out_add_span(o, "word", span_of(w->text));
                out_add(o, "fate", word_fate_name(w->fate));
                if (w->addon[0])
                        out_add(o, "addon", w->addon);
                json_object_array_add(list, o);
        }
        return list;
}

static struct json_object *json_pcrs(const struct load_pcrs *pcrs) {
        struct json_object *all = json_object_new_object();

        for (size_t i = 0; i < pcrs->n; i++) {
                struct json_object *o = json_object_new_object();
                char number[16];

                if (pcrs->v[i].fate != LOAD_PCR_MAY_DIFFER)
                        out_add_bool(o, "differs", pcrs->v[i].fate == LOAD_PCR_DIFFERS);
                out_add_span(o, "text", span_of(pcrs->v[i].text));
                snprintf(number, sizeof(number), "%u", pcrs->v[i].number);
                json_object_object_add(all, number, o);
        }
        return all;
}

static void print_json(const struct load_job *job, const struct request *request, const struct load_pcrs *pcrs) {
        struct json_object *o = json_object_new_object();
        char buf[64];
        struct text t = TEXT_IN(buf);

        way(job, &t);
        out_add_bool(o, "armed", !job->boot->host.dry_run);
        out_add(o, "id", request->id);
        out_add(o, "way", buf);
        armed_json_image(request, o);
        out_add_hex(o, "sha256", (struct span) { request->sha256, SHA256_SIZE });
        out_add_hex(o, "plan", (struct span) { request->plan, SHA256_SIZE });
        out_add_int(o, "profile", request->profile);
        out_add_span(o, "line", (struct span) { (const uint8_t *) job->boot->plan->plan.line, job->boot->plan->plan.line_len });
        out_add_span(o, "smbios_words", plan_job_stub_words(job->boot->plan));
        out_add_bool(o, "stub_may_add_console", job->boot->plan->plan.stub_console);
        json_object_object_add(o, "addons", json_addons(job));
        json_object_object_add(o, "words", json_words(job));
        json_object_object_add(o, "pcrs", json_pcrs(pcrs));
        json_object_object_add(o, "notes", out_list(&job->boot->notes));
        out_json(o);
}

void load_print(const struct load_job *job, const struct request *request) {
        struct load_pcrs pcrs = { .n = 0 };

        load_pcrs(job, &pcrs);
        if (job->boot->host.json)
                print_json(job, request, &pcrs);
        else
                print_text(job, request, &pcrs);
}
