/* SPDX-License-Identifier: BSD-2-Clause */
/* Which verdict each addon would get now. */
#include <stdlib.h>
#include <string.h>

#include "judge/places.h"
#include "judge/survey.h"

static void take_verdict(struct placed *p, const char *uki, const struct plan_job *job, const struct plan_addon *a) {
        struct text why = TEXT_IN(p->why), name = TEXT_IN(p->uki);
        const char *clause;

        text_str(&name, uki);
        p->verdict = plan_addon_told(a, job->plan.result == PLAN_START, &clause);
        text_str(&why, clause);
}

static bool is(const struct placed *p, bool on_xbootldr, const char *path) {
        return p->place < PLACE_VENDOR && p->on_xbootldr == on_xbootldr && span_eq_nocase(span_of(p->path), span_of(path));
}

/* Of all that stand where this image looks; what is for every image keeps the verdict of the first of them. */
static void take_standing(struct places *all, const struct surveyed *uki, const struct plan_job *job) {
        for (size_t i = 0; i < job->n_found; i++)
                for (size_t k = 0; k < all->n; k++)
                        if (is(&all->v[k], uki->on_xbootldr, job->found[i].path) && !all->v[k].verdict)
                                take_verdict(&all->v[k], uki->path, job, &job->found[i]);
}

/* As a request that names it would have it. */
static void judge_picked(const struct host *h, struct placed *p, const struct surveyed *uki) {
        struct next_boot *job = survey_job(h);
        char buf[1024];
        struct text why = TEXT_IN(buf);

        job->plan->addons[job->plan->n_addons++] = p->place >= PLACE_VENDOR ? p->file : p->name;
        enum exit_code code = survey_judge(job, uki, NULL, &why);
        for (size_t i = 0; i < job->plan->n_found; i++)
                if (job->plan->found[i].origin == PLAN_PICKED)
                        take_verdict(p, uki->path, job->plan, &job->plan->found[i]);
        if (!p->verdict && code != EXIT_OK) {
                struct text reason = TEXT_IN(p->why);

                /* It was not come to, for no request can name it. */
                text_str(&reason, buf);
                p->verdict = p->place == PLACE_ONCE ? plan_verdict_name(PLAN_REFUSED) : NULL;
        }
        next_boot_free(job);
}

void places_judge(const struct host *h, struct places *places) {
        struct survey survey;
        const struct surveyed *first[2] = { NULL, NULL };
        char buf[1024];

        survey_read(h, &survey);
        for (size_t i = 0; i < survey.n; i++) {
                const struct surveyed *uki = &survey.v[i];
                struct next_boot *job = survey_job(h);
                struct text why = TEXT_IN(buf);

                if (survey_judge(job, uki, NULL, &why) == EXIT_OK && !first[uki->on_xbootldr])
                        first[uki->on_xbootldr] = uki;
                take_standing(places, uki, job->plan);
                next_boot_free(job);
        }
        for (size_t i = 0; i < places->n; i++) {
                struct placed *p = &places->v[i];
                const struct surveyed *uki = p->place >= PLACE_VENDOR && !first[0] ? first[1] : first[p->on_xbootldr];

                if ((p->place == PLACE_ONCE || p->place >= PLACE_VENDOR) && uki)
                        judge_picked(h, p, uki);
        }
        survey_free(&survey);
}
