/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/run.h"
#include "host/scratch.h"
#include "host/signing.h"

#define SYSTEMD_SBSIGN "/usr/lib/systemd/systemd-sbsign"
#define WORDS_MAX      14
#define LAST_WORDS     400

/* What the tool says is kept for the case that it fails: sbsign notes things that are none of anybody's business. */
struct work {
        char *dir, *in, *out, *cert, *said;
};

static bool begin(struct work *w, struct text *why) {
        memset(w, 0, sizeof(*w));
        w->dir = scratch_folder(why);
        if (!w->dir)
                return false;
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

/* What a tool is called with. */
struct words {
        const char *v[WORDS_MAX + 1];
        size_t n;
        char sources[2][80]; /* the text of words that are made up */
};

static void say_words(struct words *w, const char *const *more) {
        for (; *more && w->n < WORDS_MAX; more++)
                w->v[w->n++] = *more;
        w->v[w->n] = NULL;
}
#define SAY(w, ...) say_words(w, (const char *const[]) { __VA_ARGS__, NULL })

static void for_sbsign(const struct signing *with, const struct work *w, const char *cert, struct words *ret) {
        SAY(ret, "sbsign");
        if (with->engine)
                SAY(ret, "--engine", with->engine);
        SAY(ret, "--key", with->key, "--cert", cert, "--output", w->out, w->in);
}

static void for_systemd(const struct signing *with, const struct work *w, const char *cert, struct words *ret) {
        const char *home = with->engine ? with->engine : with->provider;

        SAY(ret, SYSTEMD_SBSIGN, "sign");
        if (home) {
                snprintf(ret->sources[0], sizeof(ret->sources[0]), "--private-key-source=%s:%s",
                         with->engine ? "engine" : "provider", home);
                SAY(ret, ret->sources[0]);
        }
        if (with->cert_provider) {
                snprintf(ret->sources[1], sizeof(ret->sources[1]), "--certificate-source=provider:%s", with->cert_provider);
                SAY(ret, ret->sources[1]);
        }
        SAY(ret, "--private-key", with->key, "--certificate", cert, "--output", w->out, w->in);
}

static void for_pesign(const struct signing *with, const struct work *w, const char *cert, struct words *ret) {
        (void) cert;
        /* Letters, for the long names are not the same in all of its versions. */
        SAY(ret, "pesign", "-s", "--force", "-n", with->nss_dir ? with->nss_dir : "/etc/pki/pesign", "-c", with->nss_name, "-i",
            w->in, "-o", w->out);
}

static const struct tool {
        const char *name, *absent;
        void (*fill)(const struct signing *with, const struct work *w, const char *cert, struct words *ret);
} tools[] = {
        { "sbsign", "the program sbsign is not there: install sbsigntool, or sign the file yourself", for_sbsign },
        { "systemd-sbsign", "the program systemd-sbsign is not there: install systemd-repart, or sign the file yourself",
          for_systemd },
        { "pesign", "the program pesign is not there: install pesign, or sign the file yourself", for_pesign },
};

/* NULL: a program of one's own. */
static const struct tool *tool_of(const struct signing *with) {
        for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
                if (strcmp(with->tool, tools[i].name) == 0)
                        return &tools[i];
        return NULL;
}

/* The end of what it said, for some say a lot before they say what is wrong. */
static void say_last_words(const struct work *w, struct text *why) {
        struct bytes b;
        char buf[256];
        struct text ignored = TEXT_IN(buf);

        if (!bytes_read(w->said, FILE_TEXT_MAX, &b, &ignored))
                return;
        struct span rest = bytes_span(&b), line;
        if (rest.n > LAST_WORDS)
                rest = (struct span) { rest.p + rest.n - LAST_WORDS, LAST_WORDS };
        for (bool first = true; span_line(&rest, &line); first = false) {
                text_str(why, first ? "" : "; ");
                text_bytes(why, line);
        }
        bytes_free(&b);
}

static bool key_is_file(const struct signing *with) {
        return with->key && !with->engine && !with->provider && !strchr(with->key, ':');
}

/* Nobody is asked for a passphrase here: the tool will do it. Its form is OpenSSL's. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg) { /* NOLINT(readability-non-const-parameter) */
        (void) buf, (void) size, (void) rwflag, (void) arg;
        return -1;
}

static bool belong_together(const char *key_file, const char *cert_file) {
        FILE *k = fopen(key_file, "re"), *c = fopen(cert_file, "re");
        EVP_PKEY *key = k ? PEM_read_PrivateKey(k, NULL, no_passphrase, NULL) : NULL;
        X509 *cert = c ? PEM_read_X509(c, NULL, no_passphrase, NULL) : NULL;
        /* What cannot be read cannot be compared: the tool says more of it. */
        bool together = !key || !cert || X509_check_private_key(cert, key) == 1;

        X509_free(cert);
        EVP_PKEY_free(key);
        if (c)
                fclose(c);
        if (k)
                fclose(k);
        return together;
}

/* pem: the certificate's file as the tool gets it. */
static bool is_pair(const struct signing *with, const char *pem, struct text *why) {
        if (with->tool[0] == '/' || !key_is_file(with) || !pem || with->cert_provider || belong_together(with->key, pem))
                return true;
        text_cat(why, with->key, ": this signing key is not the one of the certificate ", with->cert,
                 "; name two files that belong together, see SIGNING in ukictl(8)", NULL);
        return false;
}

static bool is_there(const char *file, const char *to_do, struct text *why) {
        if (!file || access(file, R_OK) == 0)
                return true;
        text_cat(why, file, ": ", strerror(errno), to_do, NULL);
        return false;
}

/* Tools say it in the words of OpenSSL. */
static bool files_are_there(const struct signing *with, struct text *why) {
        return is_there(key_is_file(with) ? with->key : NULL, "; name a signing key that is there, see SIGNING in ukictl(8)",
                        why) &&
               is_there(with->cert_provider ? NULL : with->cert,
                        "; name a signing key's certificate that is there, see SIGNING in ukictl(8)", why);
}

static void say_failed(const struct signing *with, const struct work *w, int code, struct text *why) {
        const struct tool *tool = tool_of(with);

        if (code == RUN_ABSENT && tool)
                text_str(why, tool->absent);
        else if (code == RUN_ABSENT)
                text_cat(why, with->tool, ": this signing program is not there; mend SecureBootSigningTool=", NULL);
        else if (code < 0)
                text_cat(why, with->tool, ": the signing tool was ended by a signal, and nothing is signed", NULL);
        else if (files_are_there(with, why)) {
                text_cat(why, with->tool, ": the signing tool could not sign the file, and says \"", NULL);
                say_last_words(w, why);
                text_char(why, '"');
        }
}

static bool run_tool(const struct signing *with, const struct work *w, const char *cert, struct text *why) {
        struct words words = { .n = 0 };
        const struct tool *tool = tool_of(with);

        if (tool)
                tool->fill(with, w, cert, &words);
        else
                SAY(&words, with->tool, w->in, w->out);
        int code = run_program(words.v, w->said);
        if (code != 0)
                say_failed(with, w, code, why);
        else if (access(w->out, R_OK) != 0)
                text_cat(why, with->tool, ": the signing tool ended well and wrote no file", NULL);
        else
                return true;
        return false;
}

bool signing_sign(const struct signing *with, struct span image, struct bytes *ret, struct text *why) {
        const char *cert = with->cert;
        struct work w;
        bool is_file = cert && !with->cert_provider;
        bool ok = begin(&w, why) && bytes_write(w.in, image, why) && (!is_file || as_pem(&w, with->cert, &cert, why)) &&
                  is_pair(with, cert, why) && run_tool(with, &w, cert, why) && bytes_read(w.out, FILE_IMAGE_MAX, ret, why);

        end(&w);
        return ok;
}
