/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl list: every image and addon that ukiload could use, with the verdict that it would get. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/pool.h"
#include "judge/survey.h"

static void help(void) {
        puts("usage: ukictl list [OPTION]...\n\n"
             "Prints the UKIs on ESP and XBOOTLDR in the order in which ukiload tries them\n"
             "when nothing is requested, the addons that apply to each, and those that a\n"
             "request can name, each with the verdict that it would get now.\n\n" HOST_HELP "\n\n"
             "Exit codes: 0, 1 failure, 2 usage, 8 no firmware or ESP.");
}

struct listing {
        struct host host;
        struct survey survey;
        struct json_object *ukis, *addons; /* with --json */
        bool has_default;                  /* one of them starts */
        const struct surveyed *first[2];   /* that starts, on the ESP and on XBOOTLDR */
        bool help;
};

static int parse_options(struct listing *l, int argc, char **argv) {
        static const struct option options[] = { HOST_OPTIONS, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
        for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;)
                if (c == 'h')
                        l->help = true;
                else if (c == '?')
                        return out_usage("ukictl list");
                else
                        (void) host_option(&l->host, c, optarg);
        if (optind != argc)
                return out_fail(l->host.json, EXIT_USAGE, "list takes no argument; see ukictl list --help");
        return EXIT_OK;
}

static struct next_boot *new_job(const struct listing *l) {
        struct next_boot *job = next_boot_new();
        char buf[512];
        struct text ignored = TEXT_IN(buf);
        job->host = l->host;
        (void) arming_read(&job->host, &job->arming, &ignored);
        if (!job->host.alien)
                gather_machine(job->plan);
        return job;
}

static void show_addon(const struct listing *l, const struct plan_addon *a, struct json_object *list) {
        char buf[PLAN_PATH_MAX + PLAN_WHY_MAX + 64];
        struct text t = TEXT_IN(buf);
        if (l->host.json) {
                struct json_object *o = json_object_new_object();
                out_add_span(o, "path", span_of(a->path));
                out_add(o, "verdict", plan_verdict_name(a->verdict));
                if (a->verdict != PLAN_ADMITTED)
                        out_add_span(o, "reason", span_of(a->why));
                else
                        out_add_span(o, "words", a->addon.cmdline);
                json_object_array_add(list, o);
                return;
        }
        text_cat(&t, a->path, ": ", plan_verdict_name(a->verdict), NULL);
        if (a->verdict != PLAN_ADMITTED)
                text_cat(&t, ": ", a->why, NULL);
        else if (a->addon.cmdline.n > 0) {
                text_str(&t, " ");
                text_quoted(&t, a->addon.cmdline);
        }
        out_say("    %s", buf);
}

static void show_uki(struct listing *l, const struct surveyed *uki) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        struct next_boot *job = new_job(l);
        enum exit_code code = survey_judge(job, uki, NULL, &why);
        bool is_tried = uki - l->survey.v < BLS_BEST_MAX;
        bool is_default = code == EXIT_OK && is_tried && !l->has_default;
        struct json_object *addons = json_object_new_array();

        l->has_default = l->has_default || is_default;
        if (code == EXIT_OK && !l->first[uki->on_xbootldr])
                l->first[uki->on_xbootldr] = uki;
        if (!l->host.json)
                out_say("%s %s%s: %s%s", is_default ? "*" : " ", uki->path, uki->on_xbootldr ? " (XBOOTLDR)" : "",
                        code == EXIT_OK ? "starts" : "refused: ", code == EXIT_OK ? "" : buf);
        for (size_t i = 0; i < job->plan->n_found; i++)
                show_addon(l, &job->plan->found[i], addons);
        if (l->host.json) {
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
        struct next_boot *job = new_job(l);
        job->plan->addons[job->plan->n_addons++] = a->name;
        (void) survey_judge(job, uki, NULL, why);
        next_boot_free(job);
}

static void show_picked(struct listing *l, const struct pool_addon *a, const struct surveyed *uki) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        text_str(&why, a->usable ? "" : a->why);
        if (a->usable && uki)
                judge_picked(l, a, uki, &why);
        struct span words = a->usable ? a->addon.cmdline : (struct span) { NULL, 0 };
        if (l->host.json) {
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
        if (pool.n > 0 && !l->host.json) {
                puts("");
                out_say("for one boot, from " POOL_DIR "%s:", on_xbootldr ? " (XBOOTLDR)" : "");
        }
        for (size_t i = 0; i < pool.n; i++)
                show_picked(l, &pool.v[i], l->first[on_xbootldr]);
        pool_free(&pool);
}

static int list(struct listing *l) {
        survey_read(&l->host, &l->survey);
        l->ukis = json_object_new_array();
        l->addons = json_object_new_array();
        for (size_t i = 0; i < l->survey.n; i++)
                show_uki(l, &l->survey.v[i]);
        if (l->survey.n == 0 && !l->host.json)
                puts("no UKI (a file *.efi with .linux) in EFI/Linux of the ESP or XBOOTLDR");
        show_pool(l, l->host.esp, false);
        show_pool(l, l->host.xbootldr, true);
        if (l->host.json) {
                struct json_object *o = json_object_new_object();
                json_object_object_add(o, "images", l->ukis);
                json_object_object_add(o, "addons", l->addons);
                out_json(o);
        } else {
                json_object_put(l->ukis);
                json_object_put(l->addons);
        }
        survey_free(&l->survey);
        return EXIT_OK;
}

int verb_list(int argc, char **argv) {
        struct listing *l = need(sizeof(*l));
        char buf[1024];
        struct text why = TEXT_IN(buf);
        memset(l, 0, sizeof(*l));
        l->host = host_begin();
        int r = parse_options(l, argc, argv);
        if (l->help)
                help();
        else if (r == EXIT_OK) {
                enum exit_code code = host_open(&l->host, &why);
                if (code == EXIT_OK)
                        code = host_need_esp(&l->host, &why);
                r = code == EXIT_OK ? list(l) : out_fail(l->host.json, code, "%s", buf);
        }
        host_free(&l->host);
        free(l);
        return r;
}
