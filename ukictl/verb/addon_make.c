/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl addon make: writes an addon that systemd-stub, shim and ukiload accept. */
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "host/signing.h"
#include "judge/addon_build.h"
#include "judge/plan_job.h"
#include "judge/words.h"
#include "path.h"
#include "verb/addon_inside.h"

#define INITRDS_MAX 16

struct make_job {
        struct call call;
        const char *cmdline, *uname, *sbat, *machine_name, *key, *cert, *out;
        bool not_signed;
        struct option_list initrds;
        struct bytes line, sbat_bytes, initrd, image;
        struct signing signing;
        struct names notes;
};

#define GIVE "give --cmdline or --initrd, and -o FILE"

/* The sentence for what is asked wrongly; NULL: nothing is. */
static const char *misuse(const struct make_job *job) {
        if (!job->out || (!job->cmdline && job->initrds.n == 0))
                return GIVE "; see ukictl addon --help";
        if (job->initrds.n > INITRDS_MAX)
                return "more than " LIMIT_TEXT(INITRDS_MAX) " --initrd: join some";
        if ((job->cmdline && !*job->cmdline) || (job->uname && !*job->uname))
                return "an empty --cmdline or --uname says nothing: leave it out";
        if (job->not_signed && job->key)
                return "--unsigned and --sign-key exclude each other";
        return !job->key != !job->cert ? "--sign-key and --sign-cert belong together" : NULL;
}

static bool holds(const void *work, struct text *why) {
        const struct make_job *job = work;
        const char *sentence = misuse(job);

        if (sentence)
                text_str(why, sentence);
        else if (job->machine_name && !plan_machine_named(job->machine_name))
                text_cat(why, "--machine \"", job->machine_name, "\"" PLAN_MACHINE_UNKNOWN, NULL);
        else if (!path_is_addon(span_of(job->out)))
                text_cat(why, job->out, ": this name does not end in .addon.efi, and no stub would look at it", NULL);
        return why->len == 0;
}

/* Several archives in one section: the kernel unpacks them one after the other if each begins at a multiple of four. */
static bool join_initrds(struct make_job *job, struct text *why) {
        for (size_t i = 0; i < job->initrds.n; i++) {
                struct bytes one;

                if (!bytes_read(job->initrds.v[i], FILE_IMAGE_MAX, &one, why))
                        return false;
                size_t at = (job->initrd.n + 3) & ~(size_t) 3;
                uint8_t *p = need(at + one.n);
                memset(p, 0, at);
                if (job->initrd.n > 0)
                        memcpy(p, job->initrd.p, job->initrd.n);
                if (one.n > 0)
                        memcpy(p + at, one.p, one.n);
                bytes_free(&job->initrd);
                job->initrd = (struct bytes) { p, at + one.n };
                bytes_free(&one);
        }
        return true;
}

/* `@FILE` is what the file says, as for ukify. */
static bool read_line(struct make_job *job, struct text *why) {
        const char *given = job->cmdline ? job->cmdline : "";

        if (given[0] == '@')
                return bytes_read(given + 1, FILE_TEXT_MAX, &job->line, why);
        job->line = (struct bytes) { (uint8_t *) strdup(given), strlen(given) };
        return true;
}

/* A newline is a blank to the stub, and less surprising as one. */
static struct span line_of(struct make_job *job) {
        struct bytes *b = &job->line;

        for (size_t i = 0; i < b->n; i++)
                if (b->p[i] == '\n')
                        b->p[i] = ' ';
        while (b->n > 0 && b->p[b->n - 1] == ' ')
                b->n--;
        return bytes_span(b);
}

static enum exit_code build(struct make_job *job, struct text *why) {
        struct addon_parts parts = { .machine = job->machine_name ? plan_machine_named(job->machine_name) : ARCH_NATIVE };
        struct text clause;
        char buf[512];

        if (!read_line(job, why) || !join_initrds(job, why) ||
            (job->sbat && !bytes_read(job->sbat, FILE_TEXT_MAX, &job->sbat_bytes, why)))
                return EXIT_FAILED;
        parts.cmdline = line_of(job);
        parts.uname = span_of(job->uname ? job->uname : "");
        parts.sbat = span_trim_nul(bytes_span(&job->sbat_bytes));
        parts.initrd = bytes_span(&job->initrd);
        if (!addon_build(&parts, &job->image, why))
                return EXIT_FORMAT;
        clause = TEXT_IN(buf);
        if (words_possible(parts.cmdline, &clause))
                return EXIT_OK;
        text_cat(why, "--cmdline: ", buf, "; no policy can admit it, so ukiload would always refuse the addon", NULL);
        return EXIT_REFUSED;
}

static void note_refused(void *arg, const struct word_answer *answer) {
        struct make_job *job = arg;
        char buf[1024];
        struct text t = TEXT_IN(buf);

        if (answer->admitted)
                return;
        text_cat(&t, "the installed policy would not admit it: ", answer->why, NULL);
        if (answer->rule[0])
                text_cat(&t, "; the rule that is missing: ", answer->rule, NULL);
        names_add(&job->notes, buf);
}

/* A machine without ukiload only makes addons for others. */
static void ask_policy(struct make_job *job) {
        char buf[512];
        struct text ignored = TEXT_IN(buf);
        struct host *h = &job->call.host;
        struct policy_file *own = need(sizeof(*own));

        h->no_variables = true;
        if (host_open(h, &ignored) == EXIT_OK && words_policy(h, own))
                words_judge(&own->policy, bytes_span(&job->line), note_refused, job);
        free(own);
}

static bool find_key(struct make_job *job, struct text *why) {
        if (job->not_signed)
                return true;
        if (!job->key)
                return signing_find(&job->call.host, &job->signing, why);
        signing_with(job->key, job->cert, &job->signing);
        return true;
}

static enum exit_code write_out(struct make_job *job, struct text *why) {
        struct bytes whole = { NULL, 0 };
        bool ok = find_key(job, why);

        if (ok && job->signing.tool)
                ok = signing_sign(&job->signing, bytes_span(&job->image), &whole, why);
        if (ok && !job->call.host.dry_run)
                ok = bytes_write(job->out, bytes_span(whole.p ? &whole : &job->image), why);
        bytes_free(&whole);
        return ok ? EXIT_OK : EXIT_FAILED;
}

static void say(const struct make_job *job) {
        const struct host *h = &job->call.host;

        if (h->json) {
                struct json_object *o = json_object_new_object();

                out_add_span(o, "file", span_of(job->out));
                out_add_bool(o, "written", !h->dry_run);
                out_add_bool(o, "signed", job->signing.tool != NULL);
                json_object_object_add(o, "notes", out_list(&job->notes));
                out_json(o);
                return;
        }
        if (h->quiet)
                return;
        out_say("%s: %s, %s%s", job->out, h->dry_run ? "would be written" : "written",
                job->signing.tool ? "signed with " : "not signed", job->signing.from);
        for (size_t i = 0; i < job->notes.n; i++)
                out_say("note: %s", job->notes.v[i]);
}

static enum exit_code run(void *work, struct text *why) {
        struct make_job *job = work;
        enum exit_code code = build(job, why);

        if (code == EXIT_OK) {
                ask_policy(job);
                code = write_out(job, why);
        }
        if (code == EXIT_OK)
                say(job);
        return code;
}

static void finish(void *work) {
        struct make_job *job = work;

        bytes_free(&job->line);
        bytes_free(&job->sbat_bytes);
        bytes_free(&job->initrd);
        signing_free(&job->signing);
        names_free(&job->notes);
        bytes_free(&job->image);
}

static const struct option_row options[] = {
        OPTION(TEXT, struct make_job, cmdline, "cmdline", "TEXT", "the kernel parameters; @FILE: what it says"),
        OPTION(TEXT, struct make_job, uname, "uname", "VERSION", "only for UKIs whose .uname is exactly this"),
        OPTION(LIST, struct make_job, initrds, "initrd", "FILE", "an initrd to add (needs @allow-sections .initrd); may repeat"),
        OPTION(TEXT, struct make_job, sbat, "sbat", "FILE", "another .sbat than the default (component uki-addon, generation 1)"),
        OPTION(TEXT, struct make_job, machine_name, "machine", ARCH_NAMES, "default: what ukictl was built for"),
        OPTION(TEXT, struct make_job, key, "sign-key", "FILE", "sign it with this key (default: the one that install takes)"),
        OPTION(TEXT, struct make_job, cert, "sign-cert", "FILE", "and this certificate of it"),
        OPTION(FLAG, struct make_job, not_signed, "unsigned", NULL, "leave it unsigned, though this machine has a key"),
        OPTION_LETTER('o', TEXT, struct make_job, out, "output", "FILE",
                      "its name must end in .addon.efi, or no stub looks at it"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb addon_verb_make = {
        .name = "addon make",
        .usage = "[OPTION]... -o NAME.addon.efi",
        .about = "Writes an addon, signed if there is a key.",
        .end = "Refuses words that no policy can admit, and says which of them the installed policy would\n"
               "not admit.\n"
               "Exit codes: 0 written, 1 failure, 2 usage, 5 it would be no addon, 7 ukiload would refuse its words.",
        .options = options,
        .miscounted = GIVE,
        .size = sizeof(struct make_job),
        .holds = holds,
        .run = run,
        .finish = finish,
};
