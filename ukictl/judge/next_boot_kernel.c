/* SPDX-License-Identifier: BSD-2-Clause */
/* What shim on the way refuses of the kernel inside. */
#include "judge/next_boot.h"

#include <stdlib.h>
#include <string.h>

#include "judge/shim.h"
#include "pe_shim.h"

/* The section as LoadImage lays it out, which is what the stub and ukiload hand on: with the zeros that the file does not
 * have. Copied to *ret_copy only if there are such. */
static struct span kernel_in_memory(const struct plan_job *plan, struct bytes *ret_copy) {
        const struct span file = plan->plan.uki.section[UKI_LINUX];
        size_t size = file.n;

        for (size_t i = 0; i < plan->pe.n_sections; i++)
                if (pe_bytes(&plan->pe, &plan->pe.sections[i]).p == file.p)
                        size = plan->pe.sections[i].vsize;
        if (size <= file.n)
                return file;
        ret_copy->n = size;
        ret_copy->p = need(size);
        memcpy(ret_copy->p, file.p, file.n);
        memset(ret_copy->p + file.n, 0, size - file.n);
        return bytes_span(ret_copy);
}

/* Whether shim takes it as an image at all. Its certificate table may be followed by zeros there, which firmware alone does not
 * mind. */
static bool shim_takes(struct span kernel, struct text *why) {
        struct pe *pe = need(sizeof(*pe));
        bool ok = pe_open_file(kernel, pe, why) && pe_shim_loads(pe, why);

        free(pe);
        return ok;
}

enum exit_code next_boot_check_kernel(struct next_boot *job, struct text *why) {
        const struct plan *plan = &job->plan->plan;

        if (!job->checks_on || !next_boot_shim_loads(job) || !plan_loads_kernel(plan, true))
                return EXIT_OK;
        struct bytes copy = { 0 };
        const struct span kernel = kernel_in_memory(job->plan, &copy);
        enum exit_code code = EXIT_OK;
        text_cat(why, job->plan->uki_path, ": the kernel inside ", NULL);
        if (!shim_takes(kernel, why))
                code = EXIT_FORMAT;
        else if (plan->handoff == PLAN_HANDOFF_KERNEL && job->shim == SHIM_LOADS_SINCE) {
                text_str(why, "has to be started by ukiload, and shim 16.0 wants it signed by itself (");
                code = next_boot_judge_image(job, "vmlinuz", kernel, why) == EXIT_OK ? EXIT_OK : EXIT_UNTRUSTED;
                text_str(why, "): sign it, or install shim 16.1");
        }
        bytes_free(&copy);
        if (code == EXIT_OK)
                text_clear(why);
        return code;
}
