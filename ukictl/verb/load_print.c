/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/load_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/once.h"

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
                text_str(t, "LoaderEntryOneShot " ARMING_LOADER_ID);
                return;
        }
        snprintf(name, sizeof(name), "Boot%04X", job->boot->arming.ours->number);
        text_cat(t, "BootNext ", name, job->boot->through_shim ? ", through shim" : "", NULL);
}

static bool adds(const struct load_job *job) {
        return job->boot->plan->plan.n_admitted > 0 || job->boot->words.len > 0;
}

static void pcr7(const struct load_job *job, struct text *t) {
        char own_buf[256], uki_buf[256];
        struct text own = TEXT_IN(own_buf), uki = TEXT_IN(uki_buf);
        struct span ukiload;
        char buf[64];
        struct text ignored = TEXT_IN(buf);

        if (!job->boot->checks_on) {
                text_str(t, "PCR 7: stays");
                return;
        }
        if (once_read(job->boot->ukiload, FILE_IMAGE_MAX, &ukiload, &ignored))
                next_boot_voucher(job->boot, IMAGE_FILE, ukiload, &own);
        next_boot_voucher(job->boot, job->boot->plan->uki_path, bytes_span(&job->boot->plan->image), &uki);
        bool same = strcmp(own_buf, uki_buf) == 0;
        for (size_t i = 0; i < job->boot->plan->n_found; i++) {
                char one_buf[256];
                struct text one = TEXT_IN(one_buf);

                if (job->boot->plan->found[i].verdict != PLAN_ADMITTED)
                        continue;
                next_boot_voucher(job->boot, job->boot->plan->found[i].path, job->boot->plan->found[i].file, &one);
                same = same && strcmp(one_buf, uki_buf) == 0;
        }
        if (same)
                text_cat(t, "PCR 7: stays if the usual boot is vouched for by ", uki_buf, " alone, as this one is", NULL);
        else
                text_cat(t, "PCR 7: may differ, for ukiload is vouched for by ", own_buf, " and the image by ", uki_buf,
                         ": disks sealed to it then ask for their passphrase", NULL);
}

static void pcrs(const struct load_job *job, struct names *ret) {
        char buf[1024];
        struct text t = TEXT_IN(buf);

        names_add(ret, job->boot->plan->plan.n_admitted > 0
                               ? "PCR 4: differs from a boot without ukiload, by ukiload and one event for each addon"
                               : "PCR 4: differs from a boot without ukiload, by ukiload");
        pcr7(job, &t);
        names_add(ret, buf);
        bool measured = adds(job) || job->boot->plan->plan.measure_policy || job->boot->plan->plan.measure_uki_policy;
        names_add(ret, measured ? "PCR 12: differs from a boot without these words"
                                : "PCR 12: as in a boot of this image without ukiload");
        if (job->boot->plan->plan.overlay.splits && job->boot->plan->plan.overlay.n_words > 0)
                names_add(
                        ret,
                        "PCR 9: differs from a boot of the same addons without ukiload, and PCR 11 and 12 do not: the words go before the `--` of the "
                        "image's line, where a stub puts them behind it");
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

static void print_text(const struct load_job *job, const struct request *request, const struct names *registers) {
        char buf[PLAN_PATH_MAX + 128];
        struct text t = TEXT_IN(buf);

        text_cat(&t, request->uki, " for one boot, by ", NULL);
        way(job, &t);
        out_field_span(job->boot->host.dry_run ? "would arm" : "armed", text_span(&t));
        out_field_span("id", span_of(request->id));
        out_field_span("line", (struct span) { (const uint8_t *) job->boot->plan->plan.line, job->boot->plan->plan.line_len });
        if (job->boot->plan->smbios_extra.n > 0)
                out_field("", "(its end comes from SMBIOS through the stub, and no policy governs it)");
        if (job->boot->plan->plan.stub_console)
                out_field("", "(this stub may append " PLAN_STUB_CONSOLE ", and no policy governs it)");
        print_addons(job);
        for (size_t i = 0; i < job->n_wanted; i++) {
                text_clear(&t);
                show_word(&job->wanted[i], &t);
                out_field_span(i == 0 ? "words" : "", text_span(&t));
        }
        print_list("pcrs", registers);
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

static void print_json(const struct load_job *job, const struct request *request, const struct names *registers) {
        struct json_object *o = json_object_new_object();
        char buf[64];
        struct text t = TEXT_IN(buf);

        way(job, &t);
        out_add_bool(o, "armed", !job->boot->host.dry_run);
        out_add(o, "id", request->id);
        out_add(o, "way", buf);
        out_add_span(o, "image", span_of(request->uki));
        out_add_hex(o, "sha256", (struct span) { request->sha256, SHA256_SIZE });
        out_add_hex(o, "plan", (struct span) { request->plan, SHA256_SIZE });
        out_add_int(o, "profile", request->profile);
        out_add_span(o, "line", (struct span) { (const uint8_t *) job->boot->plan->plan.line, job->boot->plan->plan.line_len });
        out_add_span(o, "smbios_words", job->boot->plan->smbios_extra);
        out_add_bool(o, "stub_may_add_console", job->boot->plan->plan.stub_console);
        json_object_object_add(o, "addons", json_addons(job));
        json_object_object_add(o, "words", json_words(job));
        json_object_object_add(o, "pcrs", out_list(registers));
        json_object_object_add(o, "notes", out_list(&job->boot->notes));
        out_json(o);
}

void load_print(const struct load_job *job, const struct request *request) {
        struct names registers = { NULL, 0 };

        pcrs(job, &registers);
        if (job->boot->host.json)
                print_json(job, request, &registers);
        else
                print_text(job, request, &registers);
        names_free(&registers);
}
