/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine that a verb works on: its EFI variables, its EFI system partition, what its kernel says in /proc and /sys. With
 * --root and --efivars that may be a plain folder. */
#pragma once

#include "host/efivars.h"
#include "need.h"
#include "ukictl.h"

#define GUID_UKILOAD "1efb867d-9fca-434e-a345-7738aa0ed88e"
#define GUID_LOADER  "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f" /* the Boot Loader Interface's */

/* Partitions that are one ESP, as a RAID 1. */
#define ESP_MEMBERS_MAX 8u

struct host {
        /* asked */
        const char *root; /* "" or a folder that stands for / */
        const char *esp_path, *boot_path, *efivars_path;
        bool json, dry_run, quiet;
        const char *esp_why;             /* why nothing can be done on esp_path; NULL or empty: something can */
        bool all_esps;                   /* the same is done on each ESP of the machine */
        const struct names *other_uuids; /* then: PARTUUIDs of all of them; else NULL */
        bool no_variables;               /* only the volumes are meant: EFI variables need not be there, and are not looked at */
        /* found by host_open; freed by host_free */
        char *efivars;                      /* folder of the variables */
        char *esp, *xbootldr;               /* folders; NULL: there is none */
        char esp_uuid[ESP_MEMBERS_MAX][37]; /* PARTUUID of the ESP, of a mirror those of its members; the first empty: it has
                                             * none, or it cannot be seen */
        bool alien;                         /* --root or --efivars: a reboot of this machine would not see what is written */
};

/* Once everything was asked: a root without a slash at its end, "" if none was. */
void host_begin(struct host *h);
void host_free(struct host *h);

/* root and path joined; malloc'ed. */
char *host_path(const struct host *h, const char *path);
bool host_has(const struct host *h, const char *path);
/* What a file in /proc or /sys says, without newlines at its end. False if it cannot be read or does not fit. */
bool host_read(const struct host *h, const char *path, struct text *ret);
/* A number in a file of /sys is there and not 0. */
bool host_flag(const struct host *h, const char *path);

/* host/host_open.c */

/* Looks for variables and volumes. Anything but EXIT_OK: why has the sentence. A missing ESP is no failure here. */
enum exit_code host_open(struct host *h, struct text *why);
/* EXIT_OK, or EXIT_PRIVILEGE and a sentence: the ESP is there, and only root can read it. */
enum exit_code host_need_readable(const struct host *h, struct text *why);
/* EXIT_OK; EXIT_NO_FIRMWARE, or EXIT_PRIVILEGE if only root can read it, and a sentence. */
enum exit_code host_need_esp(const struct host *h, struct text *why);
/* EXIT_OK, or EXIT_FAILED and a sentence: the ESP is mounted read-only and this is no dry run. */
enum exit_code host_need_writable(const struct host *h, struct text *why);
/* For verbs that write: said at once, not after half of the checks. EXIT_OK, or EXIT_PRIVILEGE and a sentence. */
enum exit_code host_need_root(const struct host *h, struct text *why);
/* Something is mounted there. */
bool host_mounted(const struct host *h, const char *path);
