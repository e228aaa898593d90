/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of kexec(8), read as kexec-tools reads them, but only to tell whose business a call is. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "judge/install.h"
#include "uki.h"
#include "verb/kexec_inside.h"

enum { CALL_LINE = 0x200, CALL_REUSE, CALL_NOTHING };

static void take(struct kexec_call *c, int option) {
        switch (option) {
        case 'l': c->load = true; break;
        case 'e': c->exec = true; break;
        case 'f': c->force = true; break;
        case 'u': c->unload = true; break;
        case 'S': c->status = true; break;
        case CALL_LINE: c->line = optarg; break;
        case CALL_REUSE: c->reuse = true; break;
        case CALL_NOTHING:
        case 'a':
        case 's':
        case 'i':
        case 'd':
        case 'x':
        case 'y': break;
        default:
                if (!host_option(&c->host, option, optarg))
                        c->pass = true;
        }
}

void kexec_call_read(struct kexec_call *c, int argc, char **argv) {
        static const struct option options[] = {
                { "load", no_argument, NULL, 'l' },
                { "exec", no_argument, NULL, 'e' },
                { "force", no_argument, NULL, 'f' },
                { "unload", no_argument, NULL, 'u' },
                { "status", no_argument, NULL, 'S' },
                { "append", required_argument, NULL, CALL_LINE },
                { "command-line", required_argument, NULL, CALL_LINE },
                { "reuse-cmdline", no_argument, NULL, CALL_REUSE },
                { "kexec-syscall-auto", no_argument, NULL, CALL_NOTHING },
                { "kexec-file-syscall", no_argument, NULL, CALL_NOTHING },
                { "no-checks", no_argument, NULL, CALL_NOTHING },
                { "debug", no_argument, NULL, CALL_NOTHING },
                { "no-ifdown", no_argument, NULL, CALL_NOTHING },
                { "no-sync", no_argument, NULL, CALL_NOTHING },
                HOST_OPTIONS,
                { NULL, 0, NULL, 0 },
        };
        size_t size = ((size_t) argc + 1) * sizeof(*argv);
        char **words = need(size); /* getopt sorts them */

        memcpy(words, argv, size);
        opterr = 0;
        for (int o; (o = getopt_long(argc, words, "lefuSasidxy", options, NULL)) != -1;)
                take(c, o);
        if (argc - optind == 1)
                c->file = words[optind];
        else if (argc != optind)
                c->pass = true;
        opterr = 1;
        optind = 0; /* whoever is called next begins anew */
        free(words);
}

/* A UKI, or ukiload itself; a kernel that is no UKI is kexec-tools' business. */
static bool is_for_firmware(struct kexec_call *c) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct pe *pe = need(sizeof(*pe));
        bool is = false;

        if (bytes_read(c->file, FILE_IMAGE_MAX, &c->image, &ignored)) {
                c->is_ukiload = install_is_ukiload(bytes_span(&c->image));
                is = c->is_ukiload || (pe_open_file(bytes_span(&c->image), pe, &ignored) && uki_is_candidate(pe));
        }
        free(pe);
        return is;
}

enum kexec_act kexec_call_act(struct kexec_call *c) {
        if (c->pass)
                return KEXEC_PASS;
        if (c->status)
                return c->file ? KEXEC_PASS : KEXEC_STATUS;
        if (c->unload)
                return c->file ? KEXEC_PASS : KEXEC_UNLOAD;
        if (c->exec)
                return c->file ? KEXEC_PASS : KEXEC_EXEC;
        return c->file && is_for_firmware(c) ? KEXEC_LOAD : KEXEC_PASS;
}
