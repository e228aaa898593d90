/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl verify: what firmware and shim will say to a file, one line a check. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/root.h"
#include "judge/checks.h"
#include "judge/named.h"
#include "verb/verb.h"

static const char *state_name(enum check_state state) {
        switch (state) {
        case CHECK_OK: return "ok";
        case CHECK_NOTE: return "note";
        case CHECK_SKIPPED: return "skipped";
        case CHECK_FAILED: break;
        }
        return "FAILED";
}

static const char *summary(const struct verdict *v) {
        bool skipped = false;

        for (size_t i = 0; i < v->n; i++)
                skipped = skipped || v->checks[i].state == CHECK_SKIPPED;
        return verdict_code(v) != EXIT_OK ? "refused"
               : skipped                  ? "nothing speaks against it, but not all could be checked"
                                          : "good";
}

static void print_text(const struct verdict *v) {
        out_say("%s: %s", v->path, summary(v));
        for (size_t i = 0; i < v->n; i++)
                out_say("  %-8s %-10s %s", state_name(v->checks[i].state), v->checks[i].name, v->checks[i].text);
}

static struct json_object *to_json(const struct verdict *v) {
        struct json_object *o = json_object_new_object(), *list = json_object_new_array();

        out_add_span(o, "file", span_of(v->path));
        out_add(o, "verdict", verdict_code(v) == EXIT_OK ? "good" : "refused");
        for (size_t i = 0; i < v->n; i++) {
                struct json_object *c = json_object_new_object();

                out_add(c, "check", v->checks[i].name);
                out_add(c, "state", v->checks[i].state == CHECK_FAILED ? "failed" : state_name(v->checks[i].state));
                out_add_span(c, "text", span_of(v->checks[i].text));
                json_object_array_add(list, c);
        }
        json_object_object_add(o, "checks", list);
        return o;
}

static enum exit_code verify_file(const char *path, const struct believed *believed, bool json, struct json_object *list,
                                  struct text *why) {
        struct bytes file;

        if (!bytes_read(path, FILE_IMAGE_MAX, &file, why))
                return EXIT_FAILED;
        struct verdict *v = need(sizeof(*v));
        struct pe *pe = need(sizeof(*pe));
        memset(v, 0, sizeof(*v));
        v->path = path;
        if (check_format(v, bytes_span(&file), pe)) {
                check_shim(v, pe, believed);
                check_signed(v, pe, NULL, believed);
                check_sbat(v, pe, believed);
        }
        enum exit_code code = verdict_code(v);
        if (json)
                json_object_array_add(list, to_json(v));
        else
                print_text(v);
        free(pe);
        free(v);
        bytes_free(&file);
        return code;
}

/* A file as it is named, whatever lies in EFI/Linux; only what is none is a name there. */
static enum exit_code verify_named(const struct call *call, const char *asked, const struct believed *believed,
                                   struct json_object *list, struct text *why) {
        struct named named = { NULL, NULL };
        struct stat st;

        if (root_stat(asked, &st) && !S_ISDIR(st.st_mode))
                return verify_file(asked, believed, call->host.json, list, why);
        enum exit_code code = named_find(&call->host, asked, &named, why);
        if (code == EXIT_OK)
                code = verify_file(named.file, believed, call->host.json, list, why);
        named_free(&named);
        return code;
}

static enum exit_code verify_files(const struct call *call, const struct believed *believed) {
        struct json_object *list = json_object_new_array();
        struct names unread = { NULL, 0 };
        bool json = call->host.json;
        enum exit_code first = EXIT_OK;

        for (size_t i = 0; i < call->n_args; i++) {
                char buf[VERB_WHY_MAX];
                struct text why = TEXT_IN(buf);
                enum exit_code code = verify_named(call, call->args[i], believed, list, &why);

                (void) verb_fail(false, code, &why);
                if (why.len > 0)
                        names_add(&unread, buf);
                first = first == EXIT_OK ? code : first;
        }
        if (json) {
                struct json_object *o = json_object_new_object();

                json_object_object_add(o, "files", list);
                json_object_object_add(o, "notes", out_list(&unread));
                out_json(o);
        } else
                json_object_put(list);
        names_free(&unread);
        return first;
}

struct verify_job {
        struct call call;
        struct option_list certs, dbs, dbxs;
        const char *sbat_level;
        struct believed believed;
};

static bool read_lists(struct believed *believed, const struct option_list *paths, bool bad, struct text *why) {
        for (size_t i = 0; i < paths->n; i++)
                if (!believed_add_lists(believed, paths->v[i], bad, why))
                        return false;
        return true;
}

static bool read_trust(struct verify_job *job, struct text *why) {
        struct believed *believed = &job->believed;

        for (size_t i = 0; i < job->certs.n; i++)
                if (!believed_add_cert(believed, job->certs.v[i], why))
                        return false;
        if (!read_lists(believed, &job->dbs, false, why) || !read_lists(believed, &job->dbxs, true, why))
                return false;
        believed->has_sbat_level = job->sbat_level && bytes_read(job->sbat_level, FILE_TEXT_MAX, &believed->sbat_level, why);
        if (job->sbat_level && !believed->has_sbat_level)
                return false;
        return believed_add_variables(believed, job->call.host.efivars, why);
}

static enum exit_code run(void *work, struct text *why) {
        struct verify_job *job = work;

        job->believed.secure_boot = -1;
        job->call.host.no_variables = true; /* none is no failure here */
        enum exit_code code = host_open(&job->call.host, why);
        if (code != EXIT_OK)
                return code;
        if (!read_trust(job, why))
                return EXIT_FAILED;
        return verify_files(&job->call, &job->believed);
}

static void finish(void *work) {
        believed_free(&((struct verify_job *) work)->believed);
}

static const struct option_row options[] = {
        OPTION(LIST, struct verify_job, certs, "cert", "FILE", "a certificate (PEM or DER) to believe instead; may repeat"),
        OPTION(LIST, struct verify_job, dbs, "db", "FILE", "EFI signature lists to believe instead"),
        OPTION(LIST, struct verify_job, dbxs, "dbx", "FILE", "EFI signature lists of what is revoked, instead"),
        OPTION(TEXT, struct verify_job, sbat_level, "sbat-level", "FILE", "SBAT revocations to compare with, instead"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb verb_verify = {
        .name = "verify",
        .summary = "check images and addons as firmware will: format, signature, SBAT",
        .usage = "FILE|UKI... [OPTION]...",
        .about = "Checks images and addons as firmware will: format, machine, sections, signatures, revocation,\n"
                 "SBAT level. Believes this machine's db, MokListRT, dbx, MokListXRT and SbatLevelRT, or what\n"
                 "these name; --efivars: of another machine (files Name-guid).",
        .end = "Exit codes: 0 nothing speaks against it (what was skipped is said), 5 format, 6 signature,\n"
               "revoked or SBAT, 1 a file cannot be read, 2 usage, 4 not root.\n"
               "Firmware does not look at expiry dates.",
        .options = options,
        .arguments = "UKI",
        .least = 1,
        .most = SIZE_MAX,
        .miscounted = "name a file",
        .size = sizeof(struct verify_job),
        .run = run,
        .finish = finish,
};
