/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl load and run: judge now what firmware will judge later, then arm one boot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/once.h"
#include "host/reboot.h"
#include "judge/survey.h"
#include "verb/load_inside.h"

/* ukiload itself and the image: what firmware looks at first. */
static enum exit_code judge_images(struct load_job *job, struct text *why) {
        struct span ukiload;

        if (!once_read(job->boot->ukiload, FILE_IMAGE_MAX, &ukiload, why))
                return EXIT_FAILED;
        text_cat(why, job->boot->ukiload, ": ", NULL);
        enum exit_code code = next_boot_judge_image(job->boot, IMAGE_FILE, ukiload, why);
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

/* What the plan was made for, and what pins it. */
static void fill_request(struct load_job *job, struct request *r) {
        struct text uki = TEXT_IN(r->uki);

        r->words = text_in(r->words_buf, sizeof(r->words_buf));
        text_str(&r->words, job->boot->words_buf);
        text_clear(&uki);
        text_str(&uki, job->boot->plan->uki_path);
        r->has_partition = job->boot->elsewhere.dir != NULL;
        memcpy(r->partition, job->boot->elsewhere.guid, sizeof(r->partition));
        r->has_sha256 = r->has_plan = true;
        memcpy(r->sha256, job->boot->plan->sha256, sizeof(r->sha256));
        memcpy(r->plan, job->boot->plan->plan.digest, sizeof(r->plan));
        r->via = job->boot->by_loader ? REQUEST_VIA_LOADER : REQUEST_VIA_BOOT;
        r->via_boot = job->boot->arming.ours ? job->boot->arming.ours->number : 0;
}

/* The request as ukiload will read it, and once more the plan with it. */
static enum exit_code prove(struct load_job *job, const struct request *request, struct text *why) {
        struct bytes raw;
        enum exit_code code = arming_format(request, &raw, why);

        if (code != EXIT_OK)
                return code;
        enum request_kind kind = request_from_variable(bytes_span(&raw), &job->boot->plan->request, why);
        bytes_free(&raw);
        if (kind != REQUEST_OK)
                return EXIT_REFUSED;
        job->boot->plan->has_request = true;
        code = next_boot_make_plan(job->boot);
        if (code != EXIT_OK)
                text_str(why, job->boot->plan->plan.why);
        return code;
}

static enum exit_code judge(struct load_job *job, struct text *why) {
        enum exit_code code = next_boot_find_entry(job->boot, why);

        if (code == EXIT_OK)
                code = next_boot_read_believed(job->boot, why);
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
        struct request *request = &job->boot->plan->request;
        enum exit_code code = judge(job, why);

        if (code == EXIT_OK)
                code = check_way(job, why);
        if (code != EXIT_OK)
                return code;
        fill_request(job, request);
        if (!arming_new_id(&job->boot->host, request->id)) {
                text_str(why, "the kernel gives no random numbers");
                return EXIT_FAILED;
        }
        code = prove(job, request, why);
        if (code == EXIT_OK && !job->boot->host.dry_run)
                code = arming_write(&job->boot->host, request, job->boot->loader_id, why);
        if (code == EXIT_OK && (!job->boot->host.quiet || job->boot->host.json))
                load_print(job, request);
        return code;
}

static void begin(void *work) {
        ((struct load_job *) work)->boot = next_boot_new();
}

static bool holds(const void *work, struct text *why) {
        const struct option_list *addons = &((const struct load_job *) work)->addons;

        if (addons->n > REQUEST_ADDONS_MAX)
                text_str(why, "more than " LIMIT_TEXT(REQUEST_ADDONS_MAX) " --addon: a request holds no more");
        for (size_t i = 0; i < addons->n && why->len == 0; i++)
                if (strpbrk(addons->v[i], "/\\"))
                        text_cat(why, "--addon ", addons->v[i], ": name an addon in EFI/ukiload/addons, without its folder",
                                 NULL);
        return why->len == 0;
}

static enum exit_code run_load(void *work, struct text *why) {
        struct load_job *job = work;
        struct next_boot *boot = job->boot;

        boot->host = job->call.host;
        if (job->call.n_args == 0 && !(job->usual = survey_default(&job->call.host, boot->plan, why)))
                return EXIT_FAILED;
        boot->uki = job->usual ? job->usual : job->call.args[0];
        boot->profile = job->profile;
        boot->any_volume = true;
        boot->by_loader = job->method == METHOD_LOADER_ENTRY;
        for (size_t i = 0; i < job->addons.n; i++)
                boot->plan->addons[boot->plan->n_addons++] = job->addons.v[i];
        enum exit_code code = arming_read(&boot->host, &boot->arming, why);
        if (code == EXIT_OK && !boot->host.alien)
                gather_machine(boot->plan);
        else
                boot->plan->smbios_read = true;
        return code == EXIT_OK ? load(job, why) : code;
}

static enum exit_code run_run(void *work, struct text *why) {
        const struct host *h = &((struct load_job *) work)->call.host;
        struct host silent = *h;
        enum exit_code code = run_load(work, why);

        if (code != EXIT_OK)
                return code;
        if (h->json && (h->alien || h->dry_run))
                return code; /* one object is all that is printed */
        silent.json = false; /* what is armed was printed, and a reboot that fails is told beside it */
        return (enum exit_code)(h->alien || h->dry_run ? reboot_say_not(h) : reboot_machine(&silent, false));
}

static void finish(void *work) {
        struct load_job *job = work;

        for (size_t i = 0; i < job->n_wanted; i++)
                free(job->wanted[i].text);
        names_free(&job->picked);
        free(job->usual);
        next_boot_free(job->boot);
}

#define NO_PANIC  "a panic kernel cannot come through firmware: load the addon with crashkernel= with ukictl, then use kexec -p"
#define NO_CALL   "firmware loads the image, no system call does; leave it out"
#define NO_PLACE  "where the kernel lies is firmware's decision; leave it out"
#define NO_INITRD "a UKI has its own, signed with it; what is to be added has to be a signed addon"
#define NO_MEMORY "a reset keeps nothing of the running system; leave it out"

static const struct option_row options[] = {
        OPTION(LIST, struct load_job, addons, "addon", "NAME", "signed addon of EFI/ukiload/addons, once; may repeat"),
        OPTION(TEXT, struct load_job, append, "append", "WORDS",
               "words from addons that say just that, or unsigned where the\n"
               "policy has a rule for it; fails if nobody offers them"),
        OPTION(FLAG, struct load_job, reuse, "reuse-cmdline", NULL, "the same with the running line; says what is dropped"),
        OPTION(TEXT, struct load_job, profile, "profile", "N|ID", "a profile of the UKI"),
        OPTION(CHOICE, struct load_job, method, "method", "bootnext|loader-entry",
               "by BootNext (default), or by systemd-boot's one-shot entry"),
        OPTIONS_HOST,
        OPTION_KEXEC_TEXT("command-line", struct load_job, append),
        OPTION_KEXEC('a', "kexec-syscall-auto", NULL),
        OPTION_KEXEC('s', "kexec-file-syscall", NULL),
        OPTION_KEXEC('i', "no-checks", NULL),
        OPTION_KEXEC('d', "debug", NULL),
        OPTION_KEXEC('x', "no-ifdown", NULL),
        OPTION_KEXEC('y', "no-sync", NULL),
        OPTION_KEXEC('t', "type", "TYPE"),
        OPTION_NOT_HERE('p', "load-panic", NULL, NO_PANIC),
        OPTION_NOT_HERE('c', "kexec-syscall", NULL, NO_CALL),
        OPTION_NOT_HERE(0, "mem-min", "ADDRESS", NO_PLACE),
        OPTION_NOT_HERE(0, "mem-max", "ADDRESS", NO_PLACE),
        OPTION_NOT_HERE(0, "entry", "ADDRESS", NO_PLACE),
        OPTION_NOT_HERE(0, "dtb", "FILE", NO_INITRD),
        OPTION_NOT_HERE(0, "initrd", "FILE", NO_INITRD),
        OPTION_NOT_HERE(0, "ramdisk", "FILE", NO_INITRD),
        OPTION_NOT_HERE(0, "reuseinitrd", NULL, NO_INITRD),
        OPTION_NOT_HERE(0, "load-preserve-context", NULL, NO_PANIC),
        OPTION_NOT_HERE(0, "load-jump-back-helper", NULL, NO_MEMORY),
        OPTIONS_END,
};

/* load, and run, which is load and exec in one. */
/* clang-format off */
#define LOAD_ALIKE                                                                                      \
        .usage = "[UKI] [OPTION]...",                                                                    \
        .about = "Checks UKI as firmware will, and arms the next boot to start it through\n"             \
                 "ukiload. UKI is a file on the ESP, XBOOTLDR or another mounted vfat partition,\n"      \
                 "or a name in EFI/Linux of the first two, as bootctl list has it, with @PROFILE\n"      \
                 "or without; none: the one that ukiload takes.",                                         \
        .end = "kexec's -a -s -i -d -x -y -t are accepted and mean nothing here.\n"                      \
               "Exit codes: 0 armed, 1 failure, 2 usage, 4 not root, 5 format, 6 signature,\n"           \
               "7 policy, 8 no firmware, ESP or entry, 9 NVRAM, 10 armed by somebody else,\n"            \
               "11 the next boot would not come to ukiload.",                                            \
        .options = options, .arguments = "UKI", .most = 1, .miscounted = VERB_ONE_UKI,     \
        .writes = true, .needs = NEEDS_ESP, .size = sizeof(struct load_job), .begin = begin, .holds = holds, \
        .finish = finish
/* clang-format on */

const struct verb verb_load = {
        .name = "load",
        .summary = "check a UKI as firmware will, and arm one boot of it (-l)",
        .run = run_load,
        LOAD_ALIKE,
};
const struct verb verb_run = {
        .name = "run",
        .summary = "load and exec in one (-f)",
        .run = run_run,
        LOAD_ALIKE,
};
