/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/plan_job.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "judge/sidecars.h"

bool plan_parse_machine(const char *name, uint16_t *ret) {
        if (strcmp(name, "x86_64") == 0)
                *ret = PE_MACHINE_X86_64;
        else if (strcmp(name, "aarch64") == 0)
                *ret = PE_MACHINE_AARCH64;
        else
                return false;
        return true;
}

uint16_t plan_this_machine(void) {
        struct utsname u;
        uint16_t machine = PE_MACHINE_X86_64;
        if (uname(&u) == 0)
                plan_parse_machine(u.machine, &machine);
        return machine;
}

int plan_exit_code(const struct plan *plan) {
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

void plan_job_make(struct plan_job *job, const struct pe *pe) {
        struct plan_input in = {
                .confidential = job->confidential,
                .uki_path = job->uki_path,
                .pe = pe,
                .sha256 = job->sha256,
                .machine = job->machine,
                .policy = job->policy_path && job->own.present ? &job->own.policy : NULL,
                .request = job->has_request ? &job->request : NULL,
                .addons = job->found,
                .n_addons = job->n_found,
                .smbios_extra = job->smbios_extra,
                .can_handoff_kernel = PLAN_KERNEL_HANDOFF,
        };
        plan_sort(job->found, job->n_found);
        plan_make(&in, &job->scratch, &job->plan);
        sidecars_judge(job);
}

void plan_job_free(struct plan_job *job) {
        if (!job)
                return;
        for (size_t i = 0; i < job->n_found; i++)
                bytes_free(&job->found_bytes[i]);
        bytes_free(&job->image);
        bytes_free(&job->smbios);
        bytes_free(&job->own.bytes);
        free(job->root);
        free(job->esp_root);
        free(job->policy_path);
        free(job);
}
