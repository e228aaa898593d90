/* SPDX-License-Identifier: BSD-2-Clause */
/* A small world to plan in: a UKI, policies, addons, a request, all real images and real texts. */
#pragma once

#include "pe_image.h"
#include "plan.h"

#define WORLD_ADDONS   8u
#define WORLD_SECTIONS 12u

struct world {
        struct image kernel, uki, images[WORLD_ADDONS];
        struct pe_write_section sections[WORLD_SECTIONS];
        size_t n_sections;
        char magic[64], raw_request[2048];
        struct pe pe;
        struct policy policy;
        struct request request;
        struct plan_addon addons[WORLD_ADDONS];
        uint8_t sha256[SHA256_SIZE];
        struct plan_input in;
        struct plan_scratch scratch;
        struct plan plan;
};

/* A UKI for x86_64 with systemd-stub `stub` (0: another stub) and this signed line (NULL: no .cmdline); no policy, addon or
 * request. */
void world_begin(struct world *w, unsigned stub, const char *cmdline);
/* A further section of the UKI. */
void world_section(struct world *w, const char *name, const char *text);
/* ukiload's own policy; "@version 1" is put in front. */
void world_policy(struct world *w, const char *text);
void world_request(struct world *w, const char *text);
/* An addon with these words and perhaps one more section. */
struct plan_addon *world_addon(struct world *w, enum plan_origin origin, const char *path, const char *words);
struct plan_addon *world_addon_with(struct world *w, enum plan_origin origin, const char *path, const char *words,
                                    const char *section, const char *content);
/* Builds the UKI and makes the plan. */
void world_plan(struct world *w);

/* The plan starts with this line. */
void assert_starts(const struct world *w, const char *line);
/* The plan refuses, for this blame, and its sentence has these words. */
void assert_refused(const struct world *w, enum plan_result result, enum plan_blame blame, const char *words);
