/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded into ukictl by test_faults.py: each call that changes a file below FAIL_UNDER is counted and noted in FAIL_LOG, and
 * the one with the number FAIL_AT fails with FAIL_ERRNO. What cleans up afterwards works, as on a volume that is full. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) (__typeof__(&name)) dlsym(RTLD_NEXT, #name)

static int calls;

static int is_below(int fd) {
        char link[64], path[PATH_MAX];
        const char *under = getenv("FAIL_UNDER");

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof(path) - 1);
        if (n <= 0 || !under)
                return 0;
        path[n] = '\0';
        return strncmp(path, under, strlen(under)) == 0;
}

static int fails(const char *what, int fd) {
        char line[64];

        /* its tools have writes of their own */
        if (strcmp(program_invocation_short_name, "ukictl") != 0 || !is_below(fd))
                return 0;
        int log = (REAL(openat))(AT_FDCWD, getenv("FAIL_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        int n = snprintf(line, sizeof(line), "%s\n", what);
        if (log < 0 || (REAL(write))(log, line, (size_t) n) != n)
                abort();
        close(log);
        if (++calls != atoi(getenv("FAIL_AT")))
                return 0;
        errno = atoi(getenv("FAIL_ERRNO"));
        return 1;
}

int openat(int at, const char *name, int flags, ...) {
        va_list args;

        va_start(args, flags);
        mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
        va_end(args);
        return (flags & O_CREAT) && fails("create", at) ? -1 : (REAL(openat))(at, name, flags, mode);
}

ssize_t write(int fd, const void *from, size_t n) {
        return fails("write", fd) ? -1 : (REAL(write))(fd, from, n);
}

int fsync(int fd) {
        return fails("fsync", fd) ? -1 : (REAL(fsync))(fd);
}

int syncfs(int fd) {
        return fails("syncfs", fd) ? -1 : (REAL(syncfs))(fd);
}

int renameat(int from, const char *old, int to, const char *new) {
        return fails("rename", from) ? -1 : (REAL(renameat))(from, old, to, new);
}

int unlinkat(int at, const char *name, int flags) {
        return fails("unlink", at) ? -1 : (REAL(unlinkat))(at, name, flags);
}

int mkdirat(int at, const char *name, mode_t mode) {
        return fails("mkdir", at) ? -1 : (REAL(mkdirat))(at, name, mode);
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
        return fails("link", from) ? -1 : (REAL(linkat))(from, old, to, new, flags);
}

int symlinkat(const char *target, int at, const char *name) {
        return fails("symlink", at) ? -1 : (REAL(symlinkat))(target, at, name);
}
