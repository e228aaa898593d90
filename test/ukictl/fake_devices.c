/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded into ukictl by test_esps.py: files below a folder that FAKE_DEVICES names ("FOLDER=MAJOR:MINOR", one a line) lie on
 * that device, as if a partition or a RAID was mounted there. "FOLDER=0:MINOR MAJOR:MINOR" is an automount: it lies on the first
 * until somebody goes inside. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static unsigned awake; /* a bit for each line */

/* The device in what stands behind "=" of a line. */
static void put(const char *text, unsigned bit, int inside, struct stat *st) {
        unsigned v[4] = { 0 };
        int n = sscanf(text, "%u:%u%*1[ ]%u:%u", &v[0], &v[1], &v[2], &v[3]);

        awake |= inside ? bit : 0;
        if (n >= 2)
                st->st_dev = n == 4 && (awake & bit) ? makedev(v[2], v[3]) : makedev(v[0], v[1]);
}

static void put_device(int fd, struct stat *st) {
        char link[64], path[PATH_MAX];
        unsigned bit = 1;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof(path) - 1);
        path[n > 0 ? n : 0] = '\0';
        for (const char *line = getenv("FAKE_DEVICES"); line && *line;
             line += strcspn(line, "\n"), line += *line == '\n', bit <<= 1) {
                size_t len = strcspn(line, "=");

                if (strncmp(path, line, len) == 0 && (path[len] == '/' || path[len] == '\0'))
                        put(line + len + 1, bit, path[len] == '/', st);
        }
}

int fstat(int fd, struct stat *st) {
        int r = ((int (*)(int, struct stat *)) dlsym(RTLD_NEXT, "fstat"))(fd, st);

        if (r == 0)
                put_device(fd, st);
        return r;
}
