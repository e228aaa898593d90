/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests for what will be measured: of large things once for each bank, all in one walk. The sections are nearly the bytes that
 * Authenticode hashes, and side by side SHA-256 of both costs what one does; and the kernel's measurement of the initrd goes on
 * where that of .initrd ends, if nothing comes before it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/digest.h"
#include "judge/predict.h"

/* Those that Linux has a folder of registers for; if it shows none, any may be there. */
static void banks_here(struct predict_job *job) {
        bool any = false;

        for (unsigned b = 0; b < BANKS; b++) {
                char path[512];

                snprintf(path, sizeof(path), "%s/pcr-%s", job->pcrs, bank_name((enum bank) b));
                job->bank[b] = access(path, F_OK) == 0;
                any = any || job->bank[b];
        }
        for (unsigned b = 0; b < BANKS && !any; b++)
                job->bank[b] = true;
}

bool predict_banks(struct predict_job *job, const enum bank *asked, struct text *why) {
        if (job->has_log)
                memcpy(job->bank, job->log.has, sizeof(job->bank));
        else
                banks_here(job);
        if (!asked)
                return true;
        if (job->has_log && !job->log.has[*asked]) {
                text_cat(why, "--bank ", bank_name(*asked), ": the event log has no digests for it", NULL);
                return false;
        }
        for (unsigned b = 0; b < BANKS; b++)
                job->bank[b] = b == *asked;
        return true;
}

/* ---- one walk ---- */

struct wanted {
        struct span file;
        struct pe_hashed hashed;
        struct span initrd[2 * INITRD_PIECES_MAX + 1];
        size_t n_initrd;
        struct digest_wanted list[STUBROLE_EVENTS_MAX + 3];
        size_t n;
};

static void want(struct wanted *w, struct digest_wanted one) {
        w->list[w->n] = one;
        w->n++;
}

/* Beside what the bank holds of the image, SHA-256 is what signatures are over, and what the plan's digest has of the file. */
static void want_image(struct predict_job *job, enum bank b, struct wanted *w) {
        struct plan_job *plan = job->plan_job;

        if (job->has_log && !(b == BANK_SHA256 && plan->has_signed))
                want(w, (struct digest_wanted) { .parts = w->hashed.range, .n = w->hashed.n, .ret = job->large.image[b] });
        if (b == BANK_SHA256 && job->wants_plan && !plan->has_sha256)
                want(w, (struct digest_wanted) { .parts = &w->file, .n = 1, .ret = plan->sha256 });
}

/* What is hashed for itself already. */
static const struct digest_wanted *find_wanted(const struct wanted *w, struct span data) {
        for (size_t i = 0; i < w->n; i++)
                if (w->list[i].n == 1 && w->list[i].parts->p == data.p && w->list[i].parts->n == data.n)
                        return &w->list[i];
        return NULL;
}

static void want_initrd(struct wanted *w, uint8_t ret[PCR_DIGEST_MAX]) {
        const struct digest_wanted *first = w->n_initrd > 0 ? find_wanted(w, w->initrd[0]) : NULL;
        const size_t skip = first ? 1 : 0;

        if (w->n_initrd > 0)
                want(w, (struct digest_wanted) { w->initrd + skip, w->n_initrd - skip, first, ret });
}

/* What the plan has of the image already was not asked for again; what it has not, it has now. */
static void share_image(struct predict_job *job) {
        struct plan_job *plan = job->plan_job;

        plan->has_sha256 = plan->has_sha256 || job->wants_plan;
        if (!job->has_log)
                return;
        if (plan->has_signed)
                memcpy(job->large.image[BANK_SHA256], plan->signed_sha256, SHA256_SIZE);
        else
                memcpy(plan->signed_sha256, job->large.image[BANK_SHA256], SHA256_SIZE);
        plan->has_signed = true;
}

static void digest_bank(struct predict_job *job, enum bank b, struct wanted *w) {
        w->n = 0;
        want_image(job, b, w);
        for (size_t i = 0; i < job->role.n_events; i++)
                if (!job->role.event[i].hash_text)
                        want(w,
                             (struct digest_wanted) { .parts = &job->role.event[i].data, .n = 1, .ret = job->large.event[i][b] });
        want_initrd(w, job->large.initrd[b]);
        pcr_hash_all(b, w->list, w->n);
        if (b == BANK_SHA256)
                share_image(job);
}

void predict_digest(struct predict_job *job, bool initrd) {
        struct wanted *w = need(sizeof(*w));

        w->file = bytes_span(&job->plan_job->image);
        pe_hashed_ranges(&job->plan_job->pe, &w->hashed);
        for (w->n_initrd = 0; initrd && initrd_part(&job->role.initrd, w->n_initrd, &w->initrd[w->n_initrd]);)
                w->n_initrd++;
        for (unsigned b = 0; b < BANKS; b++)
                if (job->bank[b])
                        digest_bank(job, (enum bank) b, w);
        free(w);
}
