/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "verb/plan_inside.h"

static struct span line_of(const struct plan *plan) {
        return (struct span) { (const uint8_t *) plan->line, plan->line_len };
}

static struct span words_of(const struct plan_addon *a) {
        return a->verdict == PLAN_ADMITTED ? a->addon.cmdline : (struct span) { NULL, 0 };
}

static const char *sections_of(const struct plan_addon *a) {
        static char buf[32];
        struct text t = TEXT_IN(buf);

        if (a->verdict == PLAN_ADMITTED)
                text_cat(&t, a->addon.initrd.n ? " .initrd" : "", a->addon.ucode.n ? " .ucode" : "",
                         a->addon.dtb.n ? " .dtb" : "", NULL);
        return buf;
}

/* The request's own words, as they were admitted. */
static struct span unsigned_words(const struct plan_job *job) {
        const struct overlay *o = &job->plan.overlay;

        if (!job->has_request || o->n_words <= o->n_signed_words)
                return (struct span) { NULL, 0 };
        return (struct span) { (const uint8_t *) job->request.words_buf, job->request.words.len };
}

static void policy_sentence(const struct plan_job *job, struct text *t) {
        if (job->policy_path)
                text_cat(t, job->policy_path,
                         job->policy_to_come ? " (ukiload is not installed; ukictl install would put it in)" : "",
                         job->own.present ? "" : ": " POLICY_FILE_NONE ": nothing is allowed", NULL);
        else
                text_str(t, "none found (no ukiload on the ESP, no --policy): nothing is allowed");
        if (job->plan.uki.has_policy)
                text_str(t, "; the image has one too, which narrows it");
}

static void print_addons(const struct plan_job *job) {
        if (job->n_found == 0)
                out_field("addons", "none");
        for (size_t i = 0; i < job->n_found; i++) {
                const struct plan_addon *a = &job->found[i];
                char buf[PLAN_PATH_MAX + 64];
                struct text t = TEXT_IN(buf);
                const char *why, *verdict = plan_addon_told(a, job->plan.result == PLAN_START, &why);

                text_cat(&t, verdict, ": ", NULL);
                text_str(&t, a->path);
                text_cat(&t, " (", plan_origin_name(a->origin), ")", NULL);
                out_field(i == 0 ? "addons" : "", buf);
                if (why[0])
                        out_field_span("", span_of(why));
                if (words_of(a).n > 0)
                        out_field_span("", words_of(a));
                if (sections_of(a)[0])
                        out_row("", "with%s", sections_of(a));
        }
        if (unsigned_words(job).n > 0) {
                out_field("request", "unsigned words");
                out_field_span("", unsigned_words(job));
        }
}

static void print_image(const struct plan_job *job) {
        const struct plan *plan = &job->plan;
        char buf[PLAN_PATH_MAX + 128];
        struct text t = TEXT_IN(buf);

        text_str(&t, job->uki_path);
        text_str(&t, "\nsha256 ");
        text_hex(&t, (struct span) { job->sha256, SHA256_SIZE });
        out_field("image", buf);
        if (!plan->uki_ok)
                return;
        if (plan->uki.has[UKI_UNAME])
                out_field_span("kernel", span_trim_nul(plan->uki.section[UKI_UNAME]));
        text_clear(&t);
        text_dec(&t, plan->profile);
        text_str(&t, " of ");
        text_dec(&t, plan->uki.n_profiles ? plan->uki.n_profiles : 1);
        out_field("profile", buf);
        text_clear(&t);
        if (plan->uki.stub_text[0])
                text_shown(&t, span_of(plan->uki.stub_text), 64);
        else
                text_str(&t, "not systemd's");
        text_str(&t, plan->stub_untested ? " (newer than what ukiload was tested with)" : "");
        out_field("stub", buf);
}

void plan_print_text(const struct plan_job *job) {
        const struct plan *plan = &job->plan;
        char buf[2 * PLAN_WHY_MAX];
        struct text t = TEXT_IN(buf);

        print_image(job);
        policy_sentence(job, &t);
        out_field_span("policy", text_span(&t));
        if (plan->handoff_why[0]) {
                text_clear(&t);
                text_cat(&t, plan_handoff_name(plan->handoff), ": ", plan->handoff_why, NULL);
                out_field_span("handoff", text_span(&t));
        }
        print_addons(job);
        if (plan->line_len > 0)
                out_field_span("line", line_of(plan));
        if (plan->stub_words)
                out_field_span("", span_of("(its end comes from SMBIOS through the stub, and no policy governs it)"));
        if (!job->smbios_read)
                out_field("", "(SMBIOS is readable for root only: what the stub takes from there is not shown)");
        if (plan->result == PLAN_START && plan->stub_console)
                out_field("", "(this stub may append " PLAN_STUB_CONSOLE ", and no policy governs it)");
        if (plan->result == PLAN_START) {
                text_clear(&t);
                text_hex(&t, (struct span) { plan->digest, SHA256_SIZE });
                out_field("digest", buf);
                out_field("result", "starts");
        } else
                out_field_span("result", span_of("refused"));
        if (plan->result != PLAN_START)
                out_field_span("", span_of(plan->why));
}

static void say_refusal(const struct plan_job *job, const struct plan_addon *a) {
        char buf[2 * PLAN_PATH_MAX + PLAN_WHY_MAX + 64];
        struct text t = TEXT_IN(buf);

        text_cat(&t, job->uki_path, " will boot without ", a->path, ": ", a->why, NULL);
        out_text("", text_span(&t));
}

void plan_print_refusals(const struct plan_job *job) {
        bool starts = job->plan.result == PLAN_START;

        for (size_t i = 0; starts && i < job->n_found; i++)
                if (job->found[i].verdict == PLAN_REFUSED || job->found[i].verdict == PLAN_UNTRUSTED)
                        say_refusal(job, &job->found[i]);
        if (!starts)
                out_text("will not be started: ", span_of(job->plan.why));
}

static struct json_object *json_addons(const struct plan_job *job) {
        struct json_object *list = json_object_new_array();

        for (size_t i = 0; i < job->n_found; i++) {
                const struct plan_addon *a = &job->found[i];
                struct json_object *o = json_object_new_object();
                const char *why, *verdict = plan_addon_told(a, job->plan.result == PLAN_START, &why);

                out_add_span(o, "path", span_of(a->path));
                out_add(o, "origin", plan_origin_name(a->origin));
                out_add(o, "verdict", verdict);
                if (why[0])
                        out_add_span(o, "reason", span_of(why));
                if (a->verdict == PLAN_ADMITTED) {
                        out_add_span(o, "words", words_of(a));
                        out_add(o, "sections", sections_of(a)[0] ? sections_of(a) + 1 : "");
                }
                json_object_array_add(list, o);
        }
        return list;
}

static void json_image(const struct plan_job *job, struct json_object *o) {
        const struct plan *plan = &job->plan;

        out_add_span(o, "image", span_of(job->uki_path));
        out_add_hex(o, "sha256", (struct span) { job->sha256, SHA256_SIZE });
        out_add_int(o, "profile", plan->profile);
        if (!plan->uki_ok)
                return;
        out_add_int(o, "profiles", plan->uki.n_profiles ? plan->uki.n_profiles : 1);
        if (plan->uki.has[UKI_UNAME])
                out_add_span(o, "kernel", span_trim_nul(plan->uki.section[UKI_UNAME]));
        out_add_span(o, "stub", span_of(plan->uki.stub_text));
        out_add_int(o, "stub_version", plan->uki.stub_version);
        out_add_bool(o, "stub_untested", plan->stub_untested);
}

void plan_print_json(const struct plan_job *job) {
        const struct plan *plan = &job->plan;
        struct json_object *o = json_object_new_object();

        out_add(o, "verdict", plan->result == PLAN_START ? "starts" : "refused");
        if (plan->result != PLAN_START)
                out_add_span(o, "reason", span_of(plan->why));
        json_image(job, o);
        if (job->policy_path)
                out_add_span(o, "policy", span_of(job->policy_path));
        out_add_bool(o, "policy_present", job->policy_path && job->own.present);
        out_add_bool(o, "policy_to_come", job->policy_to_come);
        out_add_bool(o, "image_policy", plan->uki.has_policy);
        out_add(o, "handoff", plan_handoff_name(plan->handoff));
        out_add_span(o, "handoff_reason", span_of(plan->handoff_why));
        json_object_object_add(o, "addons", json_addons(job));
        if (unsigned_words(job).n > 0)
                out_add_span(o, "unsigned_words", unsigned_words(job));
        out_add_span(o, "line", line_of(plan));
        out_add_span(o, "smbios_words", plan_job_stub_words(job));
        out_add_bool(o, "smbios_read", job->smbios_read);
        out_add_bool(o, "stub_may_add_console", plan->stub_console);
        if (plan->result == PLAN_START)
                out_add_hex(o, "plan", (struct span) { plan->digest, SHA256_SIZE });
        out_json(o);
}
