/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl confirm: this boot is good. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/nvram.h"
#include "host/outcome.h"
#include "host/run.h"
#include "verb/verb.h"

/* Only a reload has an id; another start through ukiload leaves no record that stays. */
static enum exit_code record(const struct host *h, const struct outcome *o, bool *ret_recorded, struct text *why) {
        char id[64], buf[LAST_MAX];
        struct text t = TEXT_IN(id), last = TEXT_IN(buf);

        *ret_recorded = outcome_field(o, "id", &t) && strcmp(id, o->id) == 0 &&
                        (o->last == OUTCOME_STARTED || o->last == OUTCOME_CONFIRMED);
        if (!*ret_recorded || h->dry_run)
                return EXIT_OK;
        last_format(span_of(id), "confirmed", (struct span) { NULL, 0 }, &last);
        return nvram_set(h, "UkiloadLast", GUID_UKILOAD, NVRAM_NV_BS_RT, text_span(&last), why);
}

static const char *find_bless(void) {
        static const char *const places[] = { "/usr/lib/systemd/systemd-bless-boot", "/lib/systemd/systemd-bless-boot" };

        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
                if (access(places[i], X_OK) == 0)
                        return places[i];
        return NULL;
}

static bool counted(const struct host *h) {
        char buf[64];
        struct text ignored = TEXT_IN(buf);
        struct nvram_var v;

        if (nvram_get(h, "LoaderBootCountPath", GUID_LOADER, &v, &ignored) != EFIVAR_READ)
                return false;
        bytes_free(&v.data);
        return true;
}

/* systemd knows how the counter leaves the name. *ret_blessed: it did. */
static enum exit_code bless(const struct host *h, bool *ret_blessed, struct text *why) {
        const char *program = find_bless();

        *ret_blessed = false;
        if (!counted(h) || h->alien || h->dry_run || !program)
                return EXIT_OK;
        *ret_blessed = run_program((const char *const[]) { program, "good", NULL }, NULL) == 0;
        if (*ret_blessed)
                return EXIT_OK;
        text_str(why, "systemd-bless-boot good failed, see above: the image's boot counter still runs");
        return EXIT_FAILED;
}

static void say(const struct host *h, const struct outcome *o, bool recorded, bool blessed) {
        char id[64];
        struct text t = TEXT_IN(id);

        (void) outcome_field(o, "id", &t);
        if (h->json) {
                struct json_object *j = json_object_new_object();

                out_add_bool(j, "confirmed", true);
                out_add_bool(j, "recorded", recorded && !h->dry_run);
                out_add_bool(j, "blessed", blessed);
                out_add_span(j, "id", text_span(&t));
                out_json(j);
        } else if (!h->quiet) {
                out_say("%s%s%s%s",
                        recorded ? "this reload is good: " : "this boot through ukiload is good; no request was armed for it",
                        recorded ? id : "", h->dry_run ? " (nothing was written)" : "",
                        blessed ? "; its boot counter is off" : "");
        }
}

struct confirm_job {
        struct call call;
        struct outcome outcome;
};

static enum exit_code run(void *work, struct text *why) {
        struct confirm_job *job = work;
        const struct host *h = &job->call.host;
        bool recorded = false, blessed = false;
        enum exit_code code = outcome_read(h, &job->outcome, why);

        if (code == EXIT_OK)
                code = outcome_check(&job->outcome, why);
        if (code == EXIT_OK)
                code = record(h, &job->outcome, &recorded, why);
        if (code == EXIT_OK)
                code = bless(h, &blessed, why);
        if (code == EXIT_OK)
                say(h, &job->outcome, recorded, blessed);
        return code;
}

static void finish(void *work) {
        outcome_free(&((struct confirm_job *) work)->outcome);
}

static const struct option_row options[] = { OPTIONS_HOST, OPTIONS_END };

const struct verb verb_confirm = {
        .name = "confirm",
        .summary = "record that this reload is good",
        .usage = "[OPTION]...",
        .about = "Records that the reload which runs now is good, and has systemd bless an image\n"
                 "whose boots are counted. Believes ukiload's word only if /proc/cmdline agrees.",
        .end = "Exit codes: 0 confirmed, 3 this boot did not come through ukiload,\n"
               "7 /proc/cmdline lacks words that ukiload admitted, 1 failure, 2 usage,\n"
               "4 not root, 8 no firmware, 9 NVRAM.",
        .options = options,
        .miscounted = "confirm takes no argument",
        .writes = true,
        .needs = NEEDS_HOST,
        .size = sizeof(struct confirm_job),
        .run = run,
        .finish = finish,
};
