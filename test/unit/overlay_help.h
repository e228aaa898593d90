/* SPDX-License-Identifier: BSD-2-Clause */
/* One overlay, made step by step; what is refused stands in `said`. For files that include cmocka.h before. */
#pragma once

#include <stdio.h>

#include "overlay.h"

static struct policy own, uki;
static struct overlay o;
static char said[512];

static inline void load(struct policy *pol, const char *rules) {
        static char text[2][4096];
        char *const mine = text[pol == &uki];
        struct text why = TEXT_IN(said);

        snprintf(mine, sizeof(text[0]), "@version 1\n%s\n", rules);
        if (!policy_parse(span_of(mine), pol, &why))
                fail_msg("%s", said);
}

static inline bool begin(const char *signed_line) {
        struct text why = TEXT_IN(said);

        return overlay_begin(&o, span_of(signed_line), &own, NULL, &why);
}

static inline bool add(const char *line, bool unauthenticated) {
        struct text why = TEXT_IN(said);

        return overlay_add(&o, span_of(line), unauthenticated, &why);
}

static inline const char *compose(const char *extra, size_t max) {
        static char line[CMDLINE_MAX + 1];
        struct text ret = TEXT_IN(line), why = TEXT_IN(said);

        return overlay_compose(&o, span_of(extra), max, &ret, &why) ? line : NULL;
}
