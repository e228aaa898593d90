/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
        const char *path;
        int fd;
} root = { NULL, -1 };

bool root_set(const char *dir) {
        root.fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        root.path = root.fd >= 0 ? dir : NULL;
        return root.fd >= 0;
}

/* What is behind DIR; NULL: the path does not begin with it. */
static const char *below(const char *path) {
        size_t n = root.path ? strlen(root.path) : 0;

        if (n == 0 || strncmp(path, root.path, n) != 0 || (path[n] != '/' && path[n] != '\0'))
                return NULL;
        path += n + strspn(path + n, "/");
        return *path ? path : ".";
}

static int fail(int fd, int error) {
        if (fd >= 0)
                close(fd);
        errno = error;
        return -1;
}

/* One name, which is no link. */
static int step(int at, const char *name, int flags, mode_t mode) {
        struct stat st;

        if (strcmp(name, "..") == 0)
                return fail(-1, ELOOP);
        int fd = openat(at, name, flags | O_NOFOLLOW, mode);
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
                return fail(fd, ELOOP);
        return fd;
}

/* For kernels without openat2. */
static int walk(const char *path, int flags, mode_t mode) {
        int at = dup(root.fd);

        while (at >= 0) {
                char name[NAME_MAX + 1];
                size_t n = strcspn(path, "/");

                if (n > NAME_MAX)
                        return fail(at, ENAMETOOLONG);
                memcpy(name, path, n);
                name[n] = '\0';
                path += n + strspn(path + n, "/");
                int next = step(at, name, *path ? O_PATH | O_DIRECTORY | O_CLOEXEC : flags, mode), error = errno;
                (void) fail(at, error);
                at = next;
                if (!*path)
                        break;
        }
        return at;
}

static int resolve(const char *path, int flags, mode_t mode) {
        struct open_how how = { .flags = (unsigned) (flags | O_CLOEXEC),
                                .mode = flags & O_CREAT ? mode : 0,
                                .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
        long fd;

        do
                fd = syscall(SYS_openat2, root.fd, path, &how, sizeof(how));
        while (fd < 0 && (errno == EINTR || errno == EAGAIN));
        /* Some filters of system calls say EPERM to what they do not know. */
        bool unknown = fd < 0 && (errno == ENOSYS || errno == EPERM);
        return unknown ? walk(path, flags | O_CLOEXEC, mode) : (int) fd;
}

int root_open(const char *path, int flags, mode_t mode) {
        const char *rest = below(path);

        return rest ? resolve(rest, flags, mode) : open(path, flags | O_CLOEXEC, mode);
}

bool root_stat(const char *path, struct stat *ret) {
        int fd = root_open(path, O_PATH, 0);

        if (fd < 0)
                return false;
        int r = fstat(fd, ret), error = errno;
        (void) fail(fd, error);
        return r == 0;
}

bool root_there(const char *path) {
        struct stat st;

        return root_stat(path, &st);
}

int root_parent(const char *path, const char **ret_name) {
        const char *rest = below(path), *all = rest ? rest : path, *slash = strrchr(all, '/'), *name = slash ? slash + 1 : all;

        if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                return fail(-1, EINVAL);
        char *dir = slash == all ? strdup("/") : slash ? strndup(all, (size_t) (slash - all)) : strdup(".");
        if (!dir)
                return fail(-1, ENOMEM);
        int fd = rest ? resolve(dir, O_PATH | O_DIRECTORY, 0) : open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), error = errno;
        free(dir);
        errno = error;
        *ret_name = name;
        return fd;
}

bool root_unlink(const char *path) {
        const char *name;
        int at = root_parent(path, &name), r = at < 0 ? -1 : unlinkat(at, name, 0), error = errno;

        (void) fail(at, error);
        return r == 0;
}

bool root_mkdir(const char *path) {
        const char *name;
        int at = root_parent(path, &name), r = at < 0 ? -1 : mkdirat(at, name, 0755), error = errno;

        (void) fail(at, error);
        return r == 0;
}

bool root_rmdir(const char *path) {
        const char *name;
        int at = root_parent(path, &name), r = at < 0 ? -1 : unlinkat(at, name, AT_REMOVEDIR), error = errno;

        (void) fail(at, error);
        return r == 0;
}

char *root_real(const char *path) {
        const char *rest = below(path);
        char link[40], real[PATH_MAX];
        int fd = rest ? resolve(rest, O_PATH, 0) : -1;

        if (!rest)
                return realpath(path, NULL);
        if (fd < 0)
                return NULL;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, real, sizeof(real));
        close(fd);
        return n > 0 && (size_t) n < sizeof(real) ? strndup(real, (size_t) n) : NULL;
}
