/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool count(void *arg, const char *name, bool usable) {
        (void) name;
        (void) usable;
        ++*(size_t *) arg;
        return true;
}

static void pass_over(void *arg, const char *sentence) {
        names_add(arg, sentence);
}

/* Room for as many as there are files. */
static size_t count_files(const struct host_disk *disk) {
        char buf[PLAN_WHY_MAX];
        struct text ignored = TEXT_IN(buf);
        size_t n = 0;

        (void) disk->disk.list(disk->disk.arg, DIR_IMAGES, count, &n, &ignored);
        return n;
}

static void take_over(const struct candidates *c, const struct host_disk *volumes, struct survey *ret) {
        ret->v = need((c->n + 1) * sizeof(*ret->v));
        ret->n = c->n;
        for (size_t i = 0; i < c->n; i++)
                ret->v[i] = (struct surveyed) { .path = c->v[i]->path,
                                                .file = host_disk_find(&volumes[c->v[i]->disk], c->v[i]->path),
                                                .on_xbootldr = c->v[i]->disk == 1 };
}

void survey_read(const struct host *h, struct survey *ret) {
        struct candidates *c = need(sizeof(*c));
        struct host_disk volumes[2];

        host_disk_open(&volumes[0], "the ESP", h->esp);
        host_disk_open(&volumes[1], "XBOOTLDR", h->xbootldr);
        const struct disk disks[2] = { volumes[0].disk, volumes[1].disk };
        memset(c, 0, sizeof(*c));
        memset(ret, 0, sizeof(*ret));
        c->cap = count_files(&volumes[0]) + count_files(&volumes[1]);
        c->skipped = pass_over;
        c->skipped_arg = &ret->passed_over;
        c->v = need((c->cap + 1) * sizeof(struct candidate *));
        ret->rooms = need((c->cap + 1) * sizeof(*ret->rooms));
        for (size_t i = 0; i <= c->cap; i++)
                c->v[i] = &ret->rooms[i];
        candidates_find(disks, 2, c);
        take_over(c, volumes, ret);
        free(c->v);
        free(c);
}

void survey_free(struct survey *s) {
        for (size_t i = 0; i < s->n; i++)
                free(s->v[i].file);
        free(s->v);
        free(s->rooms);
        names_free(&s->passed_over);
        memset(s, 0, sizeof(*s));
}

/* The addons cannot be gathered, or the plan refuses more than the image (efi/reload.c: stop). */
static bool ends(const struct plan_job *plan, bool gathered) {
        return !gathered || plan->plan.result == PLAN_REFUSE;
}

/* What ukiload finds before it asks LoadImage, which then does not come to its turn. */
static bool ends_before_loading(struct plan_job *plan) {
        char buf[PLAN_SENTENCE_MAX];
        struct text ignored = TEXT_IN(buf);
        enum exit_code code;
        const bool only_pinned = plan->only_pinned;

        plan_job_forget(plan);
        plan->only_pinned = true; /* nobody asks for its digest */
        bool gathered = gather_request(plan, &code, &ignored) && gather_found(plan, &code, &ignored);
        if (gathered)
                plan_job_settle(plan, &plan->pe, NULL, NULL);
        bool is = ends(plan, gathered);
        plan->only_pinned = only_pinned;
        plan_job_forget(plan);
        return is;
}

/* Of one that shim does not take as an image ukiload tries another; when shim has refused to load it, it no longer does. */
static enum exit_code judge_kernel(struct next_boot *job, struct text *why) {
        enum exit_code code = next_boot_check_kernel(job, why);

        job->is_last = job->is_last || code == EXIT_UNTRUSTED;
        return code;
}

enum exit_code survey_judge(struct next_boot *job, const struct surveyed *uki, const char *policy, struct text *why) {
        job->uki = uki->file;
        bool to_come;
        job->ukiload = policy ? strdup(policy) : policy_file_find(&job->host, ARCH_NATIVE, &to_come);
        enum exit_code code = next_boot_read_believed(job, why);
        if (code == EXIT_OK)
                code = next_boot_find_uki(job, why);
        if (code != EXIT_OK)
                return code;
        job->is_last = ends_before_loading(job->plan);
        code = next_boot_judge_image(job, job->plan->uki_path, bytes_span(&job->plan->image), why);
        if (code != EXIT_OK)
                return code;
        code = next_boot_plan_again(job, why);
        job->is_last = job->is_last || (code != EXIT_OK && ends(job->plan, true));
        return code == EXIT_OK ? judge_kernel(job, why) : code;
}

struct next_boot *survey_job(const struct host *h) {
        char buf[1024];
        struct text ignored = TEXT_IN(buf);
        struct next_boot *job = next_boot_new();

        job->host = *h;
        (void) arming_read(&job->host, &job->arming, &ignored);
        if (!job->host.alien)
                gather_machine(job->plan);
        return job;
}

static bool starts(const struct host *h, const struct surveyed *uki, struct plan_job *ret_read, bool *ret_last) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        struct next_boot *job = survey_job(h);

        bool ok = survey_judge(job, uki, NULL, &why) == EXIT_OK;
        if (ok && ret_read)
                plan_job_take_image(ret_read, job->plan);
        *ret_last = job->is_last;
        next_boot_free(job);
        return ok;
}

char *survey_default(const struct host *h, struct plan_job *ret_read, struct text *why) {
        struct survey all;
        char *file = NULL;
        bool is_last = false;

        survey_read(h, &all);
        for (size_t i = 0; i < all.n && i < CANDIDATES_MAX && !file && !is_last; i++)
                if (starts(h, &all.v[i], ret_read, &is_last))
                        file = strdup(all.v[i].file);
        if (!file)
                text_str(why, all.n == 0 ? "ukiload finds no UKI on this machine: install one in EFI/Linux of the ESP or XBOOTLDR"
                                         : "ukiload would start none of the UKIs in EFI/Linux: ukictl list says why");
        survey_free(&all);
        return file;
}
