/* SPDX-License-Identifier: BSD-2-Clause */
/* The places where addons lie, and the addons there. */
#pragma once

#include "addon.h"
#include "judge/next_boot.h"

enum place {               /* in the order of `ukictl addon list` */
             PLACE_ONCE,   /* DIR_POOL: for the one boot whose request names it */
             PLACE_ALWAYS, /* DIR_ADDONS: for every boot of every image of the volume */
             PLACE_UKI,    /* the folder of one image */
             PLACE_VENDOR, /* where packages put them, and nothing boots from */
             PLACE_FILE,   /* anywhere: somebody has named it */
};

struct placed {
        enum place place;
        bool on_xbootldr;
        char *file; /* on the host */
        char *path; /* as firmware names it; PLACE_VENDOR, PLACE_FILE: file */
        char *name; /* the file's, without ADDON_TAIL */
        struct span bytes;
        bool well_formed;
        char bad[256];      /* unless well_formed: the clause */
        struct addon addon; /* if well_formed */
        char signer[256];   /* who signed it, soundly or not; empty: nobody */
        /* places_judge */
        char uki[PLAN_PATH_MAX]; /* which image it was judged with; empty: none */
        const char *verdict;     /* as plan_verdict_name says it; NULL: nobody could be asked */
        char why[PLAN_WHY_MAX];  /* unless admitted: the clause; empty without a verdict: no image could be asked */
};

struct places {
        struct placed *v;
        size_t n;
};

/* "once", "always", "uki", "vendor", "file" */
const char *place_name(enum place place);

/* Every addon of both volumes and of packages, by place, volume and name. */
void places_read(const struct host *h, struct places *ret);
/* With the verdict that each would get now: what stands, with the first image that looks there; what is picked, and what packages
 * have, with the first that starts. */
void places_judge(const struct host *h, struct places *places);
void places_free(struct places *places);
/* One file that was named, wherever it lies; it is to be freed as one of places. */
void placed_read(const char *file, struct placed *ret);
void placed_free(struct placed *p);

/* Where an addon is to stand. */
struct place_target {
        /* asked */
        enum place place;   /* one of the first three */
        const char *uki;    /* for PLACE_UKI: as `ukictl load` takes it */
        const char *file;   /* on the host, with a slash in it */
        const char *volume; /* for the other places: its folder; NULL: that of the default image */
        bool force;
        bool made; /* by ukictl just now, in a folder that goes: who asks named no file, and cannot insist */
        /* found */
        const char *root;             /* of the volume, on the host */
        char uki_path[PLAN_PATH_MAX]; /* for PLACE_UKI: as firmware names it */
        bool on_xbootldr;
        char name[NAME_MAX_BYTES + 1];                /* the file's */
        char dir[PLAN_PATH_MAX], path[PLAN_PATH_MAX]; /* as firmware names them */
        struct names admitted;                        /* images that take it */
        struct names others;                          /* "IMAGE: verdict: why" */
        bool there;                                   /* this very file is there already */
        bool replaces;                                /* another of this name is there */
};

/* For PLACE_UKI: the volume of t->uki, and the folder where its stub looks, into t->dir. EXIT_OK, or a sentence. */
enum exit_code place_folder(const struct host *h, struct place_target *t, struct text *why);
/* Finds the place, and has every image that looks there judged with the addon in it. Refuses what would be refused, unless
 * force. EXIT_OK, or a sentence in why. */
enum exit_code place_judge(const struct host *h, struct place_target *t, struct text *why);
/* Writes it there, and reads it back. */
enum exit_code place_write(const struct host *h, struct place_target *t, struct text *why);
void place_free(struct place_target *t);
