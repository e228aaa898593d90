/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl addon promote: what a confirmed reload has used stays. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/once.h"
#include "host/outcome.h"
#include "host/root.h"
#include "judge/survey.h"
#include "path.h"
#include "verb/addon_inside.h"

struct promote_job {
        struct call call;
        struct place_asked asked;
        bool force;
        struct outcome outcome;
        char uki[PLAN_PATH_MAX]; /* that this boot has started */
        const char *volume;      /* its folder */
        struct names picked;     /* firmware's paths of the addons that its request named */
        struct json_object *list;
};

static enum exit_code check(const struct outcome *o, struct text *why) {
        enum exit_code code = outcome_check(o, why);
        char buf[64];
        struct text id = TEXT_IN(buf);

        if (code != EXIT_OK)
                return code;
        if (outcome_field(o, "id", &id) && o->last == OUTCOME_CONFIRMED && strcmp(buf, o->id) == 0)
                return EXIT_OK;
        text_str(why, "this boot is not confirmed, and only what has proved itself is kept: run ukictl confirm first");
        return EXIT_NOT_ARMED;
}

static bool is_asked(const struct promote_job *job, const char *path) {
        struct span name = path_base(span_of(path));

        name.n -= path_is_addon(name) ? strlen(ADDON_TAIL) : 0;
        return job->call.n_args == 0 || span_eq_nocase(name, span_of(job->call.args[0]));
}

static enum exit_code find_picked(struct promote_job *job, struct text *why) {
        char buf[64];
        struct text uki = TEXT_IN(job->uki), volume = TEXT_IN(buf);
        struct names all = { NULL, 0 };

        outcome_picked(&job->outcome, &all);
        for (size_t i = 0; i < all.n; i++)
                if (is_asked(job, all.v[i]))
                        names_add(&job->picked, all.v[i]);
        names_free(&all);
        if (job->picked.n == 0 && job->call.n_args > 0)
                text_cat(why, job->call.args[0], ": this boot has used no such addon for once, so there is nothing to keep",
                         NULL);
        else if (job->picked.n == 0)
                text_str(why, "this boot has used no addon for once, so there is nothing to keep");
        else if (outcome_field(&job->outcome, "volume", &volume))
                text_cat(why, "the image of this boot lies on ", buf,
                         ", and ukictl keeps addons on the ESP and XBOOTLDR only: move its addon yourself", NULL);
        else if (!outcome_field(&job->outcome, "uki", &uki))
                text_str(why, "UkiloadStatus does not name the image of this boot");
        else
                return EXIT_OK;
        return EXIT_NOT_ARMED;
}

/* The file may be another than the one that was used: its words must be there. */
static enum exit_code same_words(const struct host *h, const char *file, struct text *why) {
        char buf[8192];
        char unused[256];
        struct text line = TEXT_IN(buf), missing = TEXT_IN(unused);
        struct placed p;
        enum exit_code code = EXIT_OK;

        placed_read(file, &p);
        (void) host_read(h, "/proc/cmdline", &line);
        if (!p.well_formed) {
                text_cat(why, file, ": ", p.bad, NULL);
                code = EXIT_FORMAT;
        } else if (!outcome_has_words(text_span(&line), p.addon.cmdline, &missing)) {
                text_cat(why, file, ": this boot does not have its words, so it was changed since: load it once more", NULL);
                code = EXIT_REFUSED;
        }
        placed_free(&p);
        return code;
}

static enum exit_code forget_once(const struct host *h, const char *file, const struct place_target *t, struct text *why) {
        if (h->dry_run)
                return EXIT_OK;
        if (!root_unlink(file)) {
                text_cat(why, file, ": is copied to its new place, and cannot be taken out of this one: ", strerror(errno),
                         file_advice(errno), NULL);
                return EXIT_FAILED;
        }
        return volume_flush(t->root, why) ? EXIT_OK : EXIT_FAILED;
}

static enum exit_code promote(struct promote_job *job, const char *path, struct text *why) {
        const struct host *h = &job->call.host;
        struct place_target t = { .place = place_asked_for(&job->asked, PLACE_ALWAYS),
                                  .uki = job->asked.uki,
                                  .force = job->force };
        char *file = volume_find(job->volume, path);
        enum exit_code code = EXIT_FAILED;

        t.file = file;
        t.volume = job->volume;
        if (!file)
                text_cat(why, path, ": the addon that this boot has used is not there any more", NULL);
        else
                code = same_words(h, file, why);
        if (code == EXIT_OK)
                code = place_judge(h, &t, why);
        if (code == EXIT_OK)
                code = place_write(h, &t, why);
        if (code == EXIT_OK)
                code = forget_once(h, file, &t, why);
        if (code == EXIT_OK && h->json)
                json_object_array_add(job->list, addon_placed_json(h, &t));
        else if (code == EXIT_OK)
                addon_say_placed(h, &t);
        place_free(&t);
        free(file);
        return code;
}

static bool lies_on(const char *volume, const char *path) {
        char *file = volume ? volume_find(volume, path) : NULL;

        free(file);
        return file != NULL;
}

/* The status has the name by which the image was started. What blesses a boot takes the counter off. */
static void blessed_name(const char *path, struct text *ret) {
        const struct span all = span_of(path), base = path_base(all);
        const struct path_counter c = path_counter(base);
        const size_t at = all.n - base.n + (c.counted ? c.at : base.n);

        text_bytes(ret, span_between(all, 0, at));
        text_bytes(ret, span_from(all, at + c.len));
}

/* As ukiload looks for a file: on the ESP first. */
static enum exit_code find_volume(struct promote_job *job, struct text *why) {
        const struct host *h = &job->call.host;
        char buf[PLAN_PATH_MAX];
        struct text blessed = TEXT_IN(buf);

        blessed_name(job->uki, &blessed);
        const char *const names[] = { job->uki, buf };
        for (size_t i = 0; i < 2 && !job->volume; i++)
                job->volume = lies_on(h->esp, names[i]) ? h->esp : lies_on(h->xbootldr, names[i]) ? h->xbootldr : NULL;
        if (job->volume)
                return EXIT_OK;
        text_cat(
                why, job->uki,
                ": the image of this boot is not there any more, and on its volume alone its addons count: move its addon yourself",
                NULL);
        return EXIT_FAILED;
}

static enum exit_code run(void *work, struct text *why) {
        struct promote_job *job = work;
        const struct host *h = &job->call.host;
        enum exit_code code = outcome_read(h, &job->outcome, why);

        if (code == EXIT_OK)
                code = check(&job->outcome, why);
        if (code == EXIT_OK)
                code = find_picked(job, why);
        if (code == EXIT_OK)
                code = find_volume(job, why);
        job->list = json_object_new_array();
        for (size_t i = 0; code == EXIT_OK && i < job->picked.n; i++)
                code = promote(job, job->picked.v[i], why);
        if (code != EXIT_OK || !h->json)
                return code;
        struct json_object *o = json_object_new_object();
        json_object_object_add(o, "promoted", job->list);
        job->list = NULL;
        out_json(o);
        return EXIT_OK;
}

static bool holds(const void *work, struct text *why) {
        return place_asked_holds(&((const struct promote_job *) work)->asked, why);
}

static void finish(void *work) {
        struct promote_job *job = work;

        outcome_free(&job->outcome);
        names_free(&job->picked);
        if (job->list)
                json_object_put(job->list);
}

static const struct option_row options[] = {
        OPTIONS_PLACE(struct promote_job, asked),
        OPTION(FLAG, struct promote_job, force, "force", NULL, "also one that would be refused there"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb addon_verb_promote = {
        .name = "addon promote",
        .usage = "[NAME] [--always|--for UKI]",
        .about = "Moves what a confirmed reload has used to where it stays.",
        .end = "NAME: only this one of its addons. Without a place: --always.\n"
               "Exit codes: 0 moved, 1 failure, 2 usage, 3 this boot is no confirmed reload with such an addon,\n"
               "4 not root, 5 format, 6 signature, 7 policy, or its words are not in force, 8 no firmware or ESP.",
        .options = options,
        .arguments = "NAME",
        .most = 1,
        .miscounted = "name one addon, or none",
        .writes = true,
        .needs = NEEDS_ESP,
        .size = sizeof(struct promote_job),
        .holds = holds,
        .run = run,
        .finish = finish,
};
