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
                { "SecureBootPrivateKey", &s->key }, { "SecureBootCertificate", &s->cert }, { "SecureBootSigningTool", &s->tool },
                { "SigningEngine", &s->engine },     { "SigningProvider", &s->provider },
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

static bool read_config(const struct host *h, const char *name, struct signing *ret) {
        char *path = host_path(h, name), buf[256];
        struct text ignored = TEXT_IN(buf);
        struct bytes b = { NULL, 0 };

        if (root_there(path) && bytes_read(path, FILE_TEXT_MAX, &b, &ignored)) {
                struct span rest = bytes_span(&b), line;

                while (span_line(&rest, &line))
                        take_line(ret, line);
        }
        bytes_free(&b);
        free(path);
        return ret->key || ret->cert;
}

static bool check_config(const char *name, const struct signing *s, struct text *why) {
        if (!s->key || !s->cert)
                text_cat(why, name,
                         ": a signing key and its certificate go together: name SecureBootPrivateKey= and SecureBootCertificate=",
                         NULL);
        else if (s->tool && strcmp(s->tool, "sbsign") != 0 && strcmp(s->tool, "systemd-sbsign") != 0)
                text_cat(why, name, ": SecureBootSigningTool=", s->tool, ": ukictl knows sbsign and systemd-sbsign", NULL);
        else
                return true;
        return false;
}

bool signing_find(const struct host *h, struct signing *ret, struct text *why) {
        memset(ret, 0, sizeof(*ret));
        for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
                if (read_config(h, configs[i], ret)) {
                        snprintf(ret->from, sizeof(ret->from), "%s", configs[i]);
                        return check_config(configs[i], ret, why);
                }
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !ret->key; i++)
                if (host_has(h, places[i].key) && host_has(h, places[i].cert)) {
                        ret->key = host_path(h, places[i].key);
                        ret->cert = host_path(h, places[i].cert);
                        snprintf(ret->from, sizeof(ret->from), "%s (%s)", places[i].key, places[i].whose);
                }
        return true;
}

void signing_free(struct signing *s) {
        free(s->key);
        free(s->cert);
        free(s->tool);
        free(s->engine);
        free(s->provider);
        memset(s, 0, sizeof(*s));
}
