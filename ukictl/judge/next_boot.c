/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/next_boot.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct next_boot *next_boot_new(void) {
        struct next_boot *job = need(sizeof(*job));

        memset(job, 0, sizeof(*job));
        job->words = TEXT_IN(job->words_buf);
        job->plan = need(sizeof(*job->plan));
        memset(job->plan, 0, sizeof(*job->plan));
        job->plan->machine = ARCH_NATIVE;
        return job;
}

void next_boot_free(struct next_boot *job) {
        plan_job_clear(job->plan);
        free(job->plan);
        names_free(&job->notes);
        next_boot_forget_judged(job);
        believed_free(&job->believed);
        arming_free(&job->arming);
        free(job->ukiload);
        free(job->uki_file);
        free(job->uki_profile);
        free(job->elsewhere.dir);
        free(job);
}

void next_boot_note(struct next_boot *job, const char *first, ...) {
        char buf[1024];
        struct text t = TEXT_IN(buf);

        va_list args;

        va_start(args, first);
        for (const char *s = first; s; s = va_arg(args, const char *))
                text_str(&t, s);
        va_end(args);
        names_add(&job->notes, buf);
}
