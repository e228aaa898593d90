/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl unload: take back what was armed, and nothing that somebody else armed. */
#include <getopt.h>
#include <stdio.h>

#include "host/arming.h"
#include "out.h"

static void help(void) {
        puts("usage: ukictl unload [OPTION]...\n\n"
             "Takes back what ukictl load armed. If nothing is armed there is nothing to do.\n\n"
             "  --strict       exit code 3 if nothing was armed\n"
             "  --stale        only what an earlier boot armed, or what nothing leads to\n" HOST_HELP "\n\n"
             "Exit codes: 0 nothing of ukiload's is armed now, 3 see --strict, 1 failure,\n"
             "2 usage, 4 not root, 8 no firmware, 9 NVRAM.");
}

struct options {
        struct host host;
        bool strict, stale, help;
};

enum { UNLOAD_STRICT = 0x200, UNLOAD_STALE };

static int parse_options(struct options *o, int argc, char **argv) {
        static const struct option options[] = {
                { "strict", no_argument, NULL, UNLOAD_STRICT },
                { "stale", no_argument, NULL, UNLOAD_STALE },
                HOST_OPTIONS,
                { "help", no_argument, NULL, 'h' },
                { NULL, 0, NULL, 0 },
        };
        for (int c; (c = getopt_long(argc, argv, "hasidl", options, NULL)) != -1;)
                switch (c) {
                case UNLOAD_STRICT: o->strict = true; break;
                case UNLOAD_STALE: o->stale = true; break;
                case 'h': o->help = true; break;
                case '?': return out_usage("ukictl unload");
                default: (void) host_option(&o->host, c, optarg);
                }
        if (optind != argc)
                return out_fail(o->host.json, EXIT_USAGE, "unload takes no UKI; see ukictl unload --help");
        return EXIT_OK;
}

static bool any(const struct arming *a) {
        return (a->has_request && a->state != ARMING_FOREIGN) || a->next_ours || a->oneshot_ours;
}

static bool to_be_cleared(const struct options *o, const struct arming *a) {
        if (!o->stale)
                return any(a);
        return a->state == ARMING_STALE || a->state == ARMING_INCOMPLETE || a->state == ARMING_BROKEN;
}

static void say(const struct options *o, const struct arming *a, bool cleared) {
        if (o->host.json) {
                struct json_object *j = json_object_new_object();
                out_add_bool(j, "cleared", cleared);
                out_add(j, "was", arming_state_name(a->state));
                if (a->has_request && a->state != ARMING_BROKEN)
                        out_add(j, "id", a->request.id);
                out_json(j);
        } else if (!o->host.quiet && cleared)
                out_say("%s%s%s", o->host.dry_run ? "would take back" : "taken back", a->request.uki[0] ? ": " : "",
                        a->request.uki);
        else if (!o->host.quiet)
                puts("nothing to take back");
        if (!o->host.quiet && a->state == ARMING_FOREIGN)
                out_warn("what is armed is not of this ukiload, and stays: %s", a->why);
        if (!o->host.quiet && a->has_next && !a->next_ours)
                out_warn("BootNext is Boot%04X, which is somebody else's, and stays", a->next);
}

static enum exit_code unload(const struct options *o, struct arming *a, struct text *why) {
        enum exit_code code = arming_read(&o->host, a, why);
        if (code != EXIT_OK)
                return code;
        bool clear = to_be_cleared(o, a);
        if (clear && !o->host.dry_run)
                code = arming_clear(&o->host, a, why);
        if (code != EXIT_OK)
                return code;
        say(o, a, clear);
        return clear || !o->strict ? EXIT_OK : EXIT_NOT_ARMED;
}

int verb_unload(int argc, char **argv) {
        struct options o = { .host = host_begin() };
        struct arming a = { .state = ARMING_NONE };
        char buf[1024];
        struct text why = TEXT_IN(buf);
        int r = parse_options(&o, argc, argv);
        if (o.help)
                help();
        else if (r == EXIT_OK) {
                enum exit_code code = host_need_root(&o.host, &why);
                if (code == EXIT_OK)
                        code = host_open(&o.host, &why);
                if (code == EXIT_OK)
                        code = unload(&o, &a, &why);
                r = code != EXIT_OK && why.len > 0 ? out_fail(o.host.json, code, "%s", buf) : (int) code;
        }
        arming_free(&a);
        host_free(&o.host);
        return r;
}
