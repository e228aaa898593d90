/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl under the name kexec: what concerns a UKI goes through firmware, everything else to the real kexec. systemctl kexec
 * (252 to 260, and later ones when the kernel does not take the image) calls `kexec --load UKI --append LINE` and reboots if
 * that exits with 0 and no kernel was loaded: the reboot comes to ukiload. kexec.target calls `kexec -e` at the end of a
 * shutdown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/kexec.h"
#include "host/reboot.h"
#include "judge/survey.h"
#include "verb/armed.h"
#include "verb/kexec_inside.h"

/* For letters that ask about both worlds: no firmware, or variables that cannot be read, means that nothing is armed there. */
static bool read_arming(struct kexec_call *c, struct arming *ret) {
        char buf[512];
        struct text ignored = TEXT_IN(buf);

        return (c->call.host.efivars || host_open(&c->call.host, &ignored) == EXIT_OK) &&
               arming_read(&c->call.host, ret, &ignored) == EXIT_OK;
}

/* By what both names lead to: the same file may be said by another path. */
static bool is_armed_for(const struct host *h, const struct arming *a, const char *file) {
        char *path = armed_file(h, &a->request);
        struct stat asked, armed;
        bool same = path && stat(file, &asked) == 0 && stat(path, &armed) == 0 && asked.st_dev == armed.st_dev &&
                    asked.st_ino == armed.st_ino;

        free(path);
        return same;
}

static enum exit_code keep(struct kexec_call *c, const struct arming *a, struct text *why) {
        char buf[REQUEST_UKI_CHARS];
        struct text uki = TEXT_IN(buf);
        enum exit_code code = armed_check(&c->call.host, a, why);

        request_uki(&a->request, &uki);
        if (code == EXIT_OK && !c->call.host.quiet)
                out_say("armed already: %s; it stays (ukictl status tells more, ukictl unload takes it back)", buf);
        return code;
}

/* What is armed in this boot stays for who asks for nothing more: systemctl would start a loaded kernel as well, whatever the
 * default entry is. An image that was changed since would be refused: a person who names it means it as it is now. True:
 * *ret_code is the answer. */
static bool is_armed_already(struct kexec_call *c, const char *file, bool more, int *ret_code) {
        struct arming a = { .state = ARMING_NONE };
        char buf[VERB_WHY_MAX];
        struct text why = TEXT_IN(buf);
        bool systemctl = kexec_asked_by_systemctl();
        bool armed =
                read_arming(c, &a) && a.state == ARMING_ARMED && !more && (systemctl || is_armed_for(&c->call.host, &a, file));
        enum exit_code code = armed ? keep(c, &a, &why) : EXIT_OK;

        armed = armed && (code == EXIT_OK || systemctl);
        if (armed)
                *ret_code = verb_fail(false, code, &why);
        arming_free(&a);
        return armed;
}

/* What kexec is given is a file, and no name in EFI/Linux that somebody else may have there. */
static char *as_file(const char *file) {
        char *path = NULL;

        return strchr(file, '/') ? strdup(file) : asprintf(&path, "./%s", file) >= 0 ? path : NULL;
}

static int load_words_of(const struct kexec_call *c, const char *file, int profile, struct span rest) {
        char number[16], *line = strndup((const char *) rest.p, rest.n);
        struct verb_words w = verb_words_for(&c->call.host, "ukictl load");

        snprintf(number, sizeof(number), "%d", profile);
        if (profile > 0)
                verb_words_say(&w, "--profile", number);
        if (rest.n > 0)
                verb_words_say(&w, "--append", line);
        if (c->reuse)
                verb_words_say(&w, "--reuse-cmdline", NULL);
        verb_words_say(&w, file, NULL);
        int r = verb_main(&verb_load, w.n, w.v);
        free(line);
        return r;
}

static int load_file(struct kexec_call *c, const char *file) {
        struct span line = span_of(c->line ? c->line : ""), rest = line;
        int profile = -1, code;

        if (!c->is_ukiload)
                kexec_line_match(bytes_span(&c->image), line, &profile, &rest);
        while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\n'))
                rest = span_from(rest, 1);
        if (is_armed_already(c, file, rest.n > 0 || c->reuse, &code))
                return code;
        return load_words_of(c, file, profile, rest);
}

/* What ukiload takes when nothing is requested; malloc'ed, NULL with a sentence in why. */
static char *default_image(struct kexec_call *c, struct text *why) {
        enum exit_code code = host_open(&c->call.host, why);

        if (code == EXIT_OK)
                code = host_need_esp(&c->call.host, why);
        return code == EXIT_OK ? survey_default(&c->call.host, NULL, why) : NULL;
}

static int load(struct kexec_call *c) {
        char buf[VERB_WHY_MAX];
        struct text why = TEXT_IN(buf);
        char *file = c->is_ukiload ? default_image(c, &why) : as_file(c->file);

        if (!file)
                return verb_fail(false, EXIT_FAILED, &why);
        int r = load_file(c, file);
        free(file);
        if (r != EXIT_OK || c->load)
                return r;
        /* without -l kexec goes on: with -f at once, else through a shutdown */
        return c->call.host.alien || c->call.host.dry_run ? reboot_say_not(&c->call.host)
                                                          : reboot_machine(&c->call.host, c->force);
}

static bool is_armed(struct kexec_call *c) {
        struct arming a = { .state = ARMING_NONE };
        bool armed = read_arming(c, &a) && a.state == ARMING_ARMED;

        arming_free(&a);
        return armed;
}

/* As `kexec -e` does for a kernel: at once. systemd has stopped everything by then. */
static int exec(struct kexec_call *c, char **argv) {
        if (kexec_kernel_loaded(&c->call.host) || !is_armed(c))
                return kexec_become(&c->call.host, argv);
        return c->call.host.alien || c->call.host.dry_run ? reboot_say_not(&c->call.host) : reboot_machine(&c->call.host, true);
}

/* Without kexec-tools there is still what the kernel says: -u and -S of nothing do not fail, and 1 is -S's word for loaded. */
static bool nothing_to_ask(const struct host *h) {
        char *real = kexec_real(h);
        bool absent = !real;

        free(real);
        return absent && !kexec_kernel_loaded(h);
}

static int unload(struct kexec_call *c, char **argv) {
        if (is_armed(c)) {
                struct verb_words w = verb_words_for(&c->call.host, "ukictl unload");
                int r = verb_main(&verb_unload, w.n, w.v);

                if (r != EXIT_OK)
                        return r;
                if (!kexec_kernel_loaded(&c->call.host) || c->call.host.dry_run)
                        return EXIT_OK;
        }
        return nothing_to_ask(&c->call.host) ? EXIT_OK : kexec_become(&c->call.host, argv);
}

/* kexec's own habit: 1 means that something is loaded. */
static int status(struct kexec_call *c, char **argv) {
        return is_armed(c) ? 1 : nothing_to_ask(&c->call.host) ? 0 : kexec_become(&c->call.host, argv);
}

int kexec_main(int argc, char **argv) {
        struct kexec_call c = { .pass = false };
        int r;

        kexec_call_read(&c, argc, argv);
        switch (kexec_call_act(&c)) {
        case KEXEC_LOAD: r = load(&c); break;
        case KEXEC_UNLOAD: r = unload(&c, argv); break;
        case KEXEC_EXEC: r = exec(&c, argv); break;
        case KEXEC_STATUS: r = status(&c, argv); break;
        default: r = kexec_become(&c.call.host, argv);
        }
        bytes_free(&c.image);
        host_free(&c.call.host);
        return r;
}
