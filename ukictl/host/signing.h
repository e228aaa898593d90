/* SPDX-License-Identifier: BSD-2-Clause */
/* The key with which this machine's administrator signs, and the tool that does it. */
#pragma once

#include "host/host.h"

struct signing {
        char *key;               /* a file, or what the tool's engine or provider takes; NULL: there is none */
        char *cert;              /* PEM or DER */
        char *tool;              /* "sbsign" or "systemd-sbsign"; NULL: sbsign */
        char *engine, *provider; /* of OpenSSL, for a key that is no file; NULL: none */
        char from[160];          /* for a person: where it was found */
};

/* The first of: /etc/ukiload.conf and /etc/kernel/uki.conf (ukify's keys SecureBootPrivateKey=, SecureBootCertificate=,
 * SecureBootSigningTool=, SigningEngine=, SigningProvider=), then the keys that sbctl, DKMS and shim-signed make. ret is to be
 * freed in any case. False with a sentence: what is configured cannot be used. No key at all is fine. */
bool signing_find(const struct host *h, struct signing *ret, struct text *why);
void signing_free(struct signing *s);

/* image signed; *ret is the caller's to bytes_free. False with a sentence. */
bool signing_sign(const struct signing *with, struct span image, struct bytes *ret, struct text *why);
