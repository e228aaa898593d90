/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl addon`: its verbs, and what they are asked alike. */
#pragma once

#include "judge/places.h"
#include "verb/verb.h"

/* A place as it is asked for. */
struct place_asked {
        bool once, always;
        const char *uki;
};
/* clang-format off */
#define OPTIONS_PLACE(type, asked)                                                                              \
        OPTION(FLAG, type, asked.always, "always", NULL, "for every boot of every UKI: loader/addons"),          \
        OPTION(TEXT, type, asked.uki, "for", "UKI", "for every boot of this UKI: its folder UKI.extra.d")
#define OPTION_ONCE(type, asked)                                                                                 \
        OPTION(FLAG, type, asked.once, "once", NULL, "for one boot, by load --addon: EFI/ukiload/addons")
/* clang-format on */

/* At most one of them is asked for; else false with a sentence. */
bool place_asked_holds(const struct place_asked *asked, struct text *why);
/* What is asked for; otherwise: what is meant by nothing. */
enum place place_asked_for(const struct place_asked *asked, enum place otherwise);

/* The one of places that is called so, where it is asked for; vendor: those of packages, too. EXIT_OK, or a sentence. */
enum exit_code addon_find(const struct host *h, const struct places *places, const char *asked_name,
                          const struct place_asked *asked, bool vendor, const struct placed **ret, struct text *why);

/* Says what was judged and written. */
void addon_say_placed(const struct host *h, const struct place_target *t);
/* The same for --json. */
struct json_object *addon_placed_json(const struct host *h, const struct place_target *t);

/* Prints one of places, as a person or as a program wants it. */
void addon_print(const struct placed *p);
struct json_object *addon_json(const struct placed *p);

extern const struct verb addon_verb_make, addon_verb_install, addon_verb_list, addon_verb_show, addon_verb_remove,
        addon_verb_promote;
