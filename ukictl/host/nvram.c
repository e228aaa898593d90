/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/nvram.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "host/root.h"

static char *path_of(const struct host *h, const char *name, const char *guid) {
        char *p = NULL;

        if (asprintf(&p, "%s/%s-%s", h->efivars, name, guid) < 0) {
                fputs("ukictl: out of memory\n", stderr);
                exit(1);
        }
        return p;
}

enum efivar_state nvram_get(const struct host *h, const char *name, const char *guid, struct nvram_var *ret, struct text *why) {
        struct bytes b;
        enum efivar_state state = efivar_file(h->efivars, name, guid, &b, why);

        if (state != EFIVAR_READ)
                return state;
        if (!span_u32(bytes_span(&b), 0, &ret->attributes)) {
                /* efivarfs shows a variable that was never written as an empty file */
                bytes_free(&b);
                return EFIVAR_ABSENT;
        }
        memmove(b.p, b.p + EFIVAR_ATTRIBUTES, b.n - EFIVAR_ATTRIBUTES);
        ret->data = (struct bytes) { b.p, b.n - EFIVAR_ATTRIBUTES };
        return EFIVAR_READ;
}

static bool holds(const struct host *h, const char *name, const char *guid, uint32_t attributes, struct span data) {
        struct nvram_var now;
        char buf[64];
        struct text why = TEXT_IN(buf);

        if (nvram_get(h, name, guid, &now, &why) != EFIVAR_READ)
                return false;
        bool same = now.attributes == attributes && span_eq(bytes_span(&now.data), data);
        bytes_free(&now.data);
        return same;
}

/* Takes the immutable flag off; *ret_flags is what was there. False: there is no flag to take off, or it cannot be. */
static bool thaw(const char *path, int *ret_flags) {
        int fd = root_open(path, O_RDONLY | O_NONBLOCK, 0), flags = 0;

        if (fd < 0)
                return false;
        bool thawed = false;
        if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_IMMUTABLE_FL)) {
                int without = flags & ~FS_IMMUTABLE_FL;

                thawed = ioctl(fd, FS_IOC_SETFLAGS, &without) == 0;
        }
        close(fd);
        *ret_flags = flags;
        return thawed;
}

static void freeze(const char *path, int flags) {
        int fd = root_open(path, O_RDONLY | O_NONBLOCK, 0);

        if (fd < 0)
                return;
        (void) ioctl(fd, FS_IOC_SETFLAGS, &flags);
        close(fd);
}

static bool is_efivarfs(const struct host *h, struct statfs *ret) {
        int fd = root_open(h->efivars, O_PATH, 0);
        bool is = fd >= 0 && fstatfs(fd, ret) == 0 && (unsigned long) ret->f_type == EFIVARFS_MAGIC;

        if (fd >= 0)
                close(fd);
        return is;
}

/* One write is one SetVariable. errno says why not. */
static bool write_variable(const char *path, struct span data) {
        bool is_new = !root_there(path);
        int fd = root_open(path, O_WRONLY | O_CREAT | O_NOCTTY, 0644);

        if (fd < 0)
                return false;
        ssize_t n;
        do
                n = write(fd, data.p, data.n);
        while (n < 0 && errno == EINTR);
        int error = n < 0 ? errno : EIO;
        bool ok = n == (ssize_t) data.n;
        if (close(fd) < 0 && ok) {
                error = errno;
                ok = false;
        }
        if (!ok && is_new) {
                /* What is new is immutable at once, and an empty file would stay. */
                int flags;

                (void) thaw(path, &flags);
                (void) root_unlink(path);
        }
        errno = error;
        return ok;
}

/* A folder is no firmware: there only rename is whole or not at all. */
static bool replace_file(const char *path, struct span data) {
        char buf[1024];
        struct text why = TEXT_IN(buf);

        errno = 0;
        bool ok = bytes_write(path, data, &why);
        if (!ok && errno == 0)
                errno = EIO;
        return ok;
}

static enum exit_code say(const char *path, const char *clause, int error, struct text *why) {
        text_cat(why, path, clause, strerror(error), NULL);
        if ((error == EACCES || error == EPERM) && geteuid() != 0) {
                text_str(why, "; do it as root");
                return EXIT_PRIVILEGE;
        }
        if (error == ENOSPC || error == EFBIG || error == EDQUOT)
                text_str(why, "; NVRAM is full: delete what is not needed, say crash dumps (dump-type0-*)");
        else if (error == EPERM || error == EACCES || error == EROFS)
                text_str(why,
                         "; firmware or the mount forbids it: look for a lock in firmware setup, or mount efivarfs writable");
        else
                text_str(why, "; firmware failed, and dmesg may say more: try again after a reboot");
        return EXIT_NVRAM;
}

static bool put(const struct host *h, const char *path, uint32_t attributes, struct span data) {
        struct bytes all = { need(data.n + EFIVAR_ATTRIBUTES), data.n + EFIVAR_ATTRIBUTES };
        int flags, error;

        for (unsigned i = 0; i < EFIVAR_ATTRIBUTES; i++)
                all.p[i] = (uint8_t) (attributes >> (8 * i));
        if (data.n > 0)
                memcpy(all.p + EFIVAR_ATTRIBUTES, data.p, data.n);
        bool thawed = thaw(path, &flags);
        struct statfs st;
        bool ok = is_efivarfs(h, &st) ? write_variable(path, bytes_span(&all)) : replace_file(path, bytes_span(&all));
        error = errno;
        if (thawed)
                freeze(path, flags);
        bytes_free(&all);
        errno = error;
        return ok;
}

/* SetVariable cannot change attributes: such a variable has to go first. */
static enum exit_code drop_other_attributes(const struct host *h, const char *name, const char *guid, uint32_t attributes,
                                            struct text *why) {
        struct nvram_var now;
        char buf[64];
        struct text ignored = TEXT_IN(buf);
        if (nvram_get(h, name, guid, &now, &ignored) != EFIVAR_READ)
                return EXIT_OK;
        bool other = now.attributes != attributes;
        bytes_free(&now.data);
        return other ? nvram_delete(h, name, guid, why) : EXIT_OK;
}

enum exit_code nvram_set(const struct host *h, const char *name, const char *guid, uint32_t attributes, struct span data,
                         struct text *why) {
        if (holds(h, name, guid, attributes, data))
                return EXIT_OK;
        enum exit_code code = drop_other_attributes(h, name, guid, attributes, why);
        if (code != EXIT_OK)
                return code;
        char *path = path_of(h, name, guid);
        if (!put(h, path, attributes, data))
                code = say(path, ": the variable cannot be written: ", errno, why);
        else if (!holds(h, name, guid, attributes, data)) {
                text_cat(why, path,
                         ": firmware took the variable but does not give it back: it was not kept; try again after a reboot",
                         NULL);
                code = EXIT_NVRAM;
        }
        free(path);
        return code;
}

enum exit_code nvram_delete(const struct host *h, const char *name, const char *guid, struct text *why) {
        char *path = path_of(h, name, guid);
        enum exit_code code = EXIT_OK;
        int flags = 0;

        if (root_there(path)) {
                bool thawed = thaw(path, &flags);

                if (!root_unlink(path) && errno != ENOENT) {
                        int error = errno;

                        if (thawed)
                                freeze(path, flags);
                        code = say(path, ": the variable cannot be deleted: ", error, why);
                } else if (root_there(path)) {
                        text_cat(why, path, ": firmware does not delete the variable", NULL);
                        code = EXIT_NVRAM;
                }
        }
        free(path);
        return code;
}

bool nvram_room(const struct host *h, uint64_t *ret) {
        struct statfs st;

        if (!is_efivarfs(h, &st) || st.f_blocks == 0)
                return false;
        *ret = (uint64_t) st.f_bavail * (uint64_t) st.f_bsize;
        return true;
}
