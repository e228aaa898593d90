/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl addon list and show: the addons of every place, and what one of them says. */
#include <stdlib.h>
#include <string.h>

#include "verb/addon_inside.h"

struct list_job {
        struct call call;
        struct place_asked asked;
        struct places places;
};

static const char *verdict_of(const struct placed *p) {
        return !p->well_formed ? "refused" : p->verdict ? p->verdict : "not judged";
}

static const char *why_of(const struct placed *p) {
        return !p->well_formed         ? p->bad
               : p->verdict || *p->why ? p->why
               : p->place == PLACE_UKI ? "no UKI looks there"
                                       : "no UKI here starts";
}

struct json_object *addon_json(const struct placed *p) {
        struct json_object *o = json_object_new_object();

        out_add(o, "place", place_name(p->place));
        out_add_span(o, "name", span_of(p->name));
        out_add_span(o, "path", span_of(p->path));
        out_add_bool(o, "xbootldr", p->on_xbootldr);
        if (p->well_formed)
                out_add_span(o, "words", p->addon.cmdline);
        out_add_span(o, "signer", span_of(p->signer));
        if (p->uki[0])
                out_add_span(o, "judged_with", span_of(p->uki));
        out_add(o, "verdict", verdict_of(p));
        if (why_of(p)[0])
                out_add_span(o, "reason", span_of(why_of(p)));
        return o;
}

void addon_print(const struct placed *p) {
        char buf[ADDON_CMDLINE_MAX + 64];
        struct text words = TEXT_IN(buf);

        if (p->well_formed && p->addon.cmdline.n > 0)
                text_quoted(&words, p->addon.cmdline);
        else if (p->well_formed)
                text_str(&words, "no words");
        out_say("  %s  %s%s%s%s", p->name, buf, words.len > 0 ? ", " : "", p->signer[0] ? "signed by " : "not signed", p->signer);
        out_say("      %s%s%s", verdict_of(p), why_of(p)[0] ? ": " : "", why_of(p));
}

static bool wanted(const struct list_job *l, const struct placed *p) {
        return (!l->asked.once && !l->asked.always) || (l->asked.once && p->place == PLACE_ONCE) ||
               (l->asked.always && p->place == PLACE_ALWAYS);
}

/* The folder of a path, either kind of slash. */
static size_t folder_len(const char *path) {
        size_t n = strlen(path);

        while (n > 0 && path[n - 1] != '\\' && path[n - 1] != '/')
                n--;
        return n > 0 ? n - 1 : 0;
}

static bool same_folder(const struct placed *a, const struct placed *b) {
        size_t n = folder_len(a->path);

        return a->on_xbootldr == b->on_xbootldr && n == folder_len(b->path) && memcmp(a->path, b->path, n) == 0;
}

static void print_folder(const struct placed *p) {
        static const char *const what[] = { "for one boot, by load --addon", "for every boot of every UKI",
                                            "for every boot of one UKI",
                                            "in packages, and in no boot: ukictl addon install FILE" };

        out_say("%.*s%s (%s):", (int) folder_len(p->path), p->path, p->on_xbootldr ? " (XBOOTLDR)" : "", what[p->place]);
}

static enum exit_code run(void *work, struct text *why) {
        struct list_job *l = work;
        const struct placed *last = NULL;
        struct json_object *list = json_object_new_array();

        (void) why;
        places_read(&l->call.host, &l->places);
        places_judge(&l->call.host, &l->places);
        for (size_t i = 0; i < l->places.n; i++) {
                const struct placed *p = &l->places.v[i];

                if (!wanted(l, p))
                        continue;
                json_object_array_add(list, addon_json(p));
                if (!l->call.host.json && (!last || !same_folder(last, p)))
                        print_folder(p);
                if (!l->call.host.json)
                        addon_print(p);
                last = p;
        }
        if (l->call.host.json) {
                struct json_object *o = json_object_new_object();

                json_object_object_add(o, "addons", list);
                out_json(o);
                return EXIT_OK;
        }
        json_object_put(list);
        if (!last)
                out_say("there are no addons on this machine; ukictl addon make writes one");
        return EXIT_OK;
}

static void finish(void *work) {
        places_free(&((struct list_job *) work)->places);
}

static const struct option_row options[] = {
        OPTION(FLAG, struct list_job, asked.once, "once", NULL, "only those of EFI/ukiload/addons"),
        OPTION(FLAG, struct list_job, asked.always, "always", NULL, "only those of loader/addons"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb addon_verb_list = {
        .name = "addon list",
        .usage = "[OPTION]...",
        .about = "Every addon of every place, with signer and verdict.",
        .end = "Exit codes: 0, 1 failure, 2 usage, 8 no firmware or ESP.",
        .options = options,
        .miscounted = "addon list takes no argument",
        .needs = NEEDS_ESP,
        .files_alone = true,
        .size = sizeof(struct list_job),
        .run = run,
        .finish = finish,
};
