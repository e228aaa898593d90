/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/plan_job.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "arch.h"
#include "host/digest.h"
#include "sidecars.h"

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

void plan_job_digest(struct plan_job *job, bool file, bool is_signed) {
        const struct span bytes = bytes_span(&job->image);
        struct pe_hashed hashed;

        pe_hashed_ranges(&job->pe, &hashed);
        const struct digest_wanted of_file = { .parts = &bytes, .n = 1, .ret = job->sha256 },
                                   of_signed = { .parts = hashed.range, .n = hashed.n, .ret = job->signed_sha256 };
        struct digest_wanted wanted[2] = { of_file, of_signed };
        const bool asks_file = file && !job->has_sha256, asks_signed = is_signed && !job->has_signed;

        if (!asks_file)
                wanted[0] = of_signed;
        digest_sha256_all(wanted, (size_t) asks_file + asks_signed);
        job->has_sha256 = job->has_sha256 || file;
        job->has_signed = job->has_signed || is_signed;
}

void plan_job_take_image(struct plan_job *to, struct plan_job *from) {
        to->image = from->image;
        to->has_sha256 = from->has_sha256;
        to->has_signed = from->has_signed;
        memcpy(to->sha256, from->sha256, SHA256_SIZE);
        memcpy(to->signed_sha256, from->signed_sha256, SHA256_SIZE);
        from->image = (struct bytes) { NULL, 0 };
}

bool plan_job_is_image(const struct plan_job *job, struct span bytes) {
        return job && job->image.p == bytes.p && job->image.n == bytes.n;
}

const uint8_t *plan_job_signed(const struct plan_job *job, struct span bytes) {
        return plan_job_is_image(job, bytes) && job->has_signed ? job->signed_sha256 : NULL;
}

static struct plan_input input(struct plan_job *job, const struct pe *pe) {
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
                .only_pinned = job->only_pinned,
        };
}

static void judge_sidecars(struct plan_job *job) {
        struct sidecar_file *files = need(SIDECARS_MAX * sizeof(*files));
        struct sidecars s = { .files = files, .cap = SIDECARS_MAX };
        struct plan *p = &job->plan;
        struct text why = TEXT_IN(p->why);

        text_cat(&why, job->uki_path, " ", NULL);
        if (sidecars_fit(&job->disk.disk, job->start_path, &p->uki, &s, &why))
                text_clear(&why);
        else {
                p->result = PLAN_REFUSE;
                p->blame = PLAN_BLAME_FORMAT;
        }
        free(files);
}

void plan_job_settle(struct plan_job *job, const struct pe *pe, plan_vouch vouch, void *arg) {
        struct plan_input in = input(job, pe);

        plan_settle(&in, &job->scratch, vouch, arg, &job->plan);
}

void plan_job_make(struct plan_job *job, const struct pe *pe, plan_vouch vouch, void *arg) {
        plan_job_settle(job, pe, vouch, arg);
        if (job->plan.result == PLAN_START && job->plan.handoff == PLAN_HANDOFF_KERNEL)
                judge_sidecars(job);
}

void plan_job_forget(struct plan_job *job) {
        gather_release(&job->disk.disk, job->found, job->n_found);
        memset(job->found, 0, sizeof(job->found));
        job->n_found = 0;
        job->has_request = false;
        memset(&job->request, 0, sizeof(job->request));
}

void plan_job_clear(struct plan_job *job) {
        plan_job_forget(job);
        bytes_free(&job->image);
        bytes_free(&job->smbios);
        free(job->root);
        free(job->beside);
        free(job->esp_root);
        free(job->policy_path);
}
