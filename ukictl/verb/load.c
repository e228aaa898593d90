/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl load and run: judge now what firmware will judge later, then arm one boot. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/reboot.h"
#include "verb/load_inside.h"
#include "host/utf16.h"

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

static struct load_job *load_job_new(void) {
        struct load_job *job = need(sizeof(*job));
        memset(job, 0, sizeof(*job));
        job->boot = next_boot_new();
        return job;
}

static void load_job_free(struct load_job *job) {
        for (size_t i = 0; i < job->n_wanted; i++)
                free(job->wanted[i].text);
        names_free(&job->picked);
        next_boot_free(job->boot);
        free(job);
}

enum { LOAD_ADDON = 0x200, LOAD_PROFILE, LOAD_APPEND, LOAD_REUSE, LOAD_METHOD, LOAD_IGNORED, LOAD_REFUSED };

static int parse_method(struct load_job *job, const char *method) {
        if (strcmp(method, "loader-entry") == 0)
                job->boot->by_loader = true;
        else if (strcmp(method, "bootnext") != 0)
                return out_fail(job->boot->host.json, EXIT_USAGE, "--method %s: say bootnext or loader-entry", method);
        return EXIT_OK;
}

static int add_addon(struct load_job *job, const char *name) {
        if (strchr(name, '/') || strchr(name, '\\'))
                return out_fail(job->boot->host.json, EXIT_USAGE,
                                "--addon %s: name an addon in EFI/ukiload/addons, without its folder", name);
        if (job->boot->plan->n_addons >= REQUEST_ADDONS_MAX)
                return out_fail(job->boot->host.json, EXIT_USAGE, "more than %u --addon: a request holds no more",
                                REQUEST_ADDONS_MAX);
        job->boot->plan->addons[job->boot->plan->n_addons++] = name;
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
        case LOAD_PROFILE: job->boot->profile = optarg; return EXIT_OK;
        case LOAD_APPEND: job->append = optarg; return EXIT_OK;
        case LOAD_REUSE: job->reuse = true; return EXIT_OK;
        case LOAD_METHOD: return parse_method(job, optarg);
        case LOAD_IGNORED:
        case 'a': case 's': case 'i': case 'd': case 'x': case 'y': case 't': return EXIT_OK;
        case 'p': case 'c': case LOAD_REFUSED:
                if (index >= 0)
                        return out_fail(job->boot->host.json, EXIT_USAGE, "--%s: %s", name, refused_option(c, name));
                return out_fail(job->boot->host.json, EXIT_USAGE, "-%c: %s", c, refused_option(c, name));
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
                int r = host_option(&job->boot->host, c, optarg) ? EXIT_OK : take_option(job, c, index);
                if (r != EXIT_OK)
                        return r;
        }
        if (argc - optind != 1)
                return out_fail(job->boot->host.json, EXIT_USAGE, "name one UKI; see ukictl load --help");
        job->boot->uki = argv[optind];
        return EXIT_OK;
}

/* ukiload itself and the image: what firmware looks at first. */
static enum exit_code judge_images(struct load_job *job, struct text *why) {
        struct bytes ukiload;
        if (!bytes_read(job->boot->ukiload, FILE_IMAGE_MAX, &ukiload, why))
                return EXIT_FAILED;
        text_cat(why, BOOTENTRY_IMAGE ": ", NULL);
        enum exit_code code = next_boot_judge_image(job->boot, BOOTENTRY_IMAGE, bytes_span(&ukiload), why);
        bytes_free(&ukiload);
        if (code != EXIT_OK) {
                text_str(why, "; so firmware will not start it: install one that is signed by a key of this machine");
                return code;
        }
        text_clear(why);
        text_cat(why, job->boot->plan->uki_path, ": ", NULL);
        code = next_boot_judge_image(job->boot, job->boot->plan->uki_path, bytes_span(&job->boot->plan->image), why);
        if (code == EXIT_OK)
                text_clear(why);
        return code;
}

static void fill_request(struct load_job *job, struct request *r) {
        struct text uki = TEXT_IN(r->uki);
        memcpy(r, &job->boot->plan->request, sizeof(*r));
        r->words = text_in(r->words_buf, sizeof(r->words_buf));
        text_str(&r->words, job->boot->words_buf);
        text_clear(&uki);
        text_str(&uki, job->boot->plan->uki_path);
        r->has_sha256 = r->has_plan = true;
        memcpy(r->sha256, job->boot->plan->sha256, sizeof(r->sha256));
        memcpy(r->plan, job->boot->plan->plan.digest, sizeof(r->plan));
        r->via = job->boot->by_loader ? REQUEST_VIA_LOADER : REQUEST_VIA_BOOT;
        r->via_boot = job->boot->arming.ours ? job->boot->arming.ours->number : 0;
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
        enum request_kind kind = request_from_variable(bytes_span(&raw), &job->boot->plan->request, why);
        bytes_free(&raw);
        if (kind != REQUEST_OK)
                return EXIT_REFUSED;
        job->boot->plan->has_request = true;
        enum exit_code code = next_boot_make_plan(job->boot);
        if (code != EXIT_OK)
                text_str(why, job->boot->plan->plan.why);
        return code;
}

static enum exit_code judge(struct load_job *job, struct text *why) {
        enum exit_code code = next_boot_find_entry(job->boot, why);
        if (code == EXIT_OK)
                code = next_boot_read_trust(job->boot, why);
        if (code == EXIT_OK)
                code = next_boot_find_uki(job->boot, why);
        if (code == EXIT_OK)
                code = next_boot_can_name(job->boot, why);
        if (code == EXIT_OK)
                code = next_boot_find_profile(job->boot, why);
        if (code == EXIT_OK)
                code = judge_images(job, why);
        if (code == EXIT_OK)
                code = next_boot_plan_again(job->boot, why);
        if (code == EXIT_OK)
                code = load_words(job, why);
        if (code == EXIT_OK)
                code = next_boot_check_kernel(job->boot, why);
        return code;
}

static enum exit_code check_way(struct load_job *job, struct text *why) {
        enum exit_code code = next_boot_check_bypass(job->boot, why);
        if (code == EXIT_OK)
                code = next_boot_check_owner(job->boot, why);
        if (code == EXIT_OK)
                code = next_boot_check_room(job->boot, why);
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
                if (!arming_new_id(&job->boot->host, request->id)) {
                        text_str(why, "the kernel gives no random numbers");
                        code = EXIT_FAILED;
                }
        }
        if (code == EXIT_OK)
                code = prove(job, request, why);
        if (code == EXIT_OK && !job->boot->host.dry_run)
                code = arming_write(&job->boot->host, &job->boot->arming, request, why);
        if (code == EXIT_OK && !job->boot->host.quiet)
                load_print(job, request);
        free(request);
        return code;
}

static enum exit_code open_and_load(struct load_job *job, struct text *why) {
        struct next_boot *boot = job->boot;
        enum exit_code code = host_need_root(&boot->host, why);
        if (code == EXIT_OK)
                code = host_open(&boot->host, why);
        if (code == EXIT_OK)
                code = host_need_esp(&boot->host, why);
        if (code == EXIT_OK)
                code = arming_read(&boot->host, &boot->arming, why);
        if (code == EXIT_OK && !boot->host.alien)
                gather_machine(boot->plan);
        else
                boot->plan->smbios_read = true;
        return code == EXIT_OK ? load(job, why) : code;
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
                enum exit_code code = open_and_load(job, &why);
                r = code == EXIT_OK ? EXIT_OK : out_fail(job->boot->host.json, code, "%s", buf);
        }
        struct host host = job->boot->host;
        bool go = then_exec && !wants_help && r == EXIT_OK;
        if (go && (host.alien || host.dry_run))
                r = reboot_say_not(&host);
        else if (go)
                r = reboot_machine(&host, false);
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
