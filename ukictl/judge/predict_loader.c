/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot loader's part in PCR 12: the line that systemd-boot up to 254 tells a UKI (loaderline.h), and measures. */
#include "host/efivars.h"
#include "host/utf16.h"
#include "loaderline.h"
#include "judge/predict.h"

/* Of the running boot, which the next one is taken to be like. False: not known, for the log may be another machine's. */
static bool loader_info(const struct predict_job *job, struct text *ret) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct bytes b = { 0 };

        if (!job->efivars && job->eventlog_path)
                return false;
        if (efivar_read(job->efivars ? job->efivars : EFIVARS_DIR, "LoaderInfo", GUID_LOADER, &b, &ignored) == EFIVAR_READ)
                (void) utf16_read(bytes_span(&b), ret);
        bytes_free(&b);
        return true;
}

void predict_loader_tells(struct predict_job *job) {
        char buf[128];
        struct text info = TEXT_IN(buf), told = TEXT_IN(job->told_buf);

        job->is_told = false;
        if (job->via == VIA_NEXT || job->plan_job->uncounted) /* it knows the ESP and XBOOTLDR */
                return;
        if (!loader_info(job, &info))
                predict_note(job, "PCR 12: as with systemd-boot 255 or newer; what the machine has, --efivars would tell");
        job->is_told = loaderline_make(text_span(&info), span_of(job->plan_job->start_path), &job->pe, &told);
        job->told = text_span(&told);
        if (job->is_told && !job->has_log)
                predict_give_up(
                        job, PCR_12,
                        "without the log of a boot it is not known whether Secure Boot is on, and with it whether the stub "
                        "measures the line that systemd-boot tells it");
}

struct span predict_told_to_stub(const struct predict_job *job) {
        const struct plan_job *plan = job->plan_job;

        if (job->is_told && loaderline_for_stub(&plan->plan.uki, predict_secure_boot(job), plan->confidential, job->told))
                return job->told;
        return (struct span) { 0 };
}
