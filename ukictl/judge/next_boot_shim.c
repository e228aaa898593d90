/* SPDX-License-Identifier: BSD-2-Clause */
/* What shim on the way refuses although firmware alone would take it. */
#include "judge/next_boot.h"

#include <stdlib.h>
#include <string.h>

#include "pe_shim.h"
#include "judge/shim.h"

void next_boot_find_shim(struct next_boot *job) {
        char buf[PLAN_PATH_MAX];
        struct text path = TEXT_IN(buf);

        job->shim = 0;
        if (!job->through_shim)
                return;
        if (!job->by_loader && job->arming.ours && shim_is(&job->host, job->arming.ours->file))
                text_str(&path, job->arming.ours->file);
        else if (!shim_find(&job->host, &job->arming.entries, &path))
                return;
        job->shim = shim_version(&job->host, buf);
}

/* A shim that cannot be found is taken for the newest. */
bool next_boot_shim_loads(const struct next_boot *job) {
        return job->through_shim && (job->shim == 0 || job->shim >= SHIM_LOADS_SINCE);
}

/* An older shim is only asked first; what it refuses, firmware may take by db. */
static bool by_db_alone(const struct next_boot *job, const struct pe *pe) {
        struct verdict *v = need(sizeof(*v));
        struct believed db = job->believed;

        db.good = need((db.n_good + 1) * sizeof(*db.good));
        db.n_good = 0;
        for (size_t i = 0; i < job->believed.n_good; i++)
                if (!job->believed.good[i].is_mok)
                        db.good[db.n_good++] = job->believed.good[i];
        memset(v, 0, sizeof(*v));
        check_signed(v, pe, plan_job_signed(job->plan, pe->bytes), &db);
        bool taken = verdict_code(v) == EXIT_OK;
        free(db.good);
        free(v);
        return taken;
}

void next_boot_ask_shim(const struct next_boot *job, const struct pe *pe, struct verdict *v) {
        char buf[256];
        struct text why = TEXT_IN(buf);

        if (!job->through_shim ||
            (next_boot_shim_loads(job) ? pe_shim_loads(pe, &why) : pe_shim_verifies(pe, &why) || by_db_alone(job, pe)))
                return;
        struct text t = check_add(v, "shim", CHECK_FAILED, EXIT_FORMAT);
        text_str(&t, buf);
}
