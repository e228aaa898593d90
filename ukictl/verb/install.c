/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl install: the image on the ESP, the addon pool, the one boot entry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/sbsign.h"
#include "verb/install_inside.h"
#include "verb/verb.h"

#if defined(__aarch64__)
#define IMAGE_NAME "ukiloadaa64.efi"
#define BUILD_DIR  "aarch64"
#else
#define IMAGE_NAME "ukiloadx64.efi"
#define BUILD_DIR  "x86_64"
#endif

/* Beside ukictl: as installed, or in the tree it was built in. */
static const char *default_image(char *buf, size_t cap) {
        static const char *const places[] = { "/../lib/ukiload/" IMAGE_NAME, "/" BUILD_DIR "/" IMAGE_NAME };
        char self[1024];
        ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

        if (n <= 0)
                return NULL;
        self[n] = '\0';
        *strrchr(self, '/') = '\0';
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                int len = snprintf(buf, cap, "%s%s", self, places[i]);

                if (len > 0 && (size_t) len < cap && access(buf, R_OK) == 0)
                        return buf;
        }
        return NULL;
}

static enum exit_code read_image(struct install_job *job, struct text *why) {
        struct bytes as_given;

        if (!job->image_path) {
                text_str(why, IMAGE_NAME " is not found beside ukictl: name it with --image");
                return EXIT_FAILED;
        }
        if (!bytes_read(job->image_path, FILE_IMAGE_MAX, &as_given, why))
                return EXIT_FAILED;
        if (!job->key) {
                job->image = as_given;
                return EXIT_OK;
        }
        bool ok = sbsign(bytes_span(&as_given), job->key, job->cert, &job->image, why);
        bytes_free(&as_given);
        return ok ? EXIT_OK : EXIT_FAILED;
}

static const char *done(const struct install_job *job, bool changed) {
        return !changed ? "as it should be already" : job->host.dry_run ? "would be written" : "written and read back";
}

static void print_text(const struct install_job *job) {
        char buf[PLAN_PATH_MAX + 64];
        struct text t = TEXT_IN(buf);

        out_say("%-9s %s%s: %s", "image", job->host.esp, "/EFI/Linux/ukiload.efi", done(job, job->image_written));
        out_say("%-9s %s%s: %s", "addons", job->host.esp, "/EFI/ukiload/addons", done(job, job->pool_made));
        text_cat(&t, job->through_shim ? ", through " : "", job->through_shim ? job->shim : "", NULL);
        out_say("%-9s Boot%04X%s: %s", "entry", job->number, buf, done(job, job->entry_written));
        for (size_t i = 0; i < job->hidden.n; i++)
                out_field_span(i == 0 ? "hides" : "", span_of(job->hidden.v[i]));
        for (size_t i = 0; i < job->notes.n; i++)
                out_field_span(i == 0 ? "note" : "", span_of(job->notes.v[i]));
}

static void print_json(const struct install_job *job) {
        struct json_object *o = json_object_new_object();
        char name[9];

        snprintf(name, sizeof(name), "Boot%04X", job->number);
        out_add_bool(o, "written", !job->host.dry_run);
        out_add_bool(o, "image_changed", job->image_written);
        out_add_bool(o, "addons_made", job->pool_made);
        out_add(o, "entry", name);
        out_add_bool(o, "entry_changed", job->entry_written);
        if (job->through_shim)
                out_add(o, "shim", job->shim);
        json_object_object_add(o, "hides", out_list(&job->hidden));
        json_object_object_add(o, "notes", out_list(&job->notes));
        out_json(o);
}

struct install_verb {
        struct call call;
        char beside[1200]; /* the image that is taken if none is named */
        struct install_job job;
};

static enum exit_code install(struct install_job *job, struct text *why) {
        enum exit_code code = boot_entries_read(&job->host, &job->entries, why) ? EXIT_OK : EXIT_FAILED;

        if (code == EXIT_OK)
                code = read_image(job, why);
        if (code == EXIT_OK)
                code = install_judge(job, why);
        if (code == EXIT_OK)
                code = install_write(job, why);
        if (code == EXIT_OK && job->host.json)
                print_json(job);
        else if (code == EXIT_OK && !job->host.quiet)
                print_text(job);
        return code;
}

static enum exit_code run(void *work, struct text *why) {
        struct install_verb *verb = work;
        struct install_job *job = &verb->job;

        job->host = verb->call.host;
        if (!job->image_path)
                job->image_path = default_image(verb->beside, sizeof(verb->beside));
        return install(job, why);
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
        struct install_job *job = &((struct install_verb *) work)->job;

        bytes_free(&job->image);
        names_free(&job->notes);
        names_free(&job->hidden);
        free(job->entries.v);
}

static const struct option_row options[] = {
        OPTION(TEXT, struct install_verb, job.image_path, "image", "FILE", "ukiload's image (default: the one beside ukictl)"),
        OPTION(TEXT, struct install_verb, job.key, "sign-key", "FILE", "sign it with sbsign first, with this key"),
        OPTION(TEXT, struct install_verb, job.cert, "sign-cert", "FILE", "and this certificate of it"),
        OPTION(TEXT, struct install_verb, job.shim_arg, "shim", "PATH|none",
               "start it through this shim of the ESP, or without\n"
               "(default: as the machine boots)"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb verb_install = {
        .name = "install",
        .summary = "put ukiload on the ESP, with its one boot entry",
        .usage = "[OPTION]...",
        .about = "Puts ukiload on the ESP as EFI/Linux/ukiload.efi, makes EFI/ukiload/addons, and\n"
                 "gives firmware one Boot#### entry that BootOrder does not have. Says what that\n"
                 "means on this machine. Doing it again changes nothing.",
        .end = "Exit codes: 0 installed, 1 failure, 2 usage, 4 not root, 5 not ukiload's image,\n"
               "8 no firmware or ESP, 9 NVRAM.",
        .options = options,
        .miscounted = "install takes no argument",
        .writes = true,
        .needs = NEEDS_ESP,
        .size = sizeof(struct install_verb),
        .holds = holds,
        .run = run,
        .finish = finish,
};
