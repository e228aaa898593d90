/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl addon install: an addon to where it counts, judged first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verb/addon_inside.h"

struct install_addon {
        struct call call;
        struct place_asked asked;
        bool force;
        struct place_target target;
        char *file;
};

bool place_asked_holds(const struct place_asked *asked, struct text *why) {
        if (asked->once + asked->always + (asked->uki != NULL) > 1)
                text_str(why, "--once, --always and --for exclude each other: an addon stands in one place");
        return why->len == 0;
}

enum place place_asked_for(const struct place_asked *asked, enum place otherwise) {
        return asked->once ? PLACE_ONCE : asked->always ? PLACE_ALWAYS : asked->uki ? PLACE_UKI : otherwise;
}

struct json_object *addon_placed_json(const struct host *h, const struct place_target *t) {
        struct json_object *o = json_object_new_object();

        out_add(o, "place", place_name(t->place));
        out_add_span(o, "name", span_between(span_of(t->name), 0, strlen(t->name) - strlen(ADDON_TAIL)));
        out_add_span(o, "path", span_of(t->path));
        out_add_bool(o, "xbootldr", t->on_xbootldr);
        out_add_bool(o, "written", !t->there && !h->dry_run);
        out_add_bool(o, "replaces", t->replaces);
        json_object_object_add(o, "counts", out_list(&t->admitted));
        json_object_object_add(o, "notes", out_list(&t->others));
        return o;
}

/* In which boots it counts. */
static void say_counts(const struct place_target *t) {
        char buf[1024];
        struct text images = TEXT_IN(buf);

        for (size_t i = 0; i < t->admitted.n; i++)
                text_cat(&images, i > 0 ? ", " : "", t->admitted.v[i], NULL);
        if (t->place == PLACE_ONCE)
                out_row("counts", "in one boot, each time that a load names it: ukictl load UKI --addon %.*s",
                        (int) (strlen(t->name) - strlen(ADDON_TAIL)), t->name);
        else if (t->admitted.n == 0)
                out_row("counts", "in no boot of this machine now");
        else {
                out_row("counts", "in every boot of %s", buf);
                out_row("", "without ukiload, too: there the UKI's stub applies it, and no policy bounds it");
        }
        if (t->place == PLACE_ONCE && t->admitted.n > 0)
                out_row("of", "%s", buf);
}

static bool is_before_install(const struct host *h) {
        bool to_come;

        free(policy_file_find(h, ARCH_NATIVE, &to_come));
        return to_come;
}

void addon_say_placed(const struct host *h, const struct place_target *t) {
        char path[PLAN_PATH_MAX];

        if (h->quiet)
                return;
        snprintf(path, sizeof(path), "%s", t->path);
        for (char *p = path; *p; p++)
                *p = *p == '\\' ? '/' : *p;
        out_row("addon", "%s%s: %s", t->root, path,
                t->there     ? "as it should be already"
                : h->dry_run ? "would be written"
                             : "written and read back");
        if (t->replaces)
                out_row("", "in the place of another of this name");
        say_counts(t);
        if (is_before_install(h))
                out_row("note", "ukiload is not installed: this is judged with the policy that ukictl install would put in");
        if (h->no_variables)
                out_row("note", "its signature is not judged here, without EFI variables");
        for (size_t i = 0; i < t->others.n; i++)
                out_field_span(i == 0 ? "but" : "", span_of(t->others.v[i]));
}

static enum exit_code run(void *work, struct text *why) {
        struct install_addon *job = work;
        const struct host *h = &job->call.host;
        struct place_target *t = &job->target;

        if (!strchr(job->call.args[0], '/') && asprintf(&job->file, "./%s", job->call.args[0]) < 0)
                return EXIT_FAILED;
        t->file = job->file ? job->file : job->call.args[0];
        t->place = place_asked_for(&job->asked, PLACE_ONCE);
        t->uki = job->asked.uki;
        t->force = job->force;
        enum exit_code code = place_judge(h, t, why);
        if (code == EXIT_OK)
                code = place_write(h, t, why);
        if (code == EXIT_OK && h->json)
                out_json(addon_placed_json(h, t));
        else if (code == EXIT_OK)
                addon_say_placed(h, t);
        return code;
}

static bool holds(const void *work, struct text *why) {
        return place_asked_holds(&((const struct install_addon *) work)->asked, why);
}

static void finish(void *work) {
        struct install_addon *job = work;

        place_free(&job->target);
        free(job->file);
}

static const struct option_row options[] = {
        OPTION_ONCE(struct install_addon, asked),
        OPTIONS_PLACE(struct install_addon, asked),
        OPTION(FLAG, struct install_addon, force, "force", NULL, "also one that would be refused"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb addon_verb_install = {
        .name = "addon install",
        .usage = "FILE [--once|--always|--for UKI]",
        .about = "Puts an addon where it counts, once it is judged.",
        .end = "Judges the addon with the plan of every boot that will meet it, writes it, reads it back, and\n"
               "says in which boots it counts. Without a place: --once.\n"
               "Exit codes: 0 installed, 1 failure, 2 usage, 4 not root, 5 it is no addon, 6 signature,\n"
               "7 policy, 8 no firmware or ESP.",
        .options = options,
        .arguments = "FILE",
        .least = 1,
        .most = 1,
        .miscounted = "name one addon",
        .writes = true,
        .needs = NEEDS_ESP,
        .files_alone = true,
        .size = sizeof(struct install_addon),
        .holds = holds,
        .run = run,
        .finish = finish,
};
