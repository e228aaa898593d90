/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl predict: the PCR values that a plan will produce on this machine. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/efivars.h"
#include "out.h"
#include "verb/predict_inside.h"

#define EVENTLOG "/sys/kernel/security/tpm0/binary_bios_measurements"
#define PCRS     "/sys/class/tpm/tpm0"
#define LOG_MAX  ((size_t) 16 << 20)

static void help(void) {
        puts("usage: ukictl predict UKI [OPTION]...\n\n"
             "Prints the values that PCR 4, 7, 9, 11, 12 and 13 will have when the kernel starts, in each\n"
             "bank, if ukiload starts this UKI on this machine: what disks must be sealed to, and which of\n"
             "them differ from the running boot. PCR 11 to 13 are computed by the code that firmware runs;\n"
             "for 4, 7 and 9 the event log of the running boot tells what comes before.\n\n"
             "  --addon --profile --append --policy --esp-path --boot-path --machine   as for ukictl plan\n"
             "  --ukiload FILE          the ukiload image that will be started (default: the installed one)\n"
             "  --via next|loader       started by BootNext (default), or by the boot loader\n"
             "  --eventlog FILE         default: " EVENTLOG "\n"
             "  --pcrs DIR              where the running boot's values are (default: " PCRS ")\n"
             "  --efivars DIR           db and MokListRT, for certificates that the running boot did not need\n"
             "                          (default: " EFIVARS_DIR ", if --eventlog is not given)\n"
             "  --events                every measurement too\n"
             "  --json                  print JSON\n\n"
             "Exit codes as for ukictl plan; 0 also if a value cannot be known, which is said with it.");
}

static bool parse_via(const char *name, enum predict_via *ret) {
        *ret = strcmp(name, "loader") == 0 ? VIA_LOADER : VIA_NEXT;
        return strcmp(name, "loader") == 0 || strcmp(name, "next") == 0;
}

/* EXIT_OK: go on. */
static const struct option options[] = {
        { "addon", required_argument, NULL, 'a' },    { "profile", required_argument, NULL, 'p' },
        { "append", required_argument, NULL, 'w' },   { "policy", required_argument, NULL, 'y' },
        { "esp-path", required_argument, NULL, 'e' }, { "boot-path", required_argument, NULL, 'b' },
        { "machine", required_argument, NULL, 'm' },  { "ukiload", required_argument, NULL, 'u' },
        { "via", required_argument, NULL, 'v' },      { "eventlog", required_argument, NULL, 'l' },
        { "pcrs", required_argument, NULL, 'r' },     { "efivars", required_argument, NULL, 'V' },
        { "events", no_argument, NULL, 'E' },         { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },           { NULL, 0, NULL, 0 },
};

static int parse_options(struct predict_job *job, int argc, char **argv, bool *ret_help) {
        struct plan_job *plan = job->plan_job;
        for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;)
                switch (c) {
                case 'a':
                        if (plan->n_addons >= REQUEST_ADDONS_MAX)
                                return out_fail(plan->json, EXIT_USAGE, "more than %u --addon: a request holds no more",
                                                REQUEST_ADDONS_MAX);
                        plan->addons[plan->n_addons++] = optarg;
                        break;
                case 'p': plan->profile = optarg; break;
                case 'w': plan->append = optarg; break;
                case 'y': plan->policy = optarg; break;
                case 'e': plan->esp = optarg; break;
                case 'b': plan->boot = optarg; break;
                case 'm':
                        if (!plan_parse_machine(optarg, &plan->machine))
                                return out_fail(plan->json, EXIT_USAGE, "--machine %s: say x86_64 or aarch64", optarg);
                        break;
                case 'u': job->ukiload = optarg; break;
                case 'v':
                        if (!parse_via(optarg, &job->via))
                                return out_fail(plan->json, EXIT_USAGE, "--via %s: say next or loader", optarg);
                        break;
                case 'l': job->eventlog_path = optarg; break;
                case 'r': job->pcrs = optarg; break;
                case 'V': job->efivars = optarg; break;
                case 'E': job->wants_events = true; break;
                case 'j': plan->json = true; break;
                case 'h': *ret_help = true; return EXIT_OK;
                default: return out_usage("ukictl predict");
                }
        if (argc - optind != 1)
                return out_fail(plan->json, EXIT_USAGE, "name one UKI; see ukictl predict --help");
        plan->uki = argv[optind];
        return EXIT_OK;
}

/* The TPM's log of this boot; a machine without one has none, but a log that was named must be there. */
static bool gather_log(struct predict_job *job, struct text *why) {
        const char *path = job->eventlog_path ? job->eventlog_path : EVENTLOG;

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

static int predict(struct predict_job *job) {
        struct plan_job *plan = job->plan_job;
        char buf[1024];
        struct text why = TEXT_IN(buf);
        enum exit_code code = EXIT_FAILED;

        if (job->ukiload && !plan->policy)
                plan->policy = job->ukiload;
        gather_machine(plan);
        if (!gather_image(plan, &code, &why) || !gather_policy(plan, &code, &why) || !gather_addons(plan, &code, &why) ||
            !gather_request(plan, &code, &why))
                return out_fail(plan->json, code, "%s", buf);
        if (job->ukiload && plan->policy == job->ukiload)
                plan->policy = NULL;
        if (!gather_log(job, &why) || !gather_launcher(job, &why))
                return out_fail(plan->json, EXIT_FAILED, "%s", buf);
        if (!predict_layout(job, &why))
                return out_fail(plan->json, EXIT_FORMAT, "%s", buf);
        plan_job_make(plan, &job->pe);
        if (plan->plan.result != PLAN_START)
                return out_fail(plan->json, (enum exit_code) plan_exit_code(&plan->plan), "%s", plan->plan.why);
        if (!predict_role(job, &why))
                return out_fail(plan->json, EXIT_FAILED, "%s", buf);
        predict_boot(job);
        predict_compute(job);
        predict_check_registers(job);
        if (plan->json)
                predict_print_json(job);
        else
                predict_print_text(job);
        return EXIT_OK;
}

int verb_predict(int argc, char **argv) {
        struct predict_job *job = need(sizeof(*job));
        bool wants_help = false;

        memset(job, 0, sizeof(*job));
        job->plan_job = need(sizeof(*job->plan_job));
        memset(job->plan_job, 0, sizeof(*job->plan_job));
        job->plan_job->machine = plan_this_machine();
        for (unsigned i = 0; i < PREDICTED; i++)
                job->known[i] = true;
        int r = parse_options(job, argc, argv, &wants_help);
        if (wants_help)
                help();
        else if (r == EXIT_OK)
                r = predict(job);
        for (unsigned i = 0; i < STUBROLE_SIDECARS; i++)
                bytes_free(&job->sidecar[i]);
        pcr_log_free(&job->log);
        bytes_free(&job->log_bytes);
        bytes_free(&job->launcher);
        bytes_free(&job->memory);
        bytes_free(&job->singles);
        plan_job_free(job->plan_job);
        free(job);
        return r;
}
