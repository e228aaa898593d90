/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/run.h"
#include "host/signing.h"

#define SYSTEMD_SBSIGN "/usr/lib/systemd/systemd-sbsign"
#define WORDS_MAX      12

/* What the tool says is kept for the case that it fails: sbsign notes things that are none of anybody's business. */
struct work {
        char *dir, *in, *out, *cert, *said;
};

static bool begin(struct work *w, struct text *why) {
        const char *tmp = getenv("TMPDIR");

        memset(w, 0, sizeof(*w));
        if (asprintf(&w->dir, "%s/ukictl.XXXXXX", tmp && tmp[0] ? tmp : "/tmp") < 0 || !mkdtemp(w->dir)) {
                text_str(why, "no folder for temporary files can be made in /tmp or TMPDIR");
                free(w->dir);
                w->dir = NULL;
                return false;
        }
        return asprintf(&w->in, "%s/unsigned.efi", w->dir) > 0 && asprintf(&w->out, "%s/signed.efi", w->dir) > 0 &&
               asprintf(&w->cert, "%s/cert.pem", w->dir) > 0 && asprintf(&w->said, "%s/said", w->dir) > 0;
}

static void end(struct work *w) {
        char *files[] = { w->in, w->out, w->cert, w->said };

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                if (files[i])
                        (void) unlink(files[i]);
                free(files[i]);
        }
        if (w->dir)
                (void) rmdir(w->dir);
        free(w->dir);
}

/* Tools take PEM, and DKMS and shim-signed keep DER. True too for what is no file, or no DER: the tool will say so. */
static bool as_pem(struct work *w, const char *cert, const char **ret, struct text *why) {
        struct bytes b;
        char buf[256];
        struct text ignored = TEXT_IN(buf);

        *ret = cert;
        if (!bytes_read(cert, FILE_TEXT_MAX, &b, &ignored))
                return true;
        const uint8_t *p = b.p;
        X509 *x = d2i_X509(NULL, &p, (long) b.n);
        FILE *out = x ? fopen(w->cert, "wx") : NULL;
        bool ok = !x || (out && PEM_write_X509(out, x) == 1);
        if (out)
                ok = fclose(out) == 0 && ok;
        if (x && ok)
                *ret = w->cert;
        else if (!ok)
                text_cat(why, cert, ": cannot be written as PEM for the signing tool", NULL);
        X509_free(x);
        bytes_free(&b);
        return ok;
}

static void fill(const struct signing *with, const struct work *w, const char *cert, const char *words[WORDS_MAX],
                 char source[96]) {
        bool systemd = with->tool && strcmp(with->tool, "systemd-sbsign") == 0;
        size_t n = 0;

        words[n++] = systemd ? SYSTEMD_SBSIGN : "sbsign";
        if (systemd) {
                words[n++] = "sign";
                if (with->engine || with->provider) {
                        snprintf(source, 96, "--private-key-source=%s:%s", with->engine ? "engine" : "provider",
                                 with->engine ? with->engine : with->provider);
                        words[n++] = source;
                }
        } else if (with->engine) {
                words[n++] = "--engine";
                words[n++] = with->engine;
        }
        words[n++] = systemd ? "--private-key" : "--key";
        words[n++] = with->key;
        words[n++] = systemd ? "--certificate" : "--cert";
        words[n++] = cert;
        words[n++] = "--output";
        words[n++] = w->out;
        words[n++] = w->in;
        words[n] = NULL;
}

static void say(const struct work *w, const char *tool, int code, struct text *why) {
        struct bytes b;
        char buf[256];
        struct text ignored = TEXT_IN(buf);

        if (code == RUN_ABSENT) {
                text_str(why,
                         strcmp(tool, "sbsign") == 0
                                 ? "the program sbsign is not there: install sbsigntool, or sign the file yourself"
                                 : "the program systemd-sbsign is not there: install systemd-ukify, or sign it by other means");
                return;
        }
        text_cat(why, tool, ": the signing tool could not sign the file, and says \"", NULL);
        if (bytes_read(w->said, FILE_TEXT_MAX, &b, &ignored)) {
                struct span rest = bytes_span(&b);

                while (rest.n > 0 && rest.p[rest.n - 1] == '\n')
                        rest.n--;
                text_bytes(why, rest);
                bytes_free(&b);
        }
        text_char(why, '"');
}

bool signing_sign(const struct signing *with, struct span image, struct bytes *ret, struct text *why) {
        const char *words[WORDS_MAX], *cert = NULL;
        char source[96];
        struct work w;
        bool ok = begin(&w, why) && bytes_write(w.in, image, why) && as_pem(&w, with->cert, &cert, why);

        if (ok) {
                fill(with, &w, cert, words, source);
                int code = run_program(words, w.said);
                ok = code == 0 && bytes_read(w.out, FILE_IMAGE_MAX, ret, why);
                if (code != 0)
                        say(&w, with->tool ? with->tool : "sbsign", code, why);
        }
        end(&w);
        return ok;
}
