/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/plan_job.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "arch.h"
#include "judge/sidecars.h"

uint16_t plan_machine_named(const char *name) {
        const struct arch *arch = arch_named(name);
        return arch && arch->code_n > 0 ? arch->machine : 0;
}

uint16_t plan_this_machine(void) {
        struct utsname u;
        uint16_t machine = uname(&u) == 0 ? plan_machine_named(u.machine) : 0;
        return machine ? machine : ARCH_NATIVE;
}

enum exit_code plan_exit_code(const struct plan *plan) {
        if (plan->result == PLAN_START)
                return EXIT_OK;
        switch (plan->blame) {
        case PLAN_BLAME_FORMAT: return EXIT_FORMAT;
        case PLAN_BLAME_TRUST: return EXIT_UNTRUSTED;
        case PLAN_BLAME_POLICY:
        case PLAN_BLAME_REQUEST: return EXIT_REFUSED;
        case PLAN_BLAME_NONE: break;
        }
        return EXIT_FAILED;
}

struct plan_input plan_job_input(struct plan_job *job, const struct pe *pe) {
        return (struct plan_input) {
                .confidential = job->confidential,
                .uki_path = job->uki_path,
                .pe = pe,
                .sha256 = job->sha256,
                .machine = job->machine,
                .policy = job->own.present ? &job->own.policy : NULL,
                .request = job->has_request ? &job->request : NULL,
                .addons = job->found,
                .n_addons = job->n_found,
                .smbios_extra = job->smbios_extra,
                .can_handoff_kernel = PLAN_KERNEL_HANDOFF,
        };
}

void plan_job_make(struct plan_job *job, const struct pe *pe) {
        struct plan_input in = plan_job_input(job, pe);

        plan_sort(job->found, job->n_found);
        plan_make(&in, &job->scratch, &job->plan);
        sidecars_judge(job);
}

void plan_job_clear(struct plan_job *job) {
        bytes_free(&job->image);
        bytes_free(&job->smbios);
        free(job->root);
        free(job->esp_root);
        free(job->policy_path);
}
