/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the machine that --root=DIR names: a path that begins with DIR is resolved as if DIR were the root folder, so that no
 * link and no `..` in it leads out, for reading, making and deleting alike. Every other path is the caller's own, and taken as it
 * is.
 *
 * The kernel resolves (openat2, RESOLVE_IN_ROOT; Linux 5.6); where it cannot, a link below DIR is refused (ELOOP). All set errno
 * as the calls they are named after. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Once, before anything below dir is looked at; dir stays the caller's, without a slash at its end. False: it cannot be
 * opened. */
bool root_set(const char *dir);

int root_open(const char *path, int flags, mode_t mode);
bool root_stat(const char *path, struct stat *ret);
bool root_there(const char *path);
/* The folder that path's last name is in, opened for the *at calls; *ret_name points into path. -1: there is none. */
int root_parent(const char *path, const char **ret_name);
bool root_unlink(const char *path);
bool root_mkdir(const char *path);
bool root_rmdir(const char *path);
/* The path without links; malloc'ed, NULL if there is no such file. */
char *root_real(const char *path);
