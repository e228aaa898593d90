/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded into ukictl by test_esps.py: files below a folder that FAKE_DEVICES names ("FOLDER=MAJOR:MINOR", one a line) lie on
 * that device, as if a partition or a RAID was mounted there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void put_device(int fd, struct stat *st) {
        char link[64], path[PATH_MAX];
        unsigned major_number, minor_number;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof(path) - 1);
        path[n > 0 ? n : 0] = '\0';
        for (const char *line = getenv("FAKE_DEVICES"); line && *line; line += strcspn(line, "\n"), line += *line == '\n') {
                size_t len = strcspn(line, "=");

                if (strncmp(path, line, len) == 0 && (path[len] == '/' || path[len] == '\0') &&
                    sscanf(line + len, "=%u:%u", &major_number, &minor_number) == 2)
                        st->st_dev = makedev(major_number, minor_number);
        }
}

int fstat(int fd, struct stat *st) {
        int r = ((int (*)(int, struct stat *)) dlsym(RTLD_NEXT, "fstat"))(fd, st);

        if (r == 0)
                put_device(fd, st);
        return r;
}
