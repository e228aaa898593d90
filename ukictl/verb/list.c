/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl list: every image and addon that ukiload could use, with the verdict that it would get. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/pool.h"
#include "judge/survey.h"
#include "verb/standing_print.h"
#include "verb/verb.h"

struct listing {
        struct call call;
        struct standing standing;
        struct survey survey;
        struct json_object *ukis, *addons; /* with --json */
        bool has_default;                  /* one of them starts, or the last that is tried does not */
        const struct surveyed *first[2];   /* that starts, on the ESP and on XBOOTLDR */
};

static void show_addon(const struct listing *l, const struct plan_addon *a, bool starts, struct json_object *list) {
        char buf[PLAN_PATH_MAX + PLAN_WHY_MAX + 64];
        struct text t = TEXT_IN(buf);
        const char *why, *verdict = plan_addon_told(a, starts, &why);

        if (l->call.host.json) {
                struct json_object *o = json_object_new_object();

                out_add_span(o, "path", span_of(a->path));
                out_add(o, "verdict", verdict);
                if (why[0])
                        out_add_span(o, "reason", span_of(why));
                if (a->verdict == PLAN_ADMITTED)
                        out_add_span(o, "words", a->addon.cmdline);
                json_object_array_add(list, o);
                return;
        }
        text_cat(&t, a->path, ": ", verdict, NULL);
        if (why[0])
                text_cat(&t, ": ", why, NULL);
        else if (a->addon.cmdline.n > 0) {
                text_str(&t, " ");
                text_quoted(&t, a->addon.cmdline);
        }
        out_say("    %s", buf);
}

static void show_uki(struct listing *l, const struct surveyed *uki) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        struct next_boot *job = survey_job(&l->call.host);
        enum exit_code code = survey_judge(job, uki, NULL, &why);
        bool is_tried = uki - l->survey.v < CANDIDATES_MAX;
        bool is_default = code == EXIT_OK && is_tried && !l->has_default;
        bool is_end = is_tried && !l->has_default && job->is_last;
        struct json_object *addons = json_object_new_array();

        l->has_default = l->has_default || is_default || is_end;
        if (code == EXIT_OK && !l->first[uki->on_xbootldr])
                l->first[uki->on_xbootldr] = uki;
        if (!l->call.host.json)
                out_say("%s %s%s: %s%s", is_default ? "*" : " ", uki->path, uki->on_xbootldr ? " (XBOOTLDR)" : "",
                        code == EXIT_OK ? "starts" : "refused: ", code == EXIT_OK ? "" : buf);
        if (is_end && !l->call.host.json)
                out_say("    and ukiload tries no other: without a request nothing starts");
        for (size_t i = 0; i < job->plan->n_found; i++)
                show_addon(l, &job->plan->found[i], job->plan->plan.result == PLAN_START, addons);
        if (l->call.host.json) {
                struct json_object *o = json_object_new_object();

                out_add_span(o, "image", span_of(uki->path));
                out_add_bool(o, "xbootldr", uki->on_xbootldr);
                out_add_bool(o, "default", is_default);
                out_add(o, "verdict", code == EXIT_OK ? "starts" : "refused");
                if (code != EXIT_OK)
                        out_add_span(o, "reason", span_of(buf));
                json_object_object_add(o, "addons", addons);
                json_object_array_add(l->ukis, o);
        } else
                json_object_put(addons);
        next_boot_free(job);
}

/* As a request for the first image of the volume that starts would have it. */
static void judge_picked(struct listing *l, const struct pool_addon *a, const struct surveyed *uki, struct text *why) {
        struct next_boot *job = survey_job(&l->call.host);

        job->plan->addons[job->plan->n_addons++] = a->name;
        (void) survey_judge(job, uki, NULL, why);
        next_boot_free(job);
}

static void show_picked(struct listing *l, const struct pool_addon *a, const struct surveyed *uki) {
        char buf[1024];
        struct text why = TEXT_IN(buf);

        if (!a->usable)
                text_str(&why, a->why);
        else if (!uki)
                text_str(&why, "no UKI of this volume starts that it could be loaded with");
        else
                judge_picked(l, a, uki, &why);
        struct span words = a->usable ? a->addon.cmdline : (struct span) { NULL, 0 };
        if (l->call.host.json) {
                struct json_object *o = json_object_new_object();

                out_add(o, "name", a->name);
                out_add_span(o, "words", words);
                out_add(o, "verdict", why.len == 0 ? "admitted" : "refused");
                if (why.len > 0)
                        out_add(o, "reason", buf);
                json_object_array_add(l->addons, o);
        } else if (why.len == 0)
                out_say("  --addon %s: admitted \"%.*s\"", a->name, (int) words.n, (const char *) words.p);
        else
                out_say("  --addon %s: refused: %s", a->name, buf);
}

static void show_pool(struct listing *l, const char *volume, bool on_xbootldr) {
        struct pool pool;

        if (!volume)
                return;
        pool_read(volume, NULL, &pool);
        if (pool.n > 0 && !l->call.host.json) {
                puts("");
                out_say("for one boot, from " DIR_POOL "%s:", on_xbootldr ? " (XBOOTLDR)" : "");
        }
        for (size_t i = 0; i < pool.n; i++)
                show_picked(l, &pool.v[i], l->first[on_xbootldr]);
        pool_free(&pool);
}

/* As ukiload says it on the screen and in UkiloadStatus. */
static void show_passed_over(struct listing *l) {
        for (size_t i = 0; i < l->survey.passed_over.n && !l->call.host.json; i++)
                out_say("- %s", l->survey.passed_over.v[i]);
}

static enum exit_code run(void *work, struct text *why) {
        struct listing *l = work;

        (void) why;
        standing_read(&l->call.host, &l->standing);
        survey_read(&l->call.host, &l->survey);
        l->ukis = json_object_new_array();
        l->addons = json_object_new_array();
        if (!l->call.host.json) {
                standing_say(&l->standing);
                puts("");
        }
        for (size_t i = 0; i < l->survey.n; i++)
                show_uki(l, &l->survey.v[i]);
        if (l->survey.n == 0 && !l->call.host.json)
                puts("no UKI (a file *.efi with .linux) in EFI/Linux of the ESP or XBOOTLDR");
        show_passed_over(l);
        show_pool(l, l->call.host.esp, false);
        show_pool(l, l->call.host.xbootldr, true);
        if (l->call.host.json) {
                struct json_object *o = json_object_new_object();

                json_object_object_add(o, "ukiload", standing_json(&l->standing));
                json_object_object_add(o, "images", l->ukis);
                json_object_object_add(o, "skipped", out_list(&l->survey.passed_over));
                json_object_object_add(o, "addons", l->addons);
                out_json(o);
        } else {
                json_object_put(l->ukis);
                json_object_put(l->addons);
        }
        survey_free(&l->survey);
        standing_free(&l->standing);
        return EXIT_OK;
}

static const struct option_row options[] = { OPTION_ALL_ESPS(DO_IT_ON_EACH), OPTIONS_HOST, OPTIONS_END };

const struct verb verb_list = {
        .name = "list",
        .summary = "UKIs and addons, each with its verdict",
        .usage = "[OPTION]...",
        .about = "Prints what is installed and who vouches for it, then the UKIs on ESP and\n"
                 "XBOOTLDR in the order in which ukiload tries them when nothing is requested, the\n"
                 "addons that apply to each, and those that a request can name, each with the\n"
                 "verdict that it would get now.",
        .end = "Exit codes: 0, 1 failure, 2 usage, 4 only root can see it, 8 no firmware or ESP.",
        .options = options,
        .miscounted = "list takes no argument",
        .needs = NEEDS_ESP,
        .files_alone = true,
        .size = sizeof(struct listing),
        .run = run,
};
