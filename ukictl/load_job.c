/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include <stdlib.h>
#include <string.h>

struct load_job *load_job_new(void) {
        struct load_job *job = need(sizeof(*job));
        memset(job, 0, sizeof(*job));
        job->host = host_begin();
        job->words = TEXT_IN(job->words_buf);
        job->plan = need(sizeof(*job->plan));
        memset(job->plan, 0, sizeof(*job->plan));
#ifdef __aarch64__
        job->plan->machine = PE_MACHINE_AARCH64;
#else
        job->plan->machine = PE_MACHINE_X86_64;
#endif
        return job;
}

void load_job_free(struct load_job *job) {
        struct plan_job *p = job->plan;
        for (size_t i = 0; i < p->n_found; i++)
                bytes_free(&p->found_bytes[i]);
        bytes_free(&p->image);
        bytes_free(&p->smbios);
        bytes_free(&p->own.bytes);
        free(p->root);
        free(p->esp_root);
        free(p->policy_path);
        free(p);
        for (size_t i = 0; i < job->n_wanted; i++)
                free(job->wanted[i].text);
        names_free(&job->picked);
        names_free(&job->notes);
        trust_free(&job->trust);
        arming_free(&job->arming);
        free(job->ukiload);
        free(job->uki_file);
        free(job);
}
