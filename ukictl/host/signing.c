/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/root.h"

/* Where tools of distributions keep a machine's own key. */
static const struct place {
        const char *key, *cert, *whose;
} places[] = {
        { "/var/lib/sbctl/keys/db/db.key", "/var/lib/sbctl/keys/db/db.pem", "sbctl's key" },
        { "/var/lib/dkms/mok.key", "/var/lib/dkms/mok.pub", "DKMS's machine owner key" },
        { "/var/lib/shim-signed/mok/MOK.priv", "/var/lib/shim-signed/mok/MOK.der", "shim-signed's machine owner key" },
};

static const char *const configs[] = { "/etc/ukiload.conf", "/etc/kernel/uki.conf" };

static struct span trim(struct span s) {
        while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
                s = (struct span) { s.p + 1, s.n - 1 };
        while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
                s.n--;
        return s;
}

static void take_line(struct signing *s, struct span line) {
        const struct {
                const char *name;
                char **value;
        } keys[] = {
                { "SecureBootSigningTool", &s->tool },       { "SecureBootPrivateKey", &s->key },
                { "SecureBootCertificate", &s->cert },       { "SigningEngine", &s->engine },
                { "SigningProvider", &s->provider },         { "CertificateProvider", &s->cert_provider },
                { "SecureBootCertificateDir", &s->nss_dir }, { "SecureBootCertificateName", &s->nss_name },
        };
        size_t n = 0;

        while (n < line.n && line.p[n] != '=')
                n++;
        struct span name = trim((struct span) { line.p, n });
        for (size_t i = 0; n < line.n && i < sizeof(keys) / sizeof(keys[0]); i++)
                if (span_eq_nocase(name, span_of(keys[i].name))) {
                        struct span value = trim((struct span) { line.p + n + 1, line.n - n - 1 });

                        free(*keys[i].value);
                        *keys[i].value = value.n > 0 ? strndup((const char *) value.p, value.n) : NULL;
                }
}

/* True: it says with what to sign, or cannot be read, and then another key is not what was meant. A tool alone does not, for it
 * may be there for somebody's UKIs. */
static bool read_config(const struct host *h, const char *name, struct signing *ret, struct text *why) {
        char *path = host_path(h, name);
        size_t before = why->len;
        struct bytes b = { NULL, 0 };

        if (root_there(path) && bytes_read(path, FILE_TEXT_MAX, &b, why)) {
                struct span rest = bytes_span(&b), line;

                while (span_line(&rest, &line))
                        take_line(ret, line);
        }
        bytes_free(&b);
        free(path);
        if (why->len > before)
                return true;
        bool says = ret->key || ret->cert || ret->nss_name || (ret->tool && ret->tool[0] == '/');
        if (says && !ret->tool)
                ret->tool = strdup(ret->nss_name && !ret->key && !ret->cert ? "pesign" : "sbsign");
        if (!says)
                signing_free(ret);
        return says;
}

/* The clause for what does not go together; NULL: all does. */
static const char *misfit(const struct signing *s) {
        bool sbsign = strcmp(s->tool, "sbsign") == 0, systemd = strcmp(s->tool, "systemd-sbsign") == 0;

        if (s->tool[0] == '/')
                return NULL;
        if (strcmp(s->tool, "pesign") == 0)
                return s->nss_name ? NULL : "pesign takes its key from a database: name it with SecureBootCertificateName=";
        if (!sbsign && !systemd)
                return "this signing tool is not known: say sbsign, systemd-sbsign, pesign or the path of a program of your own";
        if (!s->key || !s->cert)
                return "a signing key and its certificate go together: name SecureBootPrivateKey= and SecureBootCertificate=";
        if (s->engine && s->provider)
                return "a key has one home: name SigningEngine= or SigningProvider=, not both";
        if (sbsign && (s->provider || s->cert_provider))
                return "sbsign knows no providers: say SecureBootSigningTool=systemd-sbsign, or name SigningEngine=";
        return NULL;
}

static bool check_config(const char *name, const struct signing *s, struct text *why) {
        const char *clause = misfit(s);

        if (clause)
                text_cat(why, name, ": SecureBootSigningTool=", s->tool, ": ", clause, NULL);
        return !clause;
}

/* The key as a person may see it: a PIN in it is nobody's business. */
static void say_from(struct signing *s, const char *name) {
        const char *key = s->nss_name ? s->nss_name : s->key ? s->key : "", *pin = strstr(key, "pin-");
        size_t n = pin && pin > key ? (size_t) (pin - key) - 1 : strlen(key);

        if (s->tool[0] == '/')
                snprintf(s->from, sizeof(s->from), "%s (by %s)", name, s->tool);
        else
                snprintf(s->from, sizeof(s->from), "%s (%.*s, by %s)", name, (int) n, key, s->tool);
}

/* The tool knows no root: a link below it is resolved here, and never leads out. */
static char *real_path(const struct host *h, const char *name) {
        char *path = host_path(h, name), *real = h->root[0] ? root_real(path) : NULL;

        if (!real)
                return path;
        free(path);
        return real;
}

bool signing_find(const struct host *h, struct signing *ret, struct text *why) {
        size_t before = why->len;

        memset(ret, 0, sizeof(*ret));
        for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
                if (read_config(h, configs[i], ret, why)) {
                        if (why->len > before)
                                return false;
                        say_from(ret, configs[i]);
                        return check_config(configs[i], ret, why);
                }
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !ret->key; i++)
                if (host_has(h, places[i].key) && host_has(h, places[i].cert)) {
                        ret->tool = strdup("sbsign");
                        ret->key = real_path(h, places[i].key);
                        ret->cert = real_path(h, places[i].cert);
                        snprintf(ret->from, sizeof(ret->from), "%s (%s)", places[i].key, places[i].whose);
                }
        return true;
}

void signing_with(const char *key, const char *cert, struct signing *ret) {
        memset(ret, 0, sizeof(*ret));
        ret->tool = strdup("sbsign");
        ret->key = strdup(key);
        ret->cert = strdup(cert);
        snprintf(ret->from, sizeof(ret->from), "%s", key);
}

void signing_free(struct signing *s) {
        char *const owned[] = { s->tool, s->key, s->cert, s->engine, s->provider, s->cert_provider, s->nss_dir, s->nss_name };

        for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
                free(owned[i]);
        memset(s, 0, sizeof(*s));
}
