/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl predict: the PCR values that a plan will produce on this machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verb/plan_asked.h"
#include "verb/predict_inside.h"

#define EVENTLOG "/sys/kernel/security/tpm0/binary_bios_measurements"
#define PCRS     "/sys/class/tpm/tpm0"
#define LOG_MAX  ((size_t) 16 << 20)

/* The TPM's log of this boot; a machine without one has none, but a log that was named must be there. */
static bool gather_log(struct predict_job *job, const char *path, struct text *why) {
        if (!job->eventlog_path && access(path, R_OK) != 0) {
                predict_note(job, "no event log of this boot can be read here (" EVENTLOG "; it needs root)");
                return true;
        }
        if (!bytes_read(path, LOG_MAX, &job->log_bytes, why))
                return false;
        text_cat(why, path, " ", NULL);
        job->has_log = pcr_log_read(bytes_span(&job->log_bytes), &job->log, why);
        if (job->has_log)
                text_clear(why);
        return job->has_log;
}

/* The installed ukiload is where its policy was found. */
static bool gather_launcher(struct predict_job *job, struct text *why) {
        const char *path = job->ukiload ? job->ukiload : job->plan_job->policy ? NULL : job->plan_job->policy_path;

        if (!path)
                return true;
        if (!bytes_read(path, FILE_IMAGE_MAX, &job->launcher, why))
                return false;
        text_cat(why, path, " ", NULL);
        if (!pe_open_file(bytes_span(&job->launcher), &job->launcher_pe, why))
                return false;
        text_clear(why);
        return true;
}

struct predict_verb {
        struct call call;
        struct plan_asked asked;
        struct plan_job plan;
        int via;  /* 1: next, 2: loader */
        int bank; /* 1: the first of them; 0: not asked for */
        char *usual_log, *usual_pcrs;
        struct predict_job job;
        struct pcrlock_file stock[PREDICT_OF], through[PREDICT_OF];
        struct names written;
};

static void begin(void *work) {
        struct predict_verb *verb = work;

        verb->job.plan_job = &verb->plan;
        predict_begin(&verb->job);
}

/* With --ukiload alone its policy counts. */
static enum exit_code gather(struct predict_verb *verb, struct text *why) {
        struct predict_job *job = &verb->job;
        bool own_policy = job->ukiload && !verb->asked.policy;

        if (own_policy)
                verb->asked.policy = job->ukiload;
        enum exit_code code = plan_asked_gather(&verb->asked, &verb->call, &verb->plan, why);
        if (own_policy)
                verb->plan.policy = NULL;
        if (code != EXIT_OK)
                return code;
        verb->usual_log = host_path(&verb->call.host, EVENTLOG);
        verb->usual_pcrs = host_path(&verb->call.host, PCRS);
        job->pcrs = job->pcrs ? job->pcrs : verb->usual_pcrs;
        const enum bank asked = (enum bank)(verb->bank - 1);
        if (!gather_log(job, job->eventlog_path ? job->eventlog_path : verb->usual_log, why) || !gather_launcher(job, why) ||
            !predict_banks(job, verb->bank ? &asked : NULL, why))
                return EXIT_FAILED;
        return predict_layout(job, why) ? EXIT_OK : EXIT_FORMAT;
}

/* Both boots, before anything is written. */
static enum exit_code predict(struct predict_verb *verb, struct text *why) {
        struct predict_job *job = &verb->job;
        const struct request *request = verb->plan.has_request ? &verb->plan.request : NULL;

        /* The image is not hashed before all is known that it is to be hashed for. */
        verb->plan.only_pinned = true;
        plan_job_digest(&verb->plan, request && (request->has_sha256 || request->has_plan), false);
        plan_job_make(&verb->plan, &job->pe, NULL, NULL);
        if (verb->plan.plan.result != PLAN_START) {
                text_str(why, verb->plan.plan.why);
                return plan_exit_code(&verb->plan.plan);
        }
        if (job->pcrlock && !predict_stock_files(job, verb->stock, why))
                return EXIT_FAILED;
        if (!predict_role(job, why))
                return EXIT_FAILED;
        predict_boot(job);
        predict_compute(job);
        predict_check_registers(job);
        verb->plan.only_pinned = false;
        if (!job->wants_plan)
                return EXIT_OK;
        plan_job_digest(&verb->plan, true, false);
        plan_job_make(&verb->plan, &job->pe, NULL, NULL);
        return EXIT_OK;
}

static enum exit_code write_components(struct predict_verb *verb, struct text *why) {
        struct predict_job *job = &verb->job;

        if (!job->known[PCR_4]) {
                text_cat(why, "no component is written, for what PCR 4 will be cannot be known: ", job->unknown[PCR_4], NULL);
                return EXIT_FAILED;
        }
        if (!predict_files(job, verb->through, why))
                return EXIT_FAILED;
        enum exit_code code = predict_write(job, verb->stock, verb->call.host.dry_run, &verb->written, why);
        return code == EXIT_OK ? predict_write(job, verb->through, verb->call.host.dry_run, &verb->written, why) : code;
}

static enum exit_code run(void *work, struct text *why) {
        struct predict_verb *verb = work;
        struct predict_job *job = &verb->job;
        const struct names *components = job->pcrlock ? &verb->written : NULL;

        if (job->pcrlock && !predict_folder(job->pcrlock, why))
                return EXIT_FAILED;
        job->wants_plan = verb->call.host.json;
        job->via = verb->via == 2 ? VIA_LOADER : VIA_NEXT;
        enum exit_code code = gather(verb, why);
        if (code != EXIT_OK)
                return code;
        job->efivars = verb->call.host.alien ? verb->call.host.efivars : NULL;
        code = predict(verb, why);
        if (code == EXIT_OK && job->pcrlock)
                code = write_components(verb, why);
        if (code != EXIT_OK)
                return code;
        if (verb->call.host.json)
                predict_print_json(job, components, verb->call.host.dry_run);
        else
                predict_print_text(job, components, verb->call.host.dry_run);
        return EXIT_OK;
}

static void finish(void *work) {
        struct predict_verb *verb = work;
        struct predict_job *job = &verb->job;

        for (unsigned i = 0; i < PREDICT_OF; i++) {
                free(verb->stock[i].text);
                free(verb->through[i].text);
        }
        names_free(&verb->written);
        predict_release(job);
        pcr_log_free(&job->log);
        bytes_free(&job->log_bytes);
        bytes_free(&job->launcher);
        bytes_free(&job->memory);
        plan_job_clear(job->plan_job);
        plan_asked_free(&verb->asked);
        free(verb->usual_log);
        free(verb->usual_pcrs);
}

static const struct option_row options[] = {
        OPTIONS_PLAN(struct predict_verb, asked),
        OPTION(TEXT, struct predict_verb, job.ukiload, "ukiload", "FILE",
               "the ukiload image that will be started (default: the installed one)"),
        OPTION(CHOICE, struct predict_verb, via, "via", "next|loader", "started by BootNext (default), or by the boot loader"),
        OPTION(CHOICE, struct predict_verb, bank, "bank", "sha1|sha256|sha384|sha512",
               "this bank of the TPM alone (default: those of the log)"),
        OPTION(TEXT, struct predict_verb, job.eventlog_path, "eventlog", "FILE", "default: " EVENTLOG),
        OPTION(TEXT, struct predict_verb, job.pcrs, "pcrs", "DIR", "where the running boot's values are (default: " PCRS ")"),
        OPTION(TEXT, struct predict_verb, job.pcrlock, "pcrlock", "DIR",
               "write components for systemd-pcrlock there: this boot and the one without ukiload"),
        OPTION(FLAG, struct predict_verb, job.wants_events, "events", NULL, "every measurement too"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb verb_predict = {
        .name = "predict",
        .summary = "print the PCR values that a plan will produce",
        .usage = "[UKI] [OPTION]...",
        .about = "Prints the values that PCR 4, 7, 9, 11, 12 and 13 will have when the kernel starts, in each\n"
                 "bank, if ukiload starts this UKI on this machine: what disks must be sealed to, and which of\n"
                 "them differ from the running boot. PCR 11 to 13 are computed by the code that firmware runs;\n"
                 "for 4, 7 and 9 the event log of the running boot tells what comes before, and --efivars has\n"
                 "db and MokListRT for certificates that the running boot did not need, and LoaderInfo: an\n"
                 "older systemd-boot measures the UKI's line.",
        .end = "Exit codes as for ukictl plan; 0 also if a value cannot be known, which is said with it.",
        .options = options,
        .arguments = "UKI",
        .most = 1,
        .miscounted = VERB_ONE_UKI,
        .size = sizeof(struct predict_verb),
        .begin = begin,
        .run = run,
        .finish = finish,
};
