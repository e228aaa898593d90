/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl kexec: whether `kexec`, and with it `systemctl kexec`, takes UKIs through firmware. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/kexec.h"
#include "host/root.h"
#include "out.h"

static void help(void) {
        puts("usage: ukictl kexec [enable|disable|status] [OPTION]...\n\n"
             "enable puts a front-end in the place of kexec-tools' kexec, so that systemctl\n"
             "kexec, kexec -l UKI and kexec -e reload a UKI through firmware. What is not about\n"
             "a UKI (a plain kernel, kexec -p for kdump) reaches the real kexec untouched; it\n"
             "stays beside as " KEXEC_REAL ", and dpkg knows (dpkg-divert).\n"
             "disable puts the real one back. Without a word: status.\n\n"
             "  --root DIR         another root folder\n"
             "  --dry-run --quiet --json\n\n"
             "Exit codes: 0 as asked, or enabled; 3 status: disabled, 1 failure, 2 usage,\n"
             "4 not root.");
}

static int parse_options(struct host *h, int argc, char **argv, const char **ret_word, bool *ret_help) {
        static const struct option options[] = { HOST_OPTIONS, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
        static const char *const known[] = { "status", "enable", "disable" };

        for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;)
                if (c == 'h')
                        *ret_help = true;
                else if (!host_option(h, c, optarg))
                        return out_usage("ukictl kexec");
        if (optind < argc)
                *ret_word = argv[optind];
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (argc - optind <= 1 && strcmp(*ret_word, known[i]) == 0)
                        return EXIT_OK;
        return out_fail(h->json, EXIT_USAGE, "say enable, disable or status; see ukictl kexec --help");
}

static void say(const struct host *h, bool enabled, bool changed, const char *real) {
        if (h->json) {
                struct json_object *o = json_object_new_object();
                out_add_bool(o, "enabled", enabled);
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
                return *ret_enabled ? EXIT_OK : EXIT_NOT_ARMED;
        }
        *ret_enabled = strcmp(word, "enable") == 0;
        code = host_need_root(h, why);
        return code == EXIT_OK ? kexec_switch(h, *ret_enabled, ret_changed, why) : code;
}

int verb_kexec(int argc, char **argv) {
        struct host h = host_begin();
        char buf[512];
        struct text why = TEXT_IN(buf);
        const char *word = "status";
        bool wants_help = false, enabled, changed;
        int r = parse_options(&h, argc, argv, &word, &wants_help);

        if (wants_help || r != EXIT_OK) {
                if (wants_help)
                        help();
                return wants_help ? EXIT_OK : r;
        }
        if (h.root[0] && !root_set(h.root))
                return out_fail(h.json, EXIT_FAILED, "%s: there is no such folder", h.root);
        enum exit_code code = switch_to(&h, word, &enabled, &changed, &why);
        if (why.len > 0)
                return out_fail(h.json, code, "%s", buf);
        char *real = kexec_real(&h);
        say(&h, enabled, changed, real);
        free(real);
        return code;
}
