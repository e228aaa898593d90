/* SPDX-License-Identifier: BSD-2-Clause */
/* kexec-tools' kexec, and the front-end in its place. The front-end is ukictl under the name kexec. While it is switched on,
 * the real program stands beside it as kexec.distrib, where dpkg puts it on each upgrade (a diversion of both names,
 * /usr/sbin/kexec and /sbin/kexec, for releases differ in which of them they ship). */
#pragma once

#include "host/host.h"

#define KEXEC_PATH      "/usr/sbin/kexec"
#define KEXEC_OLD_PATH  "/sbin/kexec"
#define KEXEC_REAL      KEXEC_PATH ".distrib"
#define KEXEC_REAL_NAME "kexec.distrib"

/* A kernel waits for `kexec -e`. */
bool kexec_kernel_loaded(const struct host *h);
/* The real program: what was moved aside, else what stands in its place and is not ukictl; malloc'ed, NULL if there is none. */
char *kexec_real(const struct host *h);
/* What stands in its place is this program. */
bool kexec_is_ours(const struct host *h);
/* ... but has gone from where it was: nobody can call kexec then. */
bool kexec_is_broken(const struct host *h);
/* The process that called us is systemctl. */
bool kexec_asked_by_systemctl(void);

/* Becomes the real program with argv as it is (argv[0] too). Returns only if that cannot be: an exit code, and the sentence is
 * said. */
int kexec_become(const struct host *h, char **argv);
/* Puts the front-end there, or takes it away; nothing to do is fine, *ret_changed says so. With h->dry_run nothing is done. */
enum exit_code kexec_switch(const struct host *h, bool on, bool *ret_changed, struct text *why);
