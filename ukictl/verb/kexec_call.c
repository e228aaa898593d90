/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of kexec(8), read as kexec-tools reads them, but only to tell whose business a call is. */
#include <stdlib.h>
#include <string.h>

#include "judge/install.h"
#include "letters.h"
#include "uki.h"
#include "verb/kexec_inside.h"

static const struct option_row rows[] = {
        OPTION_LETTER('l', FLAG, struct kexec_call, load, "load", NULL, NULL),
        OPTION_LETTER('e', FLAG, struct kexec_call, exec, "exec", NULL, NULL),
        OPTION_LETTER('f', FLAG, struct kexec_call, force, "force", NULL, NULL),
        OPTION_LETTER('u', FLAG, struct kexec_call, unload, "unload", NULL, NULL),
        OPTION_LETTER('S', FLAG, struct kexec_call, status, "status", NULL, NULL),
        OPTION(TEXT, struct kexec_call, line, "append", "LINE", NULL),
        OPTION(TEXT, struct kexec_call, line, "command-line", "LINE", NULL),
        OPTION(FLAG, struct kexec_call, reuse, "reuse-cmdline", NULL, NULL),
        OPTION_KEXEC('a', "kexec-syscall-auto", NULL),
        OPTION_KEXEC('s', "kexec-file-syscall", NULL),
        OPTION_KEXEC('c', "kexec-syscall", NULL),
        OPTION_KEXEC('i', "no-checks", NULL),
        OPTION_KEXEC('d', "debug", NULL),
        OPTION_KEXEC('x', "no-ifdown", NULL),
        OPTION_KEXEC('y', "no-sync", NULL),
        /* so that the beginning of one of these is none of --load, which would reboot */
        OPTION_NOT_HERE(0, "load-panic", NULL, ""),
        OPTION_NOT_HERE(0, "load-preserve-context", NULL, ""),
        OPTION_NOT_HERE(0, "load-jump-back-helper", NULL, ""),
        OPTION_NOT_HERE(0, "load-live-update", NULL, ""),
        OPTIONS_HOST,
        OPTIONS_END,
};

void kexec_call_read(struct kexec_call *c, int argc, char **argv) {
        c->pass = !verb_options(rows, &c->call, argc, argv) || c->call.n_args > 1;
        c->load = letters_load_alone(argc, argv);
        if (c->call.n_args == 1)
                c->file = c->call.args[0];
        host_begin(&c->call.host);
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
