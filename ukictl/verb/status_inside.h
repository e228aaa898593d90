/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl status`. */
#pragma once

#include "host/arming.h"
#include "host/esp.h"
#include "host/outcome.h"
#include "judge/standing.h"
#include "verb/verb.h"

struct status_job {
        struct call call;
        bool report, kexec;
        struct arming armed;
        struct outcome outcome;
        struct standing standing; /* on the ESP that every verb finds */
        struct esp_list esps;     /* with --all-esps */
        struct standing *on_each; /* of these */
};

/* All of it as one object. */
void status_json(const struct status_job *job);
/* verb/status_report.c: lines for the journal on what went wrong, each once. */
void status_report(const struct host *h, const struct arming *a, const struct outcome *o);
