/* SPDX-License-Identifier: BSD-2-Clause */
/* What an installation will mean on this machine. */
#pragma once

#include "host/bootentry.h"
#include "host/signing.h"
#include "judge/policy_file.h"

struct install_job {
        struct host host;
        const char *image_path, *key, *cert, *shim_arg;
        struct signing signing;  /* key and cert, or what this machine has */
        const char *policy_arg;  /* a file, "image": the image's own; NULL: what the machine has */
        bool update;             /* only what is installed already, and as it was installed */
        bool graceful;           /* what the machine lacks is no failure */
        bool force;              /* also an image that the machine will not start */
        struct bytes image;      /* as it will be on the ESP */
        struct bytes installed;  /* what is there now, if it is ukiload; else empty */
        char *installed_path;    /* a file of the ESP; NULL: none */
        const char *policy_from; /* for a person */
        char *policy_path;       /* a file that has it */
        struct boot_entries entries;
        bool signed_now; /* with signing */
        bool no_entry;   /* none is written: --no-variables, or update where there is none */
        bool through_shim;
        char shim[PLAN_PATH_MAX];
        uint16_t numbers[ESP_MEMBERS_MAX]; /* of the entries: one, or of a mirror one for each member */
        size_t n_numbers;
        bool entry_written, image_written, pool_made, menu_written;
        bool image_new, entry_stands; /* there was none in its place; firmware's entry leads there now */
        char *target, *menu;          /* the image's file in its place, and the menu entry's; menu NULL: none is wanted */
        struct names notes, hidden, policy_changes; /* changes: "- rule" and "+ rule" */
        struct names moved;                         /* files of the old place that went */
};

/* The file is ukiload's image: it says so in its .osrel. */
bool install_is_ukiload(struct span file);
/* The section of an image, without NULs at its end; empty if it has none. Borrows file. */
struct span install_section(struct span file, const char *name);
/* What VERSION_ID of its .osrel says. */
void install_version(struct span image, struct text *ret);
/* Firmware alone, or through shim, and which. */
enum exit_code install_choose_way(struct install_job *job, struct text *why);
/* The way that the present entry goes. EXIT_OK. */
enum exit_code install_keep_way(struct install_job *job);
/* Reads image and what is installed, puts the machine's policy in and signs. */
enum exit_code install_read_image(struct install_job *job, struct text *why);
/* Notes other versions of it on other ESPs of the machine, unless they have their turn. */
void install_note_others(struct install_job *job);
/* What is to be known before: whether the machine will start the image, what its policy hides. Refuses an image that the machine
 * will not start, unless job->force. */
enum exit_code install_judge(struct install_job *job, struct text *why);
