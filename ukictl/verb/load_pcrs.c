/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of the PCRs by this reload, as far as it can be told without the TPM's log; ukictl predict tells the values. */
#include <string.h>

#include "host/once.h"
#include "verb/load_inside.h"

static struct text add(struct load_pcrs *all, unsigned number, enum load_pcr_fate fate) {
        struct load_pcr *pcr = &all->v[all->n++];

        pcr->number = number;
        pcr->fate = fate;
        return TEXT_IN(pcr->text);
}

static void who_vouches(const struct load_job *job, const char *path, struct span file, char *buf, size_t cap) {
        struct text t = text_in(buf, cap);

        next_boot_voucher(job->boot, path, file, &t);
}

/* The first admitted addon that somebody else vouches for than for the image; NULL: there is none. */
static const struct plan_addon *other_addon(const struct load_job *job, const char *uki, char *ret_who, size_t cap) {
        for (size_t i = 0; i < job->boot->plan->n_found; i++) {
                const struct plan_addon *a = &job->boot->plan->found[i];

                if (a->verdict != PLAN_ADMITTED)
                        continue;
                who_vouches(job, a->path, a->file, ret_who, cap);
                if (strcmp(ret_who, uki) != 0)
                        return a;
        }
        return NULL;
}

static void pcr7(const struct load_job *job, struct load_pcrs *ret) {
        char own[256] = "", uki[256], addon[256];
        struct span ukiload;
        char buf[64];
        struct text ignored = TEXT_IN(buf), t;

        if (!job->boot->checks_on) {
                t = add(ret, 7, LOAD_PCR_STAYS);
                text_str(&t, "stays");
                return;
        }
        if (once_read(job->boot->ukiload, FILE_IMAGE_MAX, &ukiload, &ignored))
                who_vouches(job, IMAGE_FILE, ukiload, own, sizeof(own));
        who_vouches(job, job->boot->plan->uki_path, bytes_span(&job->boot->plan->image), uki, sizeof(uki));
        const struct plan_addon *other = other_addon(job, uki, addon, sizeof(addon));
        if (!other && strcmp(own, uki) == 0) {
                t = add(ret, 7, LOAD_PCR_STAYS);
                text_cat(&t, "stays if the usual boot is vouched for by ", uki, " alone, as this one is", NULL);
                return;
        }
        t = add(ret, 7, LOAD_PCR_MAY_DIFFER);
        text_cat(&t, "may differ, for ukiload is vouched for by ", own, ", the image by ", uki, NULL);
        if (other)
                text_cat(&t, " and ", other->path, " by ", addon, NULL);
        text_str(&t, ": disks sealed to it then ask for their passphrase");
}

void load_pcrs(const struct load_job *job, struct load_pcrs *ret) {
        const struct plan *plan = &job->boot->plan->plan;
        bool adds = plan->n_admitted > 0 || job->boot->words.len > 0;
        bool measured = adds || plan->measure_policy || plan->measure_uki_policy;
        struct text t = add(ret, 4, LOAD_PCR_DIFFERS);

        text_cat(&t, "differs from a boot without ukiload, by ukiload",
                 plan->n_admitted > 0 ? " and one event for each addon" : "", NULL);
        pcr7(job, ret);
        t = add(ret, 12, measured ? LOAD_PCR_DIFFERS : LOAD_PCR_STAYS);
        text_str(&t, measured ? "differs from a boot without these words" : "as in a boot of this image without ukiload");
        if (!plan->overlay.splits || plan->overlay.n_words == 0)
                return;
        t = add(ret, 9, LOAD_PCR_DIFFERS);
        text_str(
                &t,
                "differs from a boot of the same addons without ukiload, and PCR 11 and 12 do not: the words go before the `--` of the image's line, where a stub puts them behind it");
}
