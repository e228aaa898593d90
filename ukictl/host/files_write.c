/* SPDX-License-Identifier: BSD-2-Clause */
/* A file is written beside its place and then renamed. What a power cut or a kill leaves of that has a name of its own, and
 * goes with the next write to that folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/files.h"
#include "host/root.h"

#define TEMP_MARK   ".ukictl-" /* and eight digits */
#define TEMP_DIGITS 8

static bool write_all(int fd, struct span data) {
        while (data.n > 0) {
                ssize_t r = write(fd, data.p, data.n);

                if (r < 0 && errno == EINTR)
                        continue;
                if (r <= 0)
                        return false;
                data.p += r;
                data.n -= (size_t) r;
        }
        return fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

/* Whoever writes it holds it, so that nobody sweeps it away. */
static bool hold(int fd) {
        struct stat st;

        return flock(fd, LOCK_EX) == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* As much of the name as leaves room for what is put behind it, up to a whole character. */
static int beginning(const char *name) {
        size_t n = strlen(name), most = NAME_MAX_BYTES - strlen(TEMP_MARK) - TEMP_DIGITS;

        for (n = n < most ? n : most; n > 0 && ((uint8_t) name[n] & 0xc0) == 0x80;)
                n--;
        return (int) n;
}

/* A new file with a name that nobody has. */
static int open_beside(int at, const char *name, char **ret_temp) {
        for (unsigned tries = 0; tries < 16; tries++) {
                uint32_t random;

                if (getrandom(&random, sizeof(random), 0) != (ssize_t) sizeof(random) ||
                    asprintf(ret_temp, "%.*s" TEMP_MARK "%08x", beginning(name), name, random) < 0) {
                        *ret_temp = NULL;
                        return -1;
                }
                int fd = openat(at, *ret_temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
                if (fd >= 0 && hold(fd))
                        return fd;
                if (fd < 0 && errno != EEXIST)
                        return fd;
                if (fd >= 0)
                        close(fd);
                free(*ret_temp);
                *ret_temp = NULL;
        }
        return -1;
}

static bool is_temp(const char *name) {
        size_t n = strlen(name), tail = strlen(TEMP_MARK) + TEMP_DIGITS;

        return n > tail && strncmp(name + n - tail, TEMP_MARK, strlen(TEMP_MARK)) == 0 &&
               strspn(name + n - TEMP_DIGITS, "0123456789abcdef") == TEMP_DIGITS;
}

/* Unless somebody holds it. */
static void sweep_one(int at, const char *name) {
        int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

        if (fd < 0)
                return;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
                unlinkat(at, name, 0);
        close(fd);
}

static void sweep_at(int at) {
        int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);

        if (!d) {
                if (fd >= 0)
                        close(fd);
                return;
        }
        for (struct dirent *e = readdir(d); e; e = readdir(d))
                if (is_temp(e->d_name))
                        sweep_one(at, e->d_name);
        closedir(d);
}

void folder_sweep(const char *dir) {
        int fd = root_open(dir, O_RDONLY | O_DIRECTORY, 0);

        if (fd < 0)
                return;
        sweep_at(fd);
        close(fd);
}

/* Renamed over, a device would be gone for the whole system, and whoever reads a pipe would wait for ever. */
static bool is_for_files(const char *path, struct text *why) {
        struct stat st;

        if (!root_stat(path, &st) || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
                return true;
        text_cat(why, path, ": is a device or a pipe, and no file is put in its place: name another one", NULL);
        errno = EEXIST;
        return false;
}

bool bytes_write(const char *path, struct span data, struct text *why) {
        const char *name;
        char *temp = NULL;

        if (!is_for_files(path, why))
                return false;
        int at = root_parent(path, &name), fd = -1;
        if (at >= 0) {
                sweep_at(at);
                fd = open_beside(at, name, &temp);
        }
        bool ok = fd >= 0 && write_all(fd, data);
        int error = errno;

        /* Held until it has its name: else another writer to this folder would sweep it away. It is on the disk already. */
        if (ok && renameat(at, temp, at, name) < 0) {
                error = errno;
                ok = false;
        }
        if (!ok && fd >= 0)
                unlinkat(at, temp, 0);
        if (fd >= 0)
                close(fd);
        if (at >= 0)
                close(at);
        free(temp);
        if (!ok)
                text_cat(why, path, ": ", strerror(error), NULL);
        errno = error;
        return ok;
}
