/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl install: the image on the ESP, the addon pool, the one boot entry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/installed.h"
#include "verb/install_inside.h"
#include "verb/verb.h"

struct install_verb {
        struct call call;
        char *beside; /* the image that is taken if none is named */
        struct install_job job;
};

static enum exit_code find_machine(struct host *host, struct text *why) {
        enum exit_code code = host_open(host, why);

        return code == EXIT_OK ? host_need_esp(host, why) : code;
}

static enum exit_code make_image(struct install_job *job, struct text *why) {
        if (!job->host.no_variables && !boot_entries_read(&job->host, &job->entries, why))
                return EXIT_FAILED;
        if (!job->image_path) {
                text_cat(why, "ukiload", arch_of(ARCH_NATIVE)->suffix,
                         UKI_TAIL " is not found beside ukictl: name it with --image", NULL);
                return EXIT_FAILED;
        }
        enum exit_code code = job->update ? install_keep_way(job) : install_choose_way(job, why);
        return code == EXIT_OK ? install_read_image(job, why) : code;
}

static enum exit_code install(struct install_job *job, struct text *why) {
        enum exit_code code = make_image(job, why);

        if (code == EXIT_OK)
                install_note_others(job);
        if (code == EXIT_OK && job->update && !job->installed.p)
                return install_say_absent(job);
        if (code == EXIT_OK)
                code = install_judge(job, why);
        if (code == EXIT_OK)
                code = install_write(job, why);
        if (code == EXIT_OK)
                install_print(job);
        return code;
}

/* What a machine lacks is no failure of who builds an image, or upgrades a package in one. */
static enum exit_code gracefully(const struct host *h, enum exit_code code, struct text *why) {
        if (code != EXIT_NO_FIRMWARE && code != EXIT_NVRAM)
                return code;
        out_warn("%s", why->p);
        if (h->json) {
                struct json_object *o = json_object_new_object();
                struct names notes = { NULL, 0 };

                names_add(&notes, why->p);
                out_add_bool(o, "written", false);
                json_object_object_add(o, "notes", out_list(&notes));
                out_json(o);
                names_free(&notes);
        }
        text_clear(why);
        return EXIT_OK;
}

static enum exit_code run(void *work, struct text *why) {
        struct install_verb *verb = work;
        struct install_job *job = &verb->job;
        enum exit_code code = find_machine(&verb->call.host, why);

        job->host = verb->call.host;
        if (!job->image_path)
                job->image_path = verb->beside = installed_package_image();
        if (code == EXIT_OK)
                code = install(job, why);
        return job->graceful ? gracefully(&job->host, code, why) : code;
}

static void begin_update(void *work) {
        ((struct install_verb *) work)->job.update = true;
}

/* What is asked is looked at before anything of the machine is. */
static bool holds(const void *work, struct text *why) {
        const struct install_job *job = &((const struct install_verb *) work)->job;

        if (!job->key == !job->cert)
                return true;
        text_str(why, "--sign-key and --sign-cert go together");
        return false;
}

static void finish(void *work) {
        struct install_verb *verb = work;
        struct install_job *job = &verb->job;

        free(verb->beside);
        bytes_free(&job->image);
        bytes_free(&job->installed);
        free(job->installed_path);
        free(job->policy_path);
        free(job->target);
        free(job->menu);
        signing_free(&job->signing);
        names_free(&job->policy_changes);
        names_free(&job->notes);
        names_free(&job->hidden);
        names_free(&job->moved);
        free(job->entries.v);
}

static const struct option_row options[] = {
        OPTION(TEXT, struct install_verb, job.image_path, "image", "FILE", "ukiload's image (default: the one beside ukictl)"),
        OPTION(TEXT, struct install_verb, job.key, "sign-key", "FILE",
               "sign it with this key (default: the one of ukiload.conf,\n"
               "uki.conf, sbctl, DKMS or shim-signed: ukictl(8))"),
        OPTION(TEXT, struct install_verb, job.cert, "sign-cert", "FILE", "and this certificate of it"),
        OPTION(TEXT, struct install_verb, job.policy_arg, "policy", "FILE|image",
               "put this policy in, or leave the image's own (default:\n"
               "/etc/ukiload/policy, else the one that is installed)"),
        OPTION(TEXT, struct install_verb, job.shim_arg, "shim", "PATH|none",
               "through this shim of the ESP (default: as it boots)"),
        OPTION(FLAG, struct install_verb, job.force, "force", NULL, "also an image that this machine will not start"),
        OPTION_ALL_ESPS(DO_IT_ON_EACH),
        OPTION_OF_CALL(FLAG, host.no_variables, "no-variables", NULL, "only the files, no boot entry (for image builders)"),
        OPTION(FLAG, struct install_verb, job.graceful, "graceful", NULL, "no firmware, ESP or room: said, but no failure"),
        OPTIONS_HOST,
        OPTIONS_END,
};

/* clang-format off */
#define EXIT_CODES \
        "1 failure, 2 usage, 4 not root, 5 not ukiload's image,\n" \
        "6 this machine will not start it, 7 its policy cannot be put in, 8 no firmware\n" \
        "or ESP, 9 NVRAM."
/* What install and update have in common. */
#define OF_BOTH .options = options, .usage = "[OPTION]...", .writes = true, .size = sizeof(struct install_verb), \
        .holds = holds, .run = run, .finish = finish
/* clang-format on */

const struct verb verb_install = {
        .name = "install",
        .summary = "put ukiload on the ESP, with its one boot entry",
        .about = "Puts ukiload into EFI/ukiload of the ESP, with an entry for systemd-boot's menu\n"
                 "(loader/entries/ukiload.conf) and EFI/ukiload/addons, and gives firmware one\n"
                 "Boot#### entry that BootOrder does not have. Says what that means on this\n"
                 "machine. Doing it again changes nothing.",
        .end = "Exit codes: 0 installed, " EXIT_CODES,
        .miscounted = "install takes no argument",
        OF_BOTH,
};

const struct verb verb_update = {
        .name = "update",
        .summary = "bring the installed ukiload to this package's version",
        .about = "Brings the installed ukiload to the version of this package: its policy, its\n"
                 "boot entry and its way through shim stay. One that lies in EFI/Linux, where 0.2\n"
                 "put it, is moved to EFI/ukiload. Where it is not installed, or is as it should\n"
                 "be, there is nothing to do.",
        .end = "Exit codes: 0 up to date, " EXIT_CODES,
        .miscounted = "update takes no argument",
        .begin = begin_update,
        OF_BOTH,
};
