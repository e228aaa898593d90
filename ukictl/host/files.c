/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/root.h"
#include "out.h"

#define LARGE (4u << 20)

static bool fail(struct text *why, const char *path, const char *clause) {
        text_cat(why, path, ": ", clause, NULL);
        return false;
}

/* In pages of 2 MiB where there are such: an image of some hundred MB is otherwise a fault for each 4 KiB of it, which takes as
 * long as its digest. Whether the kernel does so is its business. */
static uint8_t *room(size_t n) {
        const uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE);
        uint8_t *p = need(n);
        size_t skip = -(uintptr_t) p % page;

        if (n >= LARGE)
                (void) madvise(p + skip, n - skip, MADV_HUGEPAGE);
        return p;
}

static bool read_all(const char *path, int fd, uint8_t *p, size_t n) {
        for (size_t done = 0; done < n; out_progress(path, done, n)) {
                size_t left = n - done;
                ssize_t r = read(fd, p + done, left < OUT_PROGRESS_STEP ? left : OUT_PROGRESS_STEP);

                if (r < 0 && errno == EINTR)
                        continue;
                if (r == 0)
                        errno = EIO; /* it shrank while it was read */
                if (r <= 0)
                        return false;
                done += (size_t) r;
        }
        return true;
}

/* Of procfs and securityfs, whose files say that they are empty: the kernel makes them while they are read. */
static bool read_to_end(int fd, size_t max, struct bytes *ret) {
        struct bytes b = { need(4096), 0 };
        size_t cap = 4096;
        ssize_t r;

        while ((r = read(fd, b.p + b.n, cap - b.n)) > 0 || (r < 0 && errno == EINTR)) {
                b.n += r > 0 ? (size_t) r : 0;
                if (b.n > max) {
                        errno = EFBIG;
                        r = -1;
                        break;
                }
                if (b.n == cap) {
                        uint8_t *more = need(cap *= 2);

                        memcpy(more, b.p, b.n);
                        free(b.p);
                        b.p = more;
                }
        }
        if (r < 0)
                free(b.p);
        else
                *ret = b;
        return r == 0;
}

/* NULL: it is a file of at most max bytes. */
static const char *why_not_read(int fd, size_t max, struct stat *ret_st, struct text *large) {
        if (fstat(fd, ret_st) < 0)
                return strerror(errno);
        if (!S_ISREG(ret_st->st_mode))
                return "is not a regular file";
        if ((uintmax_t) ret_st->st_size <= max)
                return NULL;
        text_str(large, "is too large to be read, its limit in bytes is ");
        text_dec(large, max);
        return large->p;
}

bool bytes_read(const char *path, size_t max, struct bytes *ret, struct text *why) {
        struct stat st;

        /* Not to hang on a FIFO, nor wait for a device. */
        int fd = root_open(path, O_RDONLY | O_NONBLOCK, 0);

        if (fd < 0)
                return fail(why, path, strerror(errno));
        char buf[96];
        struct text large = TEXT_IN(buf);
        const char *bad = why_not_read(fd, max, &st, &large);
        if (bad) {
                close(fd);
                return fail(why, path, bad);
        }
        struct bytes b = { NULL, (size_t) st.st_size };
        bool ok = b.n == 0 ? read_to_end(fd, max, &b) : read_all(path, fd, b.p = room(b.n), b.n);
        int error = errno;
        out_progress_end();
        close(fd);
        if (!ok) {
                free(b.p);
                return fail(why, path, strerror(error));
        }
        *ret = b;
        return true;
}

void bytes_free(struct bytes *b) {
        free(b->p);
        *b = (struct bytes) { NULL, 0 };
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* False: errno says why. */
static bool read_entries(DIR *d, struct names *names) {
        errno = 0;
        for (struct dirent *e = readdir(d); e; errno = 0, e = readdir(d))
                if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
                        names_add(names, e->d_name);
        return errno == 0;
}

bool names_read(const char *dir, struct names *ret, struct text *why) {
        struct names names = { NULL, 0 };
        int fd = root_open(dir, O_RDONLY | O_DIRECTORY, 0);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);

        if (!d) {
                int error = errno;

                if (fd >= 0)
                        close(fd);
                if (error != ENOENT && error != ENOTDIR)
                        return fail(why, dir, strerror(error));
                *ret = names;
                return true;
        }
        int error = read_entries(d, &names) ? 0 : errno;
        closedir(d);
        if (error != 0) {
                names_free(&names);
                return fail(why, dir, strerror(error));
        }
        if (names.n > 0)
                qsort(names.v, names.n, sizeof(*names.v), compare_names);
        *ret = names;
        return true;
}

bool files_read(const char *dir, struct names *ret, struct text *why) {
        struct names names;
        size_t kept = 0;

        if (!names_read(dir, &names, why))
                return false;
        for (size_t i = 0; i < names.n; i++) {
                struct stat st;
                char *path = file_join(dir, names.v[i], strlen(names.v[i]));

                if (root_stat(path, &st) && S_ISREG(st.st_mode))
                        names.v[kept++] = names.v[i];
                else
                        free(names.v[i]);
                free(path);
        }
        names.n = kept;
        *ret = names;
        return true;
}

char *file_join(const char *dir, const char *name, size_t len) {
        char *p = NULL;

        if (asprintf(&p, "%s/%.*s", dir, (int) len, name) < 0) {
                fputs("ukictl: out of memory\n", stderr);
                exit(1);
        }
        return p;
}
