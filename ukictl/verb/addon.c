/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl addon: its verbs. */
#include "verb/addon_inside.h"

static const struct verb *const verbs[] = {
        &addon_verb_make, &addon_verb_install, &addon_verb_list, &addon_verb_show, &addon_verb_remove, &addon_verb_promote, NULL
};
static const struct option_row json_alone[] = { OPTION_JSON, OPTIONS_END };

const struct verb verb_addon = {
        .name = "addon",
        .summary = "make addons, and keep them where they count",
        .about = "An addon is a signed file that adds kernel parameters to a UKI. Without a verb: make.",
        .end = "ukictl addon VERB --help says more.",
        .options = json_alone,
        .verbs = verbs,
        .unnamed = &addon_verb_make,
};
