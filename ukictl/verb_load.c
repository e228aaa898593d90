/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl load and run: judge now what firmware will judge later, then arm one boot. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "load.h"
#include "utf16.h"

static void help(const char *verb) {
        out_say("usage: ukictl %s UKI [OPTION]...", verb);
        puts("\nChecks UKI as firmware will, and arms the next boot to start it through\n"
             "ukiload. UKI is a file on the ESP or XBOOTLDR, or a name in their EFI/Linux.\n\n"
             "  --addon NAME       signed addon of EFI/ukiload/addons, once; may repeat\n"
             "  --append WORDS     words from addons that say just that, or unsigned where the\n"
             "                     policy has a rule for it; fails if nobody offers them\n"
             "  --reuse-cmdline    the same with the running line; says what is dropped\n"
             "  --profile N|ID     a profile of the UKI\n"
             "  --method bootnext|loader-entry\n"
             "                     by BootNext (default), or by systemd-boot's one-shot entry\n" HOST_HELP "\n\n"
             "kexec's -a -s -i -d -x -y -t are accepted and mean nothing here.\n"
             "Exit codes: 0 armed, 1 failure, 2 usage, 4 not root, 5 format, 6 signature,\n"
             "7 policy, 8 no firmware, ESP or entry, 9 NVRAM, 10 armed by somebody else,\n"
             "11 the next boot would not come to ukiload.");
}

enum { LOAD_ADDON = 0x200, LOAD_PROFILE, LOAD_APPEND, LOAD_REUSE, LOAD_METHOD, LOAD_IGNORED, LOAD_REFUSED };

static int parse_method(struct load_job *job, const char *method) {
        if (strcmp(method, "loader-entry") == 0)
                job->by_loader = true;
        else if (strcmp(method, "bootnext") != 0)
                return out_fail(job->host.json, EXIT_USAGE, "--method %s: say bootnext or loader-entry", method);
        return EXIT_OK;
}

static int add_addon(struct load_job *job, const char *name) {
        if (strchr(name, '/') || strchr(name, '\\'))
                return out_fail(job->host.json, EXIT_USAGE, "--addon %s: name an addon in EFI/ukiload/addons, without its folder",
                                name);
        if (job->plan->n_addons >= REQUEST_ADDONS_MAX)
                return out_fail(job->host.json, EXIT_USAGE, "more than %u --addon: a request holds no more", REQUEST_ADDONS_MAX);
        job->plan->addons[job->plan->n_addons++] = name;
        return EXIT_OK;
}

static const char *refused_option(int c, const char *name) {
        if (c == 'p' || strncmp(name, "load-p", 6) == 0 || strcmp(name, "panic") == 0)
                return "a panic kernel cannot come through firmware: load the addon with crashkernel= with ukictl, then use kexec -p";
        if (c == 'c' || strcmp(name, "kexec-syscall") == 0)
                return "firmware loads the image, no system call does; leave it out";
        if (strncmp(name, "mem-", 4) == 0 || strcmp(name, "entry") == 0)
                return "where the kernel lies is firmware's decision; leave it out";
        if (strcmp(name, "dtb") == 0 || strstr(name, "initrd") || strcmp(name, "ramdisk") == 0)
                return "a UKI has its own, signed with it; what is to be added has to be a signed addon";
        return "a reset keeps nothing of the running system; leave it out";
}

static const struct option options[] = {
        { "addon", required_argument, NULL, LOAD_ADDON },
        { "profile", required_argument, NULL, LOAD_PROFILE },
        { "append", required_argument, NULL, LOAD_APPEND },
        { "command-line", required_argument, NULL, LOAD_APPEND },
        { "reuse-cmdline", no_argument, NULL, LOAD_REUSE },
        { "method", required_argument, NULL, LOAD_METHOD },
        HOST_OPTIONS,
        { "help", no_argument, NULL, 'h' },
        /* kexec's */
        { "kexec-syscall-auto", no_argument, NULL, LOAD_IGNORED },
        { "kexec-file-syscall", no_argument, NULL, LOAD_IGNORED },
        { "no-checks", no_argument, NULL, LOAD_IGNORED },
        { "debug", no_argument, NULL, LOAD_IGNORED },
        { "no-ifdown", no_argument, NULL, LOAD_IGNORED },
        { "no-sync", no_argument, NULL, LOAD_IGNORED },
        { "type", required_argument, NULL, LOAD_IGNORED },
        { "load-panic", no_argument, NULL, LOAD_REFUSED },
        { "kexec-syscall", no_argument, NULL, LOAD_REFUSED },
        { "mem-min", required_argument, NULL, LOAD_REFUSED },
        { "mem-max", required_argument, NULL, LOAD_REFUSED },
        { "entry", required_argument, NULL, LOAD_REFUSED },
        { "dtb", required_argument, NULL, LOAD_REFUSED },
        { "initrd", required_argument, NULL, LOAD_REFUSED },
        { "ramdisk", required_argument, NULL, LOAD_REFUSED },
        { "reuseinitrd", no_argument, NULL, LOAD_REFUSED },
        { "load-preserve-context", no_argument, NULL, LOAD_REFUSED },
        { "load-jump-back-helper", no_argument, NULL, LOAD_REFUSED },
        { NULL, 0, NULL, 0 },
};

static int take_option(struct load_job *job, int c, int index) {
        const char *name = index >= 0 ? options[index].name : "";
        /* clang-format off */
        switch (c) {
        case LOAD_ADDON: return add_addon(job, optarg);
        case LOAD_PROFILE: job->profile = optarg; return EXIT_OK;
        case LOAD_APPEND: job->append = optarg; return EXIT_OK;
        case LOAD_REUSE: job->reuse = true; return EXIT_OK;
        case LOAD_METHOD: return parse_method(job, optarg);
        case LOAD_IGNORED:
        case 'a': case 's': case 'i': case 'd': case 'x': case 'y': case 't': return EXIT_OK;
        case 'p': case 'c': case LOAD_REFUSED:
                if (index >= 0)
                        return out_fail(job->host.json, EXIT_USAGE, "--%s: %s", name, refused_option(c, name));
                return out_fail(job->host.json, EXIT_USAGE, "-%c: %s", c, refused_option(c, name));
        default: return out_usage("ukictl load");
        }
        /* clang-format on */
}

/* EXIT_OK: go on. */
static int parse_options(struct load_job *job, int argc, char **argv, bool *ret_help) {
        for (int c, index = -1; (c = getopt_long(argc, argv, "hasidxypct:", options, &index)) != -1; index = -1) {
                if (c == 'h') {
                        *ret_help = true;
                        return EXIT_OK;
                }
                int r = host_option(&job->host, c, optarg) ? EXIT_OK : take_option(job, c, index);
                if (r != EXIT_OK)
                        return r;
        }
        if (argc - optind != 1)
                return out_fail(job->host.json, EXIT_USAGE, "name one UKI; see ukictl load --help");
        job->uki = argv[optind];
        return EXIT_OK;
}

/* ukiload itself and the image: what firmware looks at first. */
static enum exit_code judge_images(struct load_job *job, struct text *why) {
        struct bytes ukiload;
        if (!bytes_read(job->ukiload, FILE_IMAGE_MAX, &ukiload, why))
                return EXIT_FAILED;
        text_cat(why, BOOTENTRY_IMAGE ": ", NULL);
        enum exit_code code = load_judge_image(job, BOOTENTRY_IMAGE, bytes_span(&ukiload), why);
        bytes_free(&ukiload);
        if (code != EXIT_OK) {
                text_str(why, "; so firmware will not start it: install one that is signed by a key of this machine");
                return code;
        }
        text_clear(why);
        text_cat(why, job->plan->uki_path, ": ", NULL);
        code = load_judge_image(job, job->plan->uki_path, bytes_span(&job->plan->image), why);
        if (code == EXIT_OK)
                text_clear(why);
        return code;
}

static void fill_request(struct load_job *job, struct request *r) {
        struct text uki = TEXT_IN(r->uki);
        memcpy(r, &job->plan->request, sizeof(*r));
        r->words = text_in(r->words_buf, sizeof(r->words_buf));
        text_str(&r->words, job->words_buf);
        text_clear(&uki);
        text_str(&uki, job->plan->uki_path);
        r->has_sha256 = r->has_plan = true;
        memcpy(r->sha256, job->plan->sha256, sizeof(r->sha256));
        memcpy(r->plan, job->plan->plan.digest, sizeof(r->plan));
        r->via = job->by_loader ? REQUEST_VIA_LOADER : REQUEST_VIA_BOOT;
        r->via_boot = job->arming.ours ? job->arming.ours->number : 0;
}

/* The request as ukiload will read it, and once more the plan with it. */
static enum exit_code prove(struct load_job *job, const struct request *request, struct text *why) {
        char buf[REQUEST_CHARS_MAX + 1];
        struct text t = TEXT_IN(buf);
        if (!request_format(request, &t)) {
                text_str(why,
                         "the request is longer than " LIMIT_TEXT(REQUEST_CHARS_MAX) " characters: name fewer addons or words");
                return EXIT_REFUSED;
        }
        struct bytes raw = utf16_write(text_span(&t));
        enum request_kind kind = request_from_variable(bytes_span(&raw), &job->plan->request, why);
        bytes_free(&raw);
        if (kind != REQUEST_OK)
                return EXIT_REFUSED;
        job->plan->has_request = true;
        enum exit_code code = load_make_plan(job);
        if (code != EXIT_OK)
                text_str(why, job->plan->plan.why);
        return code;
}

static enum exit_code judge(struct load_job *job, struct text *why) {
        enum exit_code code = load_find_entry(job, why);
        if (code == EXIT_OK)
                code = load_read_trust(job, why);
        if (code == EXIT_OK)
                code = load_find_uki(job, why);
        if (code == EXIT_OK)
                code = load_can_name(job, why);
        if (code == EXIT_OK)
                code = load_find_profile(job, why);
        if (code == EXIT_OK)
                code = judge_images(job, why);
        if (code == EXIT_OK)
                code = load_plan_again(job, why);
        if (code == EXIT_OK)
                code = load_words(job, why);
        if (code == EXIT_OK)
                code = load_check_kernel(job, why);
        return code;
}

static enum exit_code check_way(struct load_job *job, struct text *why) {
        enum exit_code code = load_check_bypass(job, why);
        if (code == EXIT_OK)
                code = load_check_owner(job, why);
        if (code == EXIT_OK)
                code = load_check_room(job, why);
        return code;
}

static enum exit_code load(struct load_job *job, struct text *why) {
        struct request *request = need(sizeof(*request));
        memset(request, 0, sizeof(*request));
        enum exit_code code = judge(job, why);
        if (code == EXIT_OK)
                code = check_way(job, why);
        if (code == EXIT_OK) {
                fill_request(job, request);
                if (!arming_new_id(&job->host, request->id)) {
                        text_str(why, "the kernel gives no random numbers");
                        code = EXIT_FAILED;
                }
        }
        if (code == EXIT_OK)
                code = prove(job, request, why);
        if (code == EXIT_OK && !job->host.dry_run)
                code = arming_write(&job->host, &job->arming, request, why);
        if (code == EXIT_OK && !job->host.quiet)
                load_print(job, request);
        free(request);
        return code;
}

static int load_main(int argc, char **argv, bool then_exec) {
        struct load_job *job = load_job_new();
        char buf[4096];
        struct text why = TEXT_IN(buf);
        bool wants_help = false;
        int r = parse_options(job, argc, argv, &wants_help);
        if (wants_help)
                help(then_exec ? "run" : "load");
        else if (r == EXIT_OK) {
                enum exit_code code = host_need_root(&job->host, &why);
                if (code == EXIT_OK)
                        code = host_open(&job->host, &why);
                if (code == EXIT_OK)
                        code = host_need_esp(&job->host, &why);
                if (code == EXIT_OK)
                        code = arming_read(&job->host, &job->arming, &why);
                if (code == EXIT_OK && !job->host.alien)
                        gather_machine(job->plan);
                else
                        job->plan->smbios_read = true;
                if (code == EXIT_OK)
                        code = load(job, &why);
                r = code == EXIT_OK ? EXIT_OK : out_fail(job->host.json, code, "%s", buf);
        }
        struct host host = job->host;
        bool go = then_exec && !wants_help && r == EXIT_OK;
        if (go && (host.alien || host.dry_run))
                r = exec_say_not(&host);
        else if (go)
                r = exec_reboot(&host, false);
        load_job_free(job);
        host_free(&host);
        return r;
}

int verb_load(int argc, char **argv) {
        return load_main(argc, argv, false);
}

int verb_run(int argc, char **argv) {
        return load_main(argc, argv, true);
}
