/* SPDX-License-Identifier: BSD-2-Clause */
/* The addon that somebody means by a name. */
#include <string.h>
#include <strings.h>

#include "verb/addon_inside.h"

static bool is_meant(const struct placed *p, struct span name, const struct place_asked *asked, const char *dir) {
        size_t n = dir ? strlen(dir) : 0;

        if (!span_eq_nocase(name, span_of(p->name)))
                return false;
        return p->place == place_asked_for(asked, p->place) &&
               (!dir || (strncasecmp(p->path, dir, n) == 0 && p->path[n] == '\\'));
}

enum exit_code addon_find(const struct host *h, const struct places *places, const char *asked_name,
                          const struct place_asked *asked, bool vendor, const struct placed **ret, struct text *why) {
        struct place_target t = { .place = PLACE_UKI, .uki = asked->uki };
        enum exit_code code = asked->uki ? place_folder(h, &t, why) : EXIT_OK;
        struct span name = span_of(asked_name);
        const struct placed *found = NULL;

        if (span_ends_nocase(name, ADDON_TAIL))
                name.n -= strlen(ADDON_TAIL);
        for (size_t i = 0; code == EXIT_OK && i < places->n; i++) {
                const struct placed *p = &places->v[i];

                if ((p->place == PLACE_VENDOR && !vendor) || !is_meant(p, name, asked, asked->uki ? t.dir : NULL))
                        continue;
                if (found) {
                        text_cat(why, asked_name, ": stands at more than one place, ", found->path, " and ", p->path,
                                 ": say which with --once, --always or --for", NULL);
                        return EXIT_USAGE;
                }
                found = p;
        }
        if (code != EXIT_OK || found) {
                *ret = found;
                return code;
        }
        text_cat(why, asked_name, ": there is no addon of this name; ukictl addon list shows what there is", NULL);
        return EXIT_FAILED;
}
