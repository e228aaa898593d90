/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl addon show: one addon, with all that it says and what the installed policy says to it. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "judge/words.h"
#include "verb/addon_inside.h"

struct show_job {
        struct call call;
        struct place_asked asked;
        struct places places;
        struct policy_file own;
        bool has_policy;
        struct json_object *words;
};

static void show_word(void *arg, const struct word_answer *a) {
        struct show_job *job = arg;
        struct json_object *o = json_object_new_object();
        char buf[640];
        struct text t = TEXT_IN(buf);

        out_add_span(o, "word", a->word.whole);
        out_add(o, "verdict", a->admitted ? "admitted" : "refused");
        text_quoted(&t, a->word.whole);
        if (a->admitted)
                text_str(&t, " admitted");
        else {
                text_clear(&t);
                text_str(&t, a->why);
                out_add_span(o, "reason", span_of(a->why));
                if (a->rule[0])
                        out_add_span(o, "rule", span_of(a->rule));
        }
        json_object_array_add(job->words, o);
        if (job->call.host.json)
                return;
        out_say("          %s", buf);
        if (a->rule[0])
                out_say("          the rule that is missing: %s", a->rule);
}

static struct json_object *show_sections(const struct placed *p, bool json) {
        struct json_object *list = json_object_new_array();
        struct pe *pe = need(sizeof(*pe));
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        bool opens = pe_open_file(p->bytes, pe, &ignored);
        const struct pe_section *sbat = opens ? pe_find(pe, ".sbat", 0) : NULL;

        for (size_t i = 0; opens && i < pe->n_sections; i++) {
                struct json_object *o = json_object_new_object();

                out_add(o, "name", pe->sections[i].name);
                out_add_int(o, "bytes", pe->sections[i].vsize);
                json_object_array_add(list, o);
                if (!json)
                        out_row(i == 0 ? "sections" : "", "%-8s %u bytes", pe->sections[i].name,
                                (unsigned) pe->sections[i].vsize);
        }
        if (!json && sbat) {
                puts("sbat");
                out_text("          ", span_trim_nul(pe_bytes(pe, sbat)));
        }
        free(pe);
        return list;
}

static void show(struct show_job *job, const struct placed *p) {
        bool json = job->call.host.json;

        job->words = json_object_new_array();
        if (!json) {
                out_field("file", p->path);
                out_field("place", place_name(p->place));
                addon_print(p);
        }
        struct json_object *sections = show_sections(p, json);
        if (!json && p->well_formed && p->addon.has_uname)
                out_field_span("uname", p->addon.uname);
        if (!json && job->has_policy && p->well_formed)
                puts("policy");
        if (job->has_policy && p->well_formed)
                words_judge(&job->own.policy, p->addon.cmdline, show_word, job);
        if (json) {
                struct json_object *o = addon_json(p);

                json_object_object_add(o, "sections", sections);
                json_object_object_add(o, "policy", job->words);
                out_json(o);
        } else {
                json_object_put(sections);
                json_object_put(job->words);
        }
}

/* One file that was named, else the one of that name. */
static enum exit_code find(struct show_job *job, const struct placed **ret, struct text *why) {
        const struct host *h = &job->call.host;
        const char *asked = job->call.args[0];
        enum exit_code code = EXIT_OK;

        if (strchr(asked, '/')) {
                job->places = (struct places) { need(sizeof(*job->places.v)), 1 };
                placed_read(asked, job->places.v);
                *ret = job->places.v;
        } else {
                places_read(h, &job->places);
                code = addon_find(h, &job->places, asked, &job->asked, true, ret, why);
        }
        places_judge(h, &job->places);
        if (code != EXIT_OK || (*ret)->bytes.p)
                return code;
        text_cat(why, (*ret)->file, ": ", (*ret)->bad, NULL);
        return EXIT_FAILED;
}

static enum exit_code run(void *work, struct text *why) {
        struct show_job *job = work;
        const struct placed *p;
        enum exit_code code = find(job, &p, why);

        if (code != EXIT_OK)
                return code;
        job->has_policy = words_policy(&job->call.host, &job->own);
        show(job, p);
        return p->well_formed ? EXIT_OK : EXIT_FORMAT;
}

static bool holds(const void *work, struct text *why) {
        return place_asked_holds(&((const struct show_job *) work)->asked, why);
}

static void finish(void *work) {
        places_free(&((struct show_job *) work)->places);
}

static const struct option_row options[] = {
        OPTION_ONCE(struct show_job, asked),
        OPTIONS_PLACE(struct show_job, asked),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb addon_verb_show = {
        .name = "addon show",
        .usage = "NAME|FILE [--once|--always|--for UKI]",
        .about = "One addon: sections, words, SBAT, and the policy's verdict on each word.",
        .end = "Exit codes: 0, 1 failure, 2 usage, 5 it is no addon, 8 no firmware or ESP.",
        .options = options,
        .arguments = "NAME|FILE",
        .least = 1,
        .most = 1,
        .miscounted = "name one addon",
        .needs = NEEDS_ESP,
        .files_alone = true,
        .size = sizeof(struct show_job),
        .holds = holds,
        .run = run,
        .finish = finish,
};
