/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stub, or ukiload in its role, will measure: the very code that firmware runs, over the files of this host. */
#include <stdlib.h>
#include <string.h>

#include "loaderline.h"
#include "judge/predict.h"

/* As LoadImage does it. */
static struct bytes laid_out(const struct pe *file) {
        struct bytes memory = { need(file->size_of_image), file->size_of_image };

        memset(memory.p, 0, memory.n);
        memcpy(memory.p, file->bytes.p, file->size_of_headers);
        for (size_t i = 0; i < file->n_sections; i++) {
                const struct span data = pe_bytes(file, &file->sections[i]);

                if (data.n > 0)
                        memcpy(memory.p + file->sections[i].vaddr, data.p, data.n);
        }
        return memory;
}

bool predict_layout(struct predict_job *job, struct text *why) {
        const struct pe *file = &job->plan_job->pe;
        const struct span bytes = bytes_span(&job->plan_job->image);

        if (file->size_of_image > UKI_FILE_MAX || file->size_of_headers > bytes.n ||
            file->size_of_headers > file->size_of_image) {
                text_cat(why, job->plan_job->uki, " is damaged: SizeOfImage or SizeOfHeaders cannot be true", NULL);
                return false;
        }
        if (uki_fills_file(file)) {
                job->pe = *file;
                return true;
        }
        job->memory = laid_out(file);
        text_cat(why, job->plan_job->uki, " as it is loaded ", NULL);
        if (!pe_open_image(bytes_span(&job->memory), &job->pe, why))
                return false;
        text_clear(why);
        return true;
}

/* A stub of its own takes more of them than ukiload in its role. */
static bool gather_sidecars(struct predict_job *job, const struct uki *uki, struct text *why) {
        struct plan_job *plan = job->plan_job;
        char buf[PLAN_PATH_MAX + PLAN_WHY_MAX];
        struct text left_out = TEXT_IN(buf);

        job->sidecars.cap = FOLDER_MAX;
        job->sidecars.files = need(FOLDER_MAX * sizeof(*job->sidecars.files));
        text_cat(why, plan->uki, " ", NULL);
        if (!sidecars_make(&plan->disk.disk, plan->start_path, uki, &job->sidecars, &left_out, why))
                return false;
        text_clear(why);
        if (left_out.len > 0)
                predict_note(job, buf);
        return true;
}

/* ---- events ---- */

static enum predict_pcr index_of(unsigned pcr) {
        return pcr == STUBROLE_PCR_IMAGE ? PCR_11 : pcr == STUBROLE_PCR_SYSEXTS ? PCR_13 : PCR_12;
}

static void measure_text(struct predict_job *job, enum predict_pcr pcr, const char *what, struct span text) {
        struct span ucs2 = { NULL, stubrole_ucs2(text, NULL, 0) };
        uint8_t *p = need(ucs2.n);

        (void) stubrole_ucs2(text, p, ucs2.n);
        ucs2.p = p;
        predict_hashed(job, pcr, what, &ucs2, 1);
        free(p);
}

/* Credentials and extensions are others' to say: systemd-pcrlock itself writes one with each policy. */
static bool is_sidecar(const struct predict_job *job, struct span data) {
        for (unsigned i = 0; i < STUBROLE_SIDECARS; i++)
                if (data.n > 0 && job->sidecars.archive[i].p == data.p)
                        return true;
        return false;
}

static void measure_event(struct predict_job *job, size_t i) {
        const struct stubrole_event *e = &job->role.event[i];
        char buf[128];
        struct text what = TEXT_IN(buf);

        text_shown(&what, e->description, 100);
        if (e->account == STUBROLE_OF_IMAGE && e->data.n == e->description.n + 1 &&
            memcmp(e->data.p, e->description.p, e->description.n) == 0)
                text_str(&what, " (its name)");
        job->of = index_of(e->pcr) == PCR_12 && !is_sidecar(job, e->data) ? OF_WORDS : OF_OTHERS;
        if (e->hash_text)
                measure_text(job, index_of(e->pcr), buf, e->data);
        else if (job->via == VIA_STOCK)
                predict_hashed(job, index_of(e->pcr), buf, &e->data, 1);
        else
                predict_digested(job, index_of(e->pcr), buf, job->large.event[i]);
        job->of = OF_OTHERS;
}

static void measure_policies(struct predict_job *job) {
        const struct plan *plan = &job->plan_job->plan;
        const struct span uki_policy = span_trim_nul(plan->uki.policy);

        job->of = OF_WORDS;
        if (plan->measure_policy)
                predict_hashed(job, PCR_12, "ukiload policy", &job->plan_job->own.text, 1);
        if (plan->measure_uki_policy)
                predict_hashed(job, PCR_12, "ukiload policy (of the UKI)", &uki_policy, 1);
        job->of = OF_OTHERS;
}

static void measure_told(struct predict_job *job) {
        job->of = OF_WORDS;
        if (job->is_told)
                measure_text(job, PCR_12, "the line, as systemd-boot up to " LIMIT_TEXT(LOADERLINE_LAST) " tells it", job->told);
        job->of = OF_OTHERS;
}

/* ---- PCR 9, which the kernel extends ---- */

static bool log_has(const struct predict_job *job, unsigned pcr, const char *words) {
        for (size_t i = 0; i < job->log.n; i++) {
                const struct tcg_event *e = &job->log.events[i];

                if (e->pcr == pcr && memmem(e->data.p, e->data.n, words, strlen(words)))
                        return true;
        }
        return false;
}

/* What the running kernel has measured, the next one will; why PCR 9 cannot be known nevertheless, or NULL. */
static const char *kernel_unknown(const struct predict_job *job, bool options, bool initrd) {
        const struct plan *plan = &job->plan_job->plan;
        const bool own_stub = plan->handoff == PLAN_HANDOFF_STUB;

        if (!job->has_log)
                return "without the log of a boot it is not known what this kernel measures of itself";
        if (!initrd && !options)
                return "the running kernel measured neither its command line nor its initrd, so nothing is known of the next one";
        if (own_stub && job->role.version >= STUB_CONSOLE)
                return "from version " LIMIT_TEXT(
                        STUB_CONSOLE) " on the stub adds to the line and the initrd what it finds in firmware";
        if (own_stub && plan->uki.stub != UKI_STUB_SYSTEMD)
                return "it is not known what the image's stub does";
        return NULL;
}

static void measure_kernel(struct predict_job *job) {
        const struct plan *plan = &job->plan_job->plan;
        const bool options = log_has(job, 9, "LOADED_IMAGE::LoadOptions"), initrd = log_has(job, 9, "Linux initrd");
        const char *unknown = kernel_unknown(job, options, initrd);

        if (unknown) {
                predict_give_up(job, PCR_9, unknown);
                return;
        }
        if (options)
                measure_text(job, PCR_9, "LOADED_IMAGE::LoadOptions",
                             (struct span) { (const uint8_t *) plan->line, plan->line_len });
        if (initrd && job->role.initrd.n > 0)
                predict_digested(job, PCR_9, "Linux initrd", job->large.initrd);
        predict_note(job, "PCR 9: the next kernel measures its command line and initrd if the running one did");
}

/* What stubrole does not know, only the image's own stub does. */
static void own_up(struct predict_job *job) {
        const struct plan_job *plan_job = job->plan_job;
        const struct uki *uki = &plan_job->plan.uki;

        if (plan_job->plan.handoff != PLAN_HANDOFF_STUB)
                return;
        for (unsigned i = PCR_11; uki->stub != UKI_STUB_SYSTEMD && i <= PCR_13; i++)
                predict_give_up(job, (enum predict_pcr) i,
                                "the image's stub is not systemd's, and it is not known what that measures");
        if (uki->has[UKI_DTBAUTO] || uki->has[UKI_EFIFW])
                predict_give_up(job, PCR_11, "which .dtbauto or .efifw the stub measures is chosen by hardware");
        for (size_t i = 0; i < plan_job->n_found; i++)
                if (plan_job->found[i].verdict == PLAN_ADMITTED && plan_job->found[i].addon.dtb.n > 0)
                        predict_give_up(job, PCR_12,
                                        "a device tree addon is measured only if it can be applied on this hardware");
        if (job->plan_job->plan.stub_untested)
                predict_note(job, "PCR 11, 12, 13: the image's stub is newer than those that were tested");
}

static void digest_role(struct predict_job *job) {
        const bool initrd = log_has(job, 9, "Linux initrd");

        if (job->via != VIA_STOCK)
                predict_digest(job, initrd && !kernel_unknown(job, false, initrd));
}

static void measure_role(struct predict_job *job) {
        if (job->via != VIA_STOCK)
                measure_policies(job);
        measure_told(job);
        for (size_t i = 0; i < job->role.n_events; i++)
                measure_event(job, i);
        own_up(job);
        measure_kernel(job);
}

void predict_release(struct predict_job *job) {
        if (job->sidecars.disk)
                sidecars_release(job->sidecars.disk, &job->sidecars);
        free(job->sidecars.files);
        memset(&job->sidecars, 0, sizeof(job->sidecars));
        memset(&job->role, 0, sizeof(job->role));
        bytes_free(&job->singles);
}

bool predict_role(struct predict_job *job, struct text *why) {
        struct plan_job *plan_job = job->plan_job;
        const struct plan *plan = &plan_job->plan;
        struct stubrole_input in = {
                .plan = plan, .addons = plan_job->found, .n_addons = plan_job->n_found, .smbios_extra = plan_job->smbios_extra
        };

        if (!gather_sidecars(job, &plan->uki, why))
                return false;
        predict_loader_tells(job);
        in.told = predict_told_to_stub(job);
        for (unsigned i = 0; i < STUBROLE_SIDECARS; i++)
                in.sidecar[i] = job->sidecars.archive[i];
        text_cat(why, plan_job->uki, " ", NULL);
        if (!stubrole_singles_size(&plan->uki, &in.singles_cap)) {
                text_str(why, "has sections that are too large for an archive");
                return false;
        }
        job->singles.n = in.singles_cap;
        job->singles.p = in.singles = need(in.singles_cap + 1);
        if (!stubrole_make(&in, &job->role, why))
                return false;
        text_clear(why);
        digest_role(job);
        measure_role(job);
        return true;
}
