/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl kexec: whether `kexec`, and with it `systemctl kexec`, takes UKIs through firmware. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/kexec.h"
#include "host/root.h"
#include "verb/verb.h"

#define KEXEC_WORDS "say enable, disable or status"

static const char *word_of(const struct call *call) {
        return call->n_args > 0 ? call->args[0] : "status";
}

static void say(const struct host *h, bool enabled, bool changed, const char *real) {
        if (h->json) {
                struct json_object *o = json_object_new_object();

                /* As it is now: a dry run has changed nothing. */
                out_add_bool(o, "enabled", enabled != (changed && h->dry_run));
                out_add_bool(o, "changed", changed && !h->dry_run);
                if (real)
                        out_add(o, "real", real);
                out_json(o);
        } else if (!h->quiet) {
                out_say("%s%s: %s", changed && h->dry_run ? "would be " : "", enabled ? "enabled" : "disabled",
                        enabled ? "kexec and systemctl kexec take UKIs through firmware" : "kexec is kexec-tools' own");
                if (enabled && !real)
                        out_say("kexec-tools is not there: without it only UKIs can be loaded");
        }
}

static enum exit_code switch_to(const struct host *h, const char *word, bool *ret_enabled, bool *ret_changed, struct text *why) {
        enum exit_code code = EXIT_OK;

        *ret_changed = false;
        if (strcmp(word, "status") == 0) {
                *ret_enabled = kexec_is_ours(h);
                if (kexec_is_broken(h)) {
                        text_str(why, KEXEC_PATH " leads to a ukictl that is not there any more: say ukictl kexec enable again");
                        return EXIT_FAILED;
                }
                return *ret_enabled ? EXIT_OK : EXIT_NOT_ARMED;
        }
        *ret_enabled = strcmp(word, "enable") == 0;
        code = host_need_root(h, why);
        return code == EXIT_OK ? kexec_switch(h, *ret_enabled, ret_changed, why) : code;
}

static enum exit_code run(void *work, struct text *why) {
        struct call *call = work;
        const struct host *h = &call->host;
        bool enabled, changed;

        if (h->root[0] && !root_set(h->root)) {
                text_cat(why, h->root, ": there is no such folder", NULL);
                return EXIT_FAILED;
        }
        enum exit_code code = switch_to(h, word_of(call), &enabled, &changed, why);
        if (why->len > 0)
                return code;
        char *real = kexec_real(h);
        say(h, enabled, changed, real);
        free(real);
        return code;
}

static bool holds(const void *work, struct text *why) {
        static const char *const known[] = { "status", "enable", "disable" };

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (strcmp(word_of(work), known[i]) == 0)
                        return true;
        text_str(why, KEXEC_WORDS "; see ukictl kexec --help");
        return false;
}

static const struct option_row options[] = { OPTIONS_HOST, OPTIONS_END };

const struct verb verb_kexec = {
        .name = "kexec",
        .summary = "whether kexec and systemctl kexec take UKIs through firmware",
        .usage = "[enable|disable|status] [OPTION]...",
        .about = "enable puts a front-end in the place of kexec-tools' kexec, so that systemctl\n"
                 "kexec, kexec -l UKI and kexec -e reload a UKI through firmware. What is not about\n"
                 "a UKI (a plain kernel, kexec -p for kdump) reaches the real kexec untouched; it\n"
                 "stays beside as " KEXEC_REAL ", and dpkg knows (dpkg-divert).\n"
                 "disable puts the real one back. Without a word: status.",
        .end = "Exit codes: 0 as asked, or enabled; 3 status: disabled, 1 failure, 2 usage,\n"
               "4 not root.",
        .options = options,
        .arguments = "enable|disable|status",
        .most = 1,
        .miscounted = KEXEC_WORDS,
        .size = sizeof(struct call),
        .holds = holds,
        .run = run,
};
