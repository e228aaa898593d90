/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl addon remove. */
#include <errno.h>
#include <string.h>

#include "host/root.h"
#include "verb/addon_inside.h"

struct remove_addon {
        struct call call;
        struct place_asked asked;
        struct places places;
};

static enum exit_code run(void *work, struct text *why) {
        struct remove_addon *job = work;
        const struct host *h = &job->call.host;
        const struct placed *p;

        places_read(h, &job->places);
        enum exit_code code = addon_find(h, &job->places, job->call.args[0], &job->asked, false, &p, why);
        if (code != EXIT_OK)
                return code;
        if (!h->dry_run && !root_unlink(p->file)) {
                text_cat(why, p->file, ": the addon cannot be removed: ", strerror(errno), file_advice(errno), NULL);
                return EXIT_FAILED;
        }
        if (!h->dry_run && !volume_flush(p->on_xbootldr ? h->xbootldr : h->esp, why))
                return EXIT_FAILED;
        if (h->json) {
                struct json_object *o = json_object_new_object();

                out_add(o, "place", place_name(p->place));
                out_add_span(o, "path", span_of(p->path));
                out_add_bool(o, "removed", !h->dry_run);
                out_json(o);
        } else if (!h->quiet)
                out_say("%s: %s", p->file, h->dry_run ? "would be removed" : "removed");
        return EXIT_OK;
}

static bool holds(const void *work, struct text *why) {
        return place_asked_holds(&((const struct remove_addon *) work)->asked, why);
}

static void finish(void *work) {
        places_free(&((struct remove_addon *) work)->places);
}

static const struct option_row options[] = {
        OPTION_ONCE(struct remove_addon, asked),
        OPTIONS_PLACE(struct remove_addon, asked),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb addon_verb_remove = {
        .name = "addon remove",
        .usage = "NAME [--once|--always|--for UKI]",
        .about = "Deletes the addon of this name from ESP or XBOOTLDR.",
        .end = "Exit codes: 0 removed, 1 failure, 2 usage, 4 not root, 8 no firmware or ESP.",
        .options = options,
        .arguments = "NAME",
        .least = 1,
        .most = 1,
        .miscounted = "name one addon",
        .writes = true,
        .needs = NEEDS_ESP,
        .files_alone = true,
        .size = sizeof(struct remove_addon),
        .holds = holds,
        .run = run,
        .finish = finish,
};
