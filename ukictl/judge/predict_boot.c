/* SPDX-License-Identifier: BSD-2-Clause */
/* PCR 4 and 7: firmware, shim and boot loader do as in the running boot, and then come ukiload, the UKI and the addons. In the
 * log each image that LoadImage or shim let in has an event in PCR 4. What came before ukiload is kept as it is; what came after
 * it in the running boot is dropped. */
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "judge/predict.h"

/* ---- what of the log stays ---- */

static bool is_image(const struct tcg_event *e) {
        return e->pcr == 4 && e->type == EV_EFI_BOOT_SERVICES_APPLICATION;
}

static bool is_launcher(const struct predict_job *job, const struct tcg_event *e) {
        struct pe_hashed hashed;
        uint8_t digest[PCR_DIGEST_MAX];

        if (!job->launcher.p)
                return false;
        pe_hashed_ranges(&job->launcher_pe, &hashed);
        for (unsigned b = 0; b < BANKS; b++) {
                if (e->digest[b].n == 0)
                        continue;
                pcr_hash((enum bank) b, hashed.range, hashed.n, digest);
                return memcmp(e->digest[b].p, digest, e->digest[b].n) == 0;
        }
        return false;
}

/* ukiload, a UKI, an addon, or what has no file at all: nothing from here on is firmware's or a boot loader's. */
static bool is_payload(const struct predict_job *job, const struct tcg_event *e) {
        char buf[PLAN_PATH_MAX];
        struct text path = TEXT_IN(buf);
        struct span s;

        event_image_path(e, &path);
        s = text_span(&path);
        return path.len == 0 || is_launcher(job, e) || path_is_addon(s) ||
               (s.n > 11 && span_eq_nocase((struct span) { s.p, 11 }, span_of("\\EFI\\Linux\\")));
}

/* The index after the last event that is kept of PCR 4; everything of PCR 7 before it is kept as well. False: the running boot
 * lacks what comes before ukiload on the way that was asked for. */
static bool find_cut(struct predict_job *job, size_t *ret) {
        const size_t before = (size_t) job->has_shim + (job->via != VIA_NEXT);
        size_t cut = 0, images = 0;

        for (size_t i = 0; i < job->log.n; i++) {
                const struct tcg_event *e = &job->log.events[i];

                if (e->pcr != 4)
                        continue;
                if (is_image(e) && (is_payload(job, e) || (job->via == VIA_NEXT && images == before)))
                        break;
                images += is_image(e);
                cut = i + 1;
        }
        *ret = cut;
        return images >= before;
}

static void keep_images(struct predict_job *job, size_t cut) {
        for (size_t i = 0; i < cut; i++) {
                const struct tcg_event *e = &job->log.events[i];
                char buf[128];
                struct text what = TEXT_IN(buf);

                if (e->pcr != 4)
                        continue;
                if (is_image(e))
                        event_image_path(e, &what);
                predict_kept(job, PCR_4, what.len > 0 ? buf : e->type == EV_SEPARATOR ? "separator" : "calling a boot option", e);
        }
}

/* ---- PCR 4 ---- */

static void add_image(struct predict_job *job, const char *what, const struct pe *pe) {
        struct pe_hashed hashed;

        pe_hashed_ranges(pe, &hashed);
        predict_hashed(job, PCR_4, what, hashed.range, hashed.n);
}

static void add_addons(struct predict_job *job, const char *who) {
        struct plan_job *plan = job->plan_job;
        struct pe *pe = need(sizeof(*pe));

        for (size_t i = 0; i < plan->n_found; i++) {
                char buf[PLAN_PATH_MAX + 32], ignored[256];
                struct text what = TEXT_IN(buf), why = TEXT_IN(ignored);

                text_cat(&what, plan->found[i].path, who, NULL);
                if (plan->found[i].verdict == PLAN_ADMITTED && pe_open_file(plan->found[i].file, pe, &why))
                        add_image(job, buf, pe);
        }
        free(pe);
}

/* Where Secure Boot is off, firmware measures the kernel that it is asked to load. */
static void add_kernel(struct predict_job *job) {
        const struct plan *plan = &job->plan_job->plan;
        bool stub = plan->handoff == PLAN_HANDOFF_STUB;
        struct pe *pe = need(sizeof(*pe));
        char buf[256];
        struct text why = TEXT_IN(buf);

        if (stub && plan->uki.stub != UKI_STUB_SYSTEMD)
                predict_give_up(job, PCR_4, "it is not known how the image's stub starts the kernel");
        else if (job->secure_boot || !plan_loads_kernel(plan, false))
                ;
        else if (pe_open_file(plan->uki.section[UKI_LINUX], pe, &why))
                add_image(job, "the kernel", pe);
        else
                predict_give_up(job, PCR_4, "the kernel in the image cannot be hashed as firmware does");
        free(pe);
}

static void add_launcher(struct predict_job *job) {
        /* What stands in the boot loader's place: with the loader that starts it, or alone. */
        if (job->via == VIA_LOADER && job->n_measured > 0)
                job->measured[job->n_measured - 1].of = OF_LOADER;
        job->of = OF_LOADER;
        if (!job->launcher.p)
                predict_give_up(job, PCR_4, "no ukiload image was found here: name it with --ukiload FILE");
        else
                add_image(job, "ukiload", &job->launcher_pe);
}

static void predict_images(struct predict_job *job) {
        const bool stock = job->via == VIA_STOCK;

        if (!stock)
                add_launcher(job);
        job->of = OF_OTHERS;
        predict_digested(job, PCR_4, job->plan_job->uki_path, job->large.image);
        job->of = OF_ADDONS;
        if (!stock)
                add_addons(job, ", by ukiload");
        if (stock || job->plan_job->plan.handoff == PLAN_HANDOFF_STUB)
                add_addons(job, ", by the stub");
        add_kernel(job);
        job->of = OF_OTHERS;
}

/* ---- both ---- */

bool predict_secure_boot(const struct predict_job *job) {
        const struct pcr_log *log = &job->log;

        for (size_t i = 0; i < log->n; i++) {
                char buf[32];
                struct text name = TEXT_IN(buf);
                struct span data;

                if (log->events[i].pcr == 7 && log->events[i].type == EV_EFI_VARIABLE_DRIVER_CONFIG &&
                    event_variable(&log->events[i], &name, &data) && strcmp(buf, "SecureBoot") == 0)
                        return data.n == 1 && data.p[0] == 1;
        }
        return false;
}

void predict_boot(struct predict_job *job) {
        size_t cut;

        if (!job->has_log) {
                predict_give_up(job, PCR_4, "without the log of a boot it is not known what comes before ukiload");
                predict_give_up(job, PCR_7, "without the log of a boot it is not known what comes before ukiload");
                return;
        }
        for (size_t i = 0; i < job->log.n; i++)
                job->has_shim = job->has_shim || predict_is_shims(&job->log.events[i]);
        job->secure_boot = predict_secure_boot(job);
        if (!find_cut(job, &cut)) {
                predict_give_up(job, PCR_4, "the running boot did not come through a boot loader: see --via");
                predict_give_up(job, PCR_7, "the running boot did not come through a boot loader: see --via");
                if (job->via == VIA_STOCK)
                        predict_images(job);
                return;
        }
        keep_images(job, cut);
        predict_images(job);
        predict_authorities(job, cut);
}
