/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine that a verb works on: its EFI variables, its EFI system partition, what its kernel says in /proc and /sys. With
 * --root and --efivars that may be a plain folder. */
#pragma once

#include "host/efivars.h"
#include "ukictl.h"

#define GUID_UKILOAD "1efb867d-9fca-434e-a345-7738aa0ed88e"
#define GUID_LOADER  "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f" /* the Boot Loader Interface's */

struct host {
        /* asked */
        const char *root; /* "" or a folder that stands for / */
        const char *esp_path, *boot_path, *efivars_path;
        bool json, dry_run, quiet;
        /* found by host_open; freed by host_free */
        char *efivars;        /* folder of the variables */
        char *esp, *xbootldr; /* folders; NULL: there is none */
        char esp_uuid[37];    /* PARTUUID of the ESP; empty: it has none, or it cannot be seen */
        bool alien;           /* --root or --efivars: a reboot of this machine would not see what is written */
};

/* Options that several verbs have, for getopt_long. */
enum { HOST_ESP = 0x100, HOST_BOOT, HOST_EFIVARS, HOST_ROOT, HOST_JSON, HOST_DRY_RUN, HOST_QUIET };
/* clang-format off */
#define HOST_OPTIONS                                                                                    \
        { "esp-path", required_argument, NULL, HOST_ESP }, { "boot-path", required_argument, NULL, HOST_BOOT }, \
        { "efivars", required_argument, NULL, HOST_EFIVARS }, { "root", required_argument, NULL, HOST_ROOT },   \
        { "json", no_argument, NULL, HOST_JSON }, { "dry-run", no_argument, NULL, HOST_DRY_RUN },               \
        { "quiet", no_argument, NULL, HOST_QUIET }
/* clang-format on */
/* The last lines of a verb's --help. */
#define HOST_HELP                                                                  \
        "  --esp-path DIR --boot-path DIR  where ESP and XBOOTLDR are mounted\n"   \
        "  --efivars DIR --root DIR        other variables, another root folder\n" \
        "  --dry-run --quiet --json"

struct host host_begin(void);
/* c is one of HOST_*: takes it. */
bool host_option(struct host *h, int c, const char *arg);
/* Looks for variables and volumes. Anything but EXIT_OK: why has the sentence. A missing ESP is no failure here. */
enum exit_code host_open(struct host *h, struct text *why);
/* EXIT_OK, or EXIT_NO_FIRMWARE and a sentence. */
enum exit_code host_need_esp(const struct host *h, struct text *why);
/* For verbs that write: said at once, not after half of the checks. EXIT_OK, or EXIT_PRIVILEGE and a sentence. */
enum exit_code host_need_root(const struct host *h, struct text *why);
void host_free(struct host *h);

/* root and path joined; malloc'ed. */
char *host_path(const struct host *h, const char *path);
bool host_has(const struct host *h, const char *path);
/* What a file in /proc or /sys says, without newlines at its end. False if it cannot be read or does not fit. */
bool host_read(const struct host *h, const char *path, struct text *ret);
/* A number in a file of /sys is there and not 0. */
bool host_flag(const struct host *h, const char *path);
/* Something is mounted there. */
bool host_mounted(const struct host *h, const char *path);
