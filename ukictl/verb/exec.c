/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl exec: reboot into what is armed. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/arming.h"
#include "host/reboot.h"
#include "out.h"
#include "sha256.h"

static void help(void) {
        puts("usage: ukictl exec [OPTION]...\n\n"
             "Reboots into what ukictl load has armed, through systemd.\n\n"
             "  --force        reboot at once: sync, but no services are stopped\n"
             "  --no-reboot    only say whether a reboot would do it\n" HOST_HELP "\n\n"
             "Exit codes: 0 the reboot is under way, 3 nothing is armed, or it is stale,\n"
             "5 the image was changed after load, 1 failure, 2 usage, 4 not root,\n"
             "8 no firmware.");
}

static enum exit_code check_armed(const struct arming *a, struct text *why) {
        switch (a->state) {
        case ARMING_ARMED: return EXIT_OK;
        case ARMING_NONE: text_str(why, "nothing is armed: use ukictl load first"); break;
        case ARMING_FOREIGN: text_cat(why, "what is armed is another ukiload's: ", a->why, NULL); break;
        default:
                text_cat(why, "what is armed is ", arming_state_name(a->state), " (", a->why,
                         "): use ukictl load again, or ukictl unload", NULL);
        }
        return EXIT_NOT_ARMED;
}

/* ukiload would notice and refuse; better now than after a reboot. */
static enum exit_code check_unchanged(const struct host *h, const struct request *r, struct text *why) {
        uint8_t now[SHA256_SIZE];
        struct bytes b;
        char *file = h->esp && r->uki[0] ? volume_find(h->esp, r->uki) : NULL;
        if (!file && h->xbootldr && r->uki[0])
                file = volume_find(h->xbootldr, r->uki);
        if (!file) {
                text_cat(why, r->uki, ": the image that is armed is not there any more: use ukictl load again", NULL);
                return h->esp && r->uki[0] ? EXIT_FORMAT : EXIT_OK;
        }
        bool read = bytes_read(file, FILE_IMAGE_MAX, &b, why);
        free(file);
        if (!read)
                return EXIT_FAILED;
        sha256_of(bytes_span(&b), now);
        bytes_free(&b);
        if (!r->has_sha256 || memcmp(now, r->sha256, sizeof(now)) == 0)
                return EXIT_OK;
        text_cat(why, r->uki, ": the image was changed after it was armed: use ukictl load again", NULL);
        return EXIT_FORMAT;
}

enum { EXEC_FORCE = 0x200, EXEC_NO_REBOOT };

static int parse_options(struct host *h, int argc, char **argv, bool *ret_force, bool *ret_no_reboot, bool *ret_help) {
        static const struct option options[] = {
                { "force", no_argument, NULL, EXEC_FORCE },
                { "no-reboot", no_argument, NULL, EXEC_NO_REBOOT },
                HOST_OPTIONS,
                { "no-ifdown", no_argument, NULL, 'x' },
                { "no-sync", no_argument, NULL, 'y' },
                { "debug", no_argument, NULL, 'd' },
                { "help", no_argument, NULL, 'h' },
                { NULL, 0, NULL, 0 },
        };
        for (int c; (c = getopt_long(argc, argv, "hfasidxy", options, NULL)) != -1;)
                if (c == EXEC_FORCE || c == 'f')
                        *ret_force = true;
                else if (c == EXEC_NO_REBOOT)
                        *ret_no_reboot = true;
                else if (c == 'h')
                        *ret_help = true;
                else if (c == '?')
                        return out_usage("ukictl exec");
                else
                        (void) host_option(h, c, optarg);
        if (optind != argc)
                return out_fail(h->json, EXIT_USAGE, "exec takes no UKI: it reboots into what ukictl load has armed");
        return EXIT_OK;
}

int verb_exec(int argc, char **argv) {
        struct host h = host_begin();
        struct arming a = { .state = ARMING_NONE };
        char buf[1024];
        struct text why = TEXT_IN(buf);
        bool force = false, no_reboot = false, wants_help = false;
        int r = parse_options(&h, argc, argv, &force, &no_reboot, &wants_help);
        if (wants_help)
                help();
        else if (r == EXIT_OK) {
                enum exit_code code = host_open(&h, &why);
                if (code == EXIT_OK)
                        code = arming_read(&h, &a, &why);
                if (code == EXIT_OK)
                        code = check_armed(&a, &why);
                if (code == EXIT_OK)
                        code = check_unchanged(&h, &a.request, &why);
                if (code == EXIT_OK && h.alien && !no_reboot && !h.dry_run) {
                        text_str(&why,
                                 "a reboot of this machine would not see --root or --efivars: add --no-reboot or --dry-run");
                        code = EXIT_USAGE;
                }
                if (code != EXIT_OK)
                        r = out_fail(h.json, code, "%s", buf);
                else
                        r = no_reboot || h.dry_run ? reboot_say_not(&h) : reboot_machine(&h, force);
        }
        arming_free(&a);
        host_free(&h);
        return r;
}
