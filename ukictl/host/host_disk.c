/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/host_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/files.h"
#include "host/once.h"
#include "host/root.h"

static bool begins(const char *path, const char *with) {
        struct span head = { (const uint8_t *) path, strnlen(path, strlen(with)) };

        return span_eq_nocase(head, span_of(with));
}

static const char *stands_for(const struct host_disk *d, const char *path) {
        for (size_t i = 0; i < d->n_instead; i++)
                if (span_eq_nocase(span_of(d->instead[i].path), span_of(path)))
                        return d->instead[i].file;
        return NULL;
}

char *host_disk_find(const struct host_disk *d, const char *path) {
        const char *instead = stands_for(d, path);

        if (instead)
                return strdup(instead);
        const char *root = d->beside && !begins(path, "\\EFI\\") && !begins(path, "\\loader\\") ? d->beside : d->root;
        return root ? volume_find(root, path) : NULL;
}

static bool find_file(const struct host_disk *d, const char *path, char **ret, struct stat *ret_st) {
        char *file = host_disk_find(d, path);

        if (file && root_stat(file, ret_st) && S_ISREG(ret_st->st_mode)) {
                *ret = file;
                return true;
        }
        free(file);
        return false;
}

/* Linux, too, opens by a FAT file's short name. */
static bool has_own_name(const struct host_disk *d, const char *path, const char *file, bool folder, struct text *why) {
        char *own = stands_for(d, path) ? NULL : volume_own_name(file);
        bool ok = !own || disk_own_name(own, path, folder, why);

        free(own);
        return ok;
}

static void list_names(const struct names *names, disk_each each, void *each_arg) {
        char buf[4 * NAME_MAX_BYTES + 1];
        bool more = true;

        for (size_t i = 0; i < names->n && more; i++) {
                struct text shown = TEXT_IN(buf);
                bool usable = disk_name(span_of(names->v[i]), &shown);

                more = each(each_arg, buf, usable);
        }
}

/* Those files that stand for one in this folder, unless it has one of that name. */
static void add_instead(const struct host_disk *d, const char *dir, struct names *names) {
        size_t n = strlen(dir);

        for (size_t i = 0; i < d->n_instead; i++) {
                const char *path = d->instead[i].path;
                bool known = !begins(path, dir) || path[n] != '\\' || strchr(path + n + 1, '\\');

                for (size_t k = 0; k < names->n && !known; k++)
                        known = span_eq_nocase(span_of(names->v[k]), span_of(path + n + 1));
                if (!known)
                        names_add(names, path + n + 1);
        }
}

static enum disk_listing list(void *arg, const char *dir, disk_each each, void *each_arg, struct text *why) {
        char *folder = host_disk_find(arg, dir), buf[1024];
        struct text clause = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        struct stat st;
        enum disk_listing result = DISK_UNREAD;

        if (!folder) {
                add_instead(arg, dir, &names);
                list_names(&names, each, each_arg);
                result = names.n > 0 ? DISK_LISTED : DISK_NO_FOLDER;
                names_free(&names);
                return result;
        }
        if (root_stat(folder, &st) && !S_ISDIR(st.st_mode))
                text_str(why, DISK_NOT_FOLDER);
        else if (!has_own_name(arg, dir, folder, true, why))
                result = DISK_UNREAD;
        else if (!files_read(folder, &names, &clause))
                text_cat(why, "cannot be read, by you at least (", buf, ")", NULL);
        else {
                add_instead(arg, dir, &names);
                list_names(&names, each, each_arg);
                result = DISK_LISTED;
        }
        names_free(&names);
        free(folder);
        return result;
}

static bool size(void *arg, const char *path, uint64_t *ret) {
        struct stat st;
        char *file;

        if (!find_file(arg, path, &file, &st))
                return false;
        free(file);
        *ret = (uint64_t) st.st_size;
        return true;
}

static bool part(void *arg, const char *path, uint64_t off, uint8_t *to, size_t n, size_t *ret_n) {
        struct stat st;
        char *file;
        size_t done = 0;

        if (!find_file(arg, path, &file, &st))
                return false;
        int fd = root_open(file, O_RDONLY | O_NONBLOCK, 0);
        free(file);
        while (fd >= 0 && done < n) {
                ssize_t r = pread(fd, to + done, n - done, (off_t) (off + done));

                if (r < 0 && errno == EINTR)
                        continue;
                if (r < 0) {
                        close(fd);
                        return false;
                }
                if (r == 0)
                        break;
                done += (size_t) r;
        }
        if (fd < 0)
                return false;
        close(fd);
        *ret_n = done;
        return true;
}

static bool read_whole(void *arg, const char *path, size_t max, struct span *ret, struct text *why) {
        const struct host_disk *d = arg;
        char *file = host_disk_find(d, path), buf[1024];
        struct text clause = TEXT_IN(buf);
        struct stat st;
        bool ok = false;

        if (!file || !root_stat(file, &st))
                text_str(why, "is not there, on the volume that the image lies on; look with ukictl addon list");
        else if (S_ISDIR(st.st_mode))
                text_str(why, DISK_FOLDER);
        else if (has_own_name(d, path, file, false, why) && disk_size_fits((uint64_t) st.st_size, max, why)) {
                ok = once_read(file, max, ret, &clause);
                if (!ok)
                        text_cat(why, "cannot be read, by you at least (", buf, ")", NULL);
        }
        free(file);
        return ok;
}

static uint8_t *take(void *arg, size_t n) {
        (void) arg;
        return calloc(1, n > 0 ? n : 1);
}

static void give(void *arg, struct span bytes) {
        (void) arg;
        if (!once_keeps(bytes))
                free((void *) (uintptr_t) bytes.p);
}

void host_disk_open(struct host_disk *d, const char *name, const char *root) {
        *d = (struct host_disk) { .root = root };
        d->disk = (struct disk) { name, d, list, size, part, read_whole, take, give };
}
