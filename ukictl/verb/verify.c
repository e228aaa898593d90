/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl verify: what firmware and shim will say to a file, one line a check. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/efivars.h"
#include "judge/checks.h"

static void help(void) {
        puts("usage: ukictl verify FILE... [OPTION]...\n\n"
             "Checks images and addons as firmware will: format, machine, sections, signatures, revocation,\n"
             "SBAT level. Believes this machine's db, MokListRT, dbx, MokListXRT and SbatLevelRT, or:\n\n"
             "  --cert FILE        a certificate (PEM or DER) to believe instead; may repeat\n"
             "  --db FILE          EFI signature lists to believe instead\n"
             "  --dbx FILE         EFI signature lists of what is revoked, instead\n"
             "  --sbat-level FILE  SBAT revocations to compare with, instead\n"
             "  --efivars DIR      EFI variables of another machine (files Name-guid)\n"
             "  --json             print JSON\n\n"
             "Exit codes: 0 nothing speaks against it (what was skipped is said), 5 format, 6 signature,\n"
             "revoked or SBAT, 1 a file cannot be read, 2 usage. Firmware does not look at expiry dates.");
}

static const char *state_name(enum check_state state) {
        switch (state) {
        case CHECK_OK: return "ok";
        case CHECK_NOTE: return "note";
        case CHECK_SKIPPED: return "skipped";
        case CHECK_FAILED: break;
        }
        return "FAILED";
}

static const char *summary(const struct verdict *v) {
        bool skipped = false;
        for (size_t i = 0; i < v->n; i++)
                skipped = skipped || v->checks[i].state == CHECK_SKIPPED;
        return verdict_code(v) != EXIT_OK ? "refused"
               : skipped                  ? "nothing speaks against it, but not all could be checked"
                                          : "good";
}

static void print_text(const struct verdict *v) {
        out_say("%s: %s", v->path, summary(v));
        for (size_t i = 0; i < v->n; i++)
                out_say("  %-8s %-10s %s", state_name(v->checks[i].state), v->checks[i].name, v->checks[i].text);
}

static struct json_object *to_json(const struct verdict *v) {
        struct json_object *o = json_object_new_object(), *list = json_object_new_array();
        out_add_span(o, "file", span_of(v->path));
        out_add(o, "verdict", verdict_code(v) == EXIT_OK ? "ok" : "refused");
        for (size_t i = 0; i < v->n; i++) {
                struct json_object *c = json_object_new_object();
                out_add(c, "check", v->checks[i].name);
                out_add(c, "state", v->checks[i].state == CHECK_FAILED ? "failed" : state_name(v->checks[i].state));
                out_add_span(c, "text", span_of(v->checks[i].text));
                json_object_array_add(list, c);
        }
        json_object_object_add(o, "checks", list);
        return o;
}

struct options {
        bool json, help;
        const char *efivars;
};

static bool read_sbat_level(struct trust *trust, const char *path, struct text *why) {
        bytes_free(&trust->sbat_level);
        trust->has_sbat_level = bytes_read(path, FILE_TEXT_MAX, &trust->sbat_level, why);
        return trust->has_sbat_level;
}

static bool parse_options(int argc, char **argv, struct options *o, struct trust *trust, struct text *why) {
        static const struct option options[] = {
                { "cert", required_argument, NULL, 'c' },    { "db", required_argument, NULL, 'd' },
                { "dbx", required_argument, NULL, 'x' },     { "sbat-level", required_argument, NULL, 's' },
                { "efivars", required_argument, NULL, 'e' }, { "json", no_argument, NULL, 'j' },
                { "help", no_argument, NULL, 'h' },          { NULL, 0, NULL, 0 },
        };
        bool ok = true;
        for (int c; ok && (c = getopt_long(argc, argv, "h", options, NULL)) != -1;)
                switch (c) {
                case 'c': ok = trust_add_cert(trust, optarg, why); break;
                case 'd': ok = trust_add_lists(trust, optarg, false, why); break;
                case 'x': ok = trust_add_lists(trust, optarg, true, why); break;
                case 's': ok = read_sbat_level(trust, optarg, why); break;
                case 'e': o->efivars = optarg; break;
                case 'j': o->json = true; break;
                case 'h': o->help = true; return true;
                default: return false;
                }
        return ok;
}

static enum exit_code verify_file(const char *path, const struct trust *trust, bool json, struct json_object *list) {
        char buf[512];
        struct text why = TEXT_IN(buf);
        struct bytes file;
        if (!bytes_read(path, FILE_IMAGE_MAX, &file, &why))
                return (enum exit_code) out_fail(false, EXIT_FAILED, "%s", buf);
        struct verdict *v = need(sizeof(*v));
        struct pe *pe = need(sizeof(*pe));
        memset(v, 0, sizeof(*v));
        v->path = path;
        if (check_format(v, bytes_span(&file), pe)) {
                check_shim(v, pe, trust);
                check_signed(v, pe, trust);
                check_sbat(v, pe, trust);
        }
        enum exit_code code = verdict_code(v);
        if (json)
                json_object_array_add(list, to_json(v));
        else
                print_text(v);
        free(pe);
        free(v);
        bytes_free(&file);
        return code;
}

static int verify_files(int n, char **paths, const struct trust *trust, bool json) {
        struct json_object *list = json_object_new_array();
        int r = EXIT_OK;
        for (int i = 0; i < n; i++) {
                enum exit_code code = verify_file(paths[i], trust, json, list);
                if (r == EXIT_OK)
                        r = (int) code;
        }
        if (json)
                out_json(list);
        else
                json_object_put(list);
        return r;
}

int verb_verify(int argc, char **argv) {
        char buf[512];
        struct text why = TEXT_IN(buf);
        struct trust trust = { .secure_boot = -1 };
        struct options o = { .efivars = EFIVARS_DIR };
        int r;

        if (!parse_options(argc, argv, &o, &trust, &why))
                r = why.len > 0 ? out_fail(o.json, EXIT_FAILED, "%s", buf) : out_usage("ukictl verify");
        else if (o.help) {
                help();
                r = EXIT_OK;
        } else if (optind == argc)
                r = out_fail(o.json, EXIT_USAGE, "name a file; see ukictl verify --help");
        else if (!trust_add_variables(&trust, o.efivars, &why))
                r = out_fail(o.json, EXIT_FAILED, "%s", buf);
        else
                r = verify_files(argc - optind, argv + optind, &trust, o.json);
        trust_free(&trust);
        return r;
}
