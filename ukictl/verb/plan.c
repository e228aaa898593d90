/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl plan: the verdict of firmware, on the host, from the same function. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "verb/plan_inside.h"

static void help(void) {
        puts("usage: ukictl plan UKI [OPTION]...\n\n"
             "Prints what ukiload would start: image, profile, stub, handoff, each addon's verdict and\n"
             "reason, the command line, and the digest that ukiload.plan= takes. Signatures are not\n"
             "checked here: see ukictl verify.\n\n"
             "  --addon NAME|FILE       as ukiload.addon=; NAME from EFI/ukiload/addons of the ESP; may repeat\n"
             "  --profile N             as ukiload.profile=\n"
             "  --append WORDS          kernel parameters of the request\n"
             "  --policy FILE           ukiload's policy: text, or a ukiload image (default: the installed one)\n"
             "  --esp-path DIR          where the EFI system partition is (default: /efi, /boot/efi or /boot)\n"
             "  --boot-path DIR         where XBOOTLDR is (default: the FAT volume that UKI lies on)\n"
             "  --machine x86_64|aarch64  of the firmware (default: this machine's)\n"
             "  --json                  print JSON\n\n"
             "Exit codes: 0 it would start, 5 image refused, 6 untrusted, 7 refused by policy or the\n"
             "request does not hold, 1 something could not be read, 2 usage.");
}

/* EXIT_OK: go on. */
static int parse_options(struct plan_job *job, int argc, char **argv, bool *ret_help) {
        static const struct option options[] = {
                { "addon", required_argument, NULL, 'a' },    { "profile", required_argument, NULL, 'p' },
                { "append", required_argument, NULL, 'w' },   { "policy", required_argument, NULL, 'y' },
                { "esp-path", required_argument, NULL, 'e' }, { "boot-path", required_argument, NULL, 'b' },
                { "machine", required_argument, NULL, 'm' },  { "json", no_argument, NULL, 'j' },
                { "help", no_argument, NULL, 'h' },           { NULL, 0, NULL, 0 },
        };
        for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;)
                switch (c) {
                case 'a':
                        if (job->n_addons >= REQUEST_ADDONS_MAX)
                                return out_fail(job->json, EXIT_USAGE, "more than %u --addon: a request holds no more",
                                                REQUEST_ADDONS_MAX);
                        job->addons[job->n_addons++] = optarg;
                        break;
                case 'p': job->profile = optarg; break;
                case 'w': job->append = optarg; break;
                case 'y': job->policy = optarg; break;
                case 'e': job->esp = optarg; break;
                case 'b': job->boot = optarg; break;
                case 'm':
                        if (!plan_parse_machine(optarg, &job->machine))
                                return out_fail(job->json, EXIT_USAGE, "--machine %s: say x86_64 or aarch64", optarg);
                        break;
                case 'j': job->json = true; break;
                case 'h': *ret_help = true; return EXIT_OK;
                default: return out_usage("ukictl plan");
                }
        if (argc - optind != 1)
                return out_fail(job->json, EXIT_USAGE, "name one UKI; see ukictl plan --help");
        job->uki = argv[optind];
        return EXIT_OK;
}

static int make_plan(struct plan_job *job) {
        plan_job_make(job, &job->pe);
        if (job->json)
                plan_print_json(job);
        else
                plan_print_text(job);
        return plan_exit_code(&job->plan);
}

int verb_plan(int argc, char **argv) {
        struct plan_job *job = need(sizeof(*job));
        char buf[1024];
        struct text why = TEXT_IN(buf);
        enum exit_code code = EXIT_FAILED;
        bool wants_help = false;

        memset(job, 0, sizeof(*job));
        job->machine = plan_this_machine();
        int r = parse_options(job, argc, argv, &wants_help);
        if (wants_help)
                help();
        else if (r == EXIT_OK) {
                gather_machine(job);
                bool ok = gather_image(job, &code, &why) && gather_policy(job, &code, &why) && gather_addons(job, &code, &why) &&
                          gather_request(job, &code, &why);
                r = ok ? make_plan(job) : out_fail(job->json, code, "%s", buf);
        }
        plan_job_free(job);
        return r;
}
