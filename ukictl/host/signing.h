/* SPDX-License-Identifier: BSD-2-Clause */
/* The key with which this machine's administrator signs, and the tool that does it. */
#pragma once

#include "host/host.h"

struct signing {
        char *tool;       /* one of "sbsign", "systemd-sbsign", "pesign", or a path; NULL: nothing signs here */
        char *key, *cert; /* files, or what engine or provider take; the certificate may be DER */
        char *engine, *provider, *cert_provider; /* of OpenSSL; NULL: none */
        char *nss_dir, *nss_name;                /* pesign's: a database of NSS, and the name of the certificate in it */
        char from[400];                          /* for a person: where it was found, and what it is */
};

/* The first of: /etc/ukiload.conf and /etc/kernel/uki.conf (ukify's keys SecureBootPrivateKey=, SecureBootCertificate=,
 * SecureBootSigningTool=, SigningEngine=, SigningProvider=, CertificateProvider=, SecureBootCertificateDir=,
 * SecureBootCertificateName=; a tool that is a path is a program of one's own), then the keys that sbctl, DKMS and shim-signed
 * make. ret is to be freed in any case. False with a sentence: what is configured cannot be used. No key at all is fine. */
bool signing_find(const struct host *h, struct signing *ret, struct text *why);
/* These two files, with sbsign; ret is to be freed. */
void signing_with(const char *key, const char *cert, struct signing *ret);
void signing_free(struct signing *s);

/* image signed; *ret is the caller's to bytes_free. False with a sentence. */
bool signing_sign(const struct signing *with, struct span image, struct bytes *ret, struct text *why);
