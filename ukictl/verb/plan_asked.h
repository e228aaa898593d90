/* SPDX-License-Identifier: BSD-2-Clause */
/* What `ukictl plan` and `predict` are asked alike: a UKI, and what a request for it would say. */
#pragma once

#include "judge/plan_job.h"
#include "verb/verb.h"

struct plan_asked {
        const char *policy, *append, *profile, *machine;
        struct option_list addons;
};

/* clang-format off */
#define OPTIONS_PLAN(type, asked)                                                                                       \
        OPTION(LIST, type, asked.addons, "addon", "NAME|FILE",                                                           \
               "as ukiload.addon=; NAME from EFI/ukiload/addons of the ESP; may repeat"),                               \
        OPTION(TEXT, type, asked.profile, "profile", "N", "as ukiload.profile="),                                       \
        OPTION(TEXT, type, asked.append, "append", "WORDS", "kernel parameters of the request"),                        \
        OPTION(TEXT, type, asked.policy, "policy", "FILE",                                                              \
               "ukiload's policy: text, or a ukiload image (default: the installed one)"),                              \
        OPTION_OF_CALL(TEXT, host.esp_path, "esp-path", "DIR",                                                          \
                       "where the EFI system partition is (default: /efi, /boot/efi or /boot)"),                        \
        OPTION_OF_CALL(TEXT, host.boot_path, "boot-path", "DIR",                                                        \
                       "where XBOOTLDR is (default: the FAT volume that UKI lies on)"),                                 \
        OPTION(TEXT, type, asked.machine, "machine", "x86_64|aarch64", "of the firmware (default: this machine's)")
/* clang-format on */

/* The first argument, everything that was asked, and what this machine adds, read into ret. EXIT_OK, or a sentence. */
enum exit_code plan_asked_gather(const struct plan_asked *asked, const struct call *call, struct plan_job *ret, struct text *why);
