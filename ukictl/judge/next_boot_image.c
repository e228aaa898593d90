/* SPDX-License-Identifier: BSD-2-Clause */
/* What firmware and shim will say to one image, said once: each try of a word asks again about the same files. */
#include "judge/next_boot.h"

#include <stdlib.h>
#include <string.h>

#include "host/digest.h"
#include "path.h"

struct next_boot_judged {
        struct next_boot_judged *next;
        char path[PLAN_PATH_MAX]; /* its name says whether it is an addon */
        uint8_t sha256[32];
        bool checks_on;
        enum exit_code code;
        char why[400], voucher[256];
};

static enum exit_code first_failure(const struct verdict *v, struct text *why) {
        for (size_t i = 0; i < v->n; i++)
                if (v->checks[i].state == CHECK_FAILED) {
                        text_cat(why, v->checks[i].name, ": ", v->checks[i].text, NULL);
                        return v->checks[i].code;
                }
        return EXIT_OK;
}

/* What is a remark on a file of any machine is a fault of one that this machine shall start. An addon for another is passed
 * over. */
static void judge_machine(struct verdict *v) {
        for (size_t i = 0; i < v->n && !path_is_addon(span_of(v->path)); i++)
                if (strcmp(v->checks[i].name, "machine") == 0 && v->checks[i].state == CHECK_NOTE) {
                        v->checks[i].state = CHECK_FAILED;
                        v->checks[i].code = EXIT_FORMAT;
                }
}

static void judge(const struct next_boot *job, struct span file, struct next_boot_judged *ret) {
        struct verdict *v = need(sizeof(*v));
        struct pe *pe = need(sizeof(*pe));
        struct text why = TEXT_IN(ret->why), voucher = TEXT_IN(ret->voucher);

        memset(v, 0, sizeof(*v));
        v->path = ret->path;
        bool opens = check_format(v, file, pe);
        judge_machine(v);
        if (opens && job->checks_on) {
                next_boot_ask_shim(job, pe, v);
                check_signed(v, pe, plan_job_signed(job->plan, file), &job->believed);
                if (job->believed.has_sbat_level)
                        check_sbat(v, pe, &job->believed);
        }
        ret->code = first_failure(v, &why);
        text_str(&voucher, v->voucher);
        free(pe);
        free(v);
}

/* The image of the plan was digested when it was read, and is large. */
static void digest_file(const struct next_boot *job, struct span file, uint8_t ret[SHA256_SIZE]) {
        if (plan_job_is_image(job->plan, file))
                memcpy(ret, job->plan->sha256, SHA256_SIZE);
        else
                digest_sha256(file, ret);
}

static const struct next_boot_judged *judged(struct next_boot *job, const char *path, struct span file) {
        struct next_boot_judged new = { .next = job->judged, .checks_on = job->checks_on };
        struct text name = TEXT_IN(new.path);

        text_str(&name, path);
        digest_file(job, file, new.sha256);
        for (const struct next_boot_judged *j = job->judged; j; j = j->next)
                if (j->checks_on == new.checks_on && memcmp(j->sha256, new.sha256, sizeof(new.sha256)) == 0 &&
                    strcmp(j->path, new.path) == 0)
                        return j;
        judge(job, file, &new);
        struct next_boot_judged *j = need(sizeof(*j));
        *j = new;
        return job->judged = j;
}

enum exit_code next_boot_judge_image(struct next_boot *job, const char *path, struct span file, struct text *why) {
        const struct next_boot_judged *j = judged(job, path, file);

        text_str(why, j->why);
        return j->code;
}

void next_boot_voucher(struct next_boot *job, const char *path, struct span file, struct text *ret) {
        text_str(ret, judged(job, path, file)->voucher);
}

void next_boot_forget_judged(struct next_boot *job) {
        for (struct next_boot_judged *j = job->judged, *next; j; j = next) {
                next = j->next;
                free(j);
        }
        job->judged = NULL;
}
