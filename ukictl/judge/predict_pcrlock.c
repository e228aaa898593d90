/* SPDX-License-Identifier: BSD-2-Clause */
/* Components for systemd-pcrlock(8) 255 and newer, which finds the measurements of each in the event log, and from then on counts
 * with every variant of each: the boot through ukiload and the one without it stand beside each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "path.h"
#include "judge/predict.h"

#define PLAN_NAME_BYTES 200u

struct component {
        const char *name;
        enum predict_pcr pcr;
        bool by_plan, by_way; /* what its variants depend on beside ukiload's image */
        bool without;         /* there is a variant of the boot without ukiload */
};

/* 620 is systemd-pcrlock's own, 630 what stands between shim and the UKI; the UKI is 650 in systemd's examples. */
static const struct component components[PREDICT_OF] = {
        [OF_AUTHORITY] = { "620-secureboot-authority", PCR_7, true, true, true },
        [OF_LOADER] = { "630-boot-loader", PCR_4, false, true, false },
        [OF_ADDONS] = { "660-ukiload-addons", PCR_4, true, false, true },
        [OF_WORDS] = { "670-ukiload-words", PCR_12, true, false, true },
};

/* ---- names ---- */

/* "debian+kdump@1": the UKI without its counter, what is picked, and the profile. */
static void name_plan(const struct plan_job *plan, struct text *ret) {
        const struct span file = path_base(span_of(plan->uki_path));
        const struct path_counter counter = path_counter(file);
        const size_t tail = span_ends_nocase(file, ".efi") ? 4 : 0;

        text_bytes(ret, (struct span) { file.p, counter.counted ? counter.at : file.n - tail });
        for (size_t i = 0; plan->has_request && i < plan->request.n_addons; i++)
                text_cat(ret, "+", plan->request.addons[i], NULL);
        if (plan->has_request && plan->request.words.len > 0)
                text_str(ret, "+append");
        if (plan->plan.profile > 0) {
                text_char(ret, '@');
                text_dec(ret, plan->plan.profile);
        }
}

static bool name_file(const struct predict_job *job, const struct component *c, size_t records, char ret[256], struct text *why) {
        char buf[PLAN_NAME_BYTES];
        struct text plan = TEXT_IN(buf), name = text_in(ret, 256);

        name_plan(job->plan_job, &plan);
        if (plan.cut) {
                text_cat(why, job->plan_job->uki_path,
                         ": its name and those of the addons are too long for the name of a component; pick fewer", NULL);
                return false;
        }
        text_dec(&name, 999 - (records < 899 ? records : 899));
        text_str(&name, job->via == VIA_STOCK ? "-stock" : "-ukiload");
        if ((c->by_way || (c->pcr == PCR_12 && job->is_told)) && job->via != VIA_STOCK)
                text_str(&name, job->via == VIA_NEXT ? "-next" : "-loader");
        if (c->by_plan)
                text_cat(&name, "-", buf, NULL);
        text_str(&name, ".pcrlock");
        return true;
}

/* ---- records ---- */

static struct json_object *record_of(const struct measured *m) {
        struct json_object *record = json_object_new_object(), *digests = json_object_new_array();

        out_add_int(record, "pcr", predict_number(m->pcr));
        for (unsigned b = 0; b < BANKS; b++) {
                if (!m->has[b])
                        continue;
                struct json_object *digest = json_object_new_object();
                out_add(digest, "hashAlg", bank_name((enum bank) b));
                out_add_hex(digest, "digest", (struct span) { m->digest[b], bank_size((enum bank) b) });
                json_object_array_add(digests, digest);
        }
        json_object_object_add(record, "digests", digests);
        return record;
}

static char *text_of(const struct predict_job *job, enum predict_of of, size_t *ret_records) {
        struct json_object *top = json_object_new_object(), *records = json_object_new_array();
        char *text = NULL;

        for (size_t i = 0; i < job->n_measured; i++)
                if (job->measured[i].of == of)
                        json_object_array_add(records, record_of(&job->measured[i]));
        *ret_records = json_object_array_length(records);
        json_object_object_add(top, "records", records);
        if (asprintf(&text, "%s\n", json_object_to_json_string_ext(top, JSON_C_TO_STRING_PLAIN)) < 0) {
                fputs("ukictl: out of memory\n", stderr);
                exit(EXIT_FAILED);
        }
        json_object_put(top);
        return text;
}

/* Without ukiload the addons are the same whatever came before the UKI in the running boot. */
static bool is_known(const struct predict_job *job, enum predict_of of) {
        const bool only_ours = job->via == VIA_STOCK && of == OF_ADDONS;

        return job->known[components[of].pcr] || (only_ours && job->plan_job->plan.uki.stub == UKI_STUB_SYSTEMD);
}

bool predict_files(const struct predict_job *job, struct pcrlock_file ret[PREDICT_OF], struct text *why) {
        for (unsigned i = 0; i < PREDICT_OF; i++) {
                const struct component *c = &components[i];
                const enum predict_of of = (enum predict_of) i;
                size_t records;

                ret[i] = (struct pcrlock_file) { .component = NULL };
                if (!c->name || (job->via == VIA_STOCK && !c->without) || (of == OF_AUTHORITY && !job->secure_boot))
                        continue;
                char *text = text_of(job, of, &records);
                if (is_known(job, of))
                        ret[i].text = text;
                else
                        free(text);
                if (!name_file(job, c, records, ret[i].name, why))
                        return false;
                ret[i].component = c->name;
        }
        return true;
}

/* ---- the boot without ukiload ---- */

/* What a request picks is ukiload's alone; stubs that know no addons take none. */
static size_t stock_addons(const struct plan_job *plan) {
        size_t n = 0;

        while (stub_has(&plan->plan.uki, STUB_ADDONS) && n < plan->n_found && plan->found[n].origin != PLAN_PICKED)
                n++;
        return n;
}

static void note_refused(const struct plan_job *plan, struct text *ret) {
        for (size_t i = 0; i < plan->n_found; i++)
                if (plan->found[i].verdict == PLAN_REFUSED)
                        text_cat(ret, ret->len > 0 ? "\n" : "", plan->found[i].path,
                                 ": refused here, but a boot without ukiload takes it: no component is for such a boot", NULL);
}

static bool predict_stock(struct predict_job *job, struct pcrlock_file ret[PREDICT_OF], struct text *notes, struct text *why) {
        struct plan_job *plan = job->plan_job;

        plan_job_make(plan, &job->pe, NULL, NULL);
        note_refused(plan, notes);
        predict_begin(job);
        if (plan->plan.result != PLAN_START) {
                text_cat(notes, notes->len > 0 ? "\n" : "", "no component is for the boot without ukiload: ", plan->plan.why,
                         NULL);
                return true;
        }
        if (!predict_role(job, why))
                return false;
        predict_boot(job);
        return predict_files(job, ret, why);
}

bool predict_stock_files(struct predict_job *job, struct pcrlock_file ret[PREDICT_OF], struct text *why) {
        struct plan_job *plan = job->plan_job;
        const enum predict_via via = job->via;
        const size_t n_found = plan->n_found;
        char buf[sizeof(job->notes)];
        struct text notes = TEXT_IN(buf);
        const bool has_request = plan->has_request;

        for (unsigned i = 0; i < PREDICT_OF; i++)
                ret[i] = (struct pcrlock_file) { .component = NULL };
        plan->n_found = stock_addons(plan);
        plan->has_request = false;
        job->via = VIA_STOCK;
        bool ok = predict_stock(job, ret, &notes, why);
        predict_release(job);
        predict_begin(job);
        if (notes.len > 0)
                predict_note(job, buf);
        job->via = via;
        plan->has_request = has_request;
        plan->n_found = n_found;
        plan_job_make(plan, &job->pe, NULL, NULL);
        return ok;
}
