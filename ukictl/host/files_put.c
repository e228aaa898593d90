/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of a volume written so that firmware finds them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/files.h"
#include "host/root.h"

char *volume_folder(const char *root, const char *path, bool *ret_made, struct text *why) {
        char *at = strdup(root);

        while (at && *path) {
                path += strspn(path, "\\");
                size_t n = strcspn(path, "\\");
                char name[NAME_MAX_BYTES + 2], *next = NULL;
                snprintf(name, sizeof(name), "\\%.*s", (int) n, path);
                next = volume_find(at, name);
                if (!next && asprintf(&next, "%s/%s", at, name + 1) > 0) {
                        *ret_made = true;
                        if (!root_mkdir(next)) {
                                text_cat(why, next, ": the folder cannot be made: ", strerror(errno), file_advice(errno), NULL);
                                free(next);
                                next = NULL;
                        }
                }
                free(at);
                at = next;
                path += n;
        }
        return at;
}

const char *file_advice(int error) {
        switch (error) {
        case ENOSPC:
        case EDQUOT: return "; make room there, and do it again";
        case EROFS: return "; mount it for writing (mount -o remount,rw), and do it again";
        case EIO:
        case ENODEV:
        case ENXIO: return "; the disk fails or is gone: dmesg says more";
        default: return "";
        }
}

bool volume_flush(const char *root, struct text *why) {
        int fd = root_open(root, O_RDONLY | O_DIRECTORY, 0);
        bool ok = fd >= 0 && syncfs(fd) == 0;

        if (!ok)
                text_cat(why, root, ": what was written may not be on the disk: ", strerror(errno), file_advice(errno), NULL);
        if (fd >= 0)
                close(fd);
        return ok;
}

bool file_holds(const char *path, struct span want) {
        char buf[64];
        struct text ignored = TEXT_IN(buf);
        struct bytes b;

        if (!bytes_read(path, FILE_IMAGE_MAX, &b, &ignored))
                return false;
        bool same = span_eq(bytes_span(&b), want);
        bytes_free(&b);
        return same;
}

enum exit_code file_put(const char *path, struct span data, struct text *why) {
        if (!bytes_write(path, data, why)) {
                text_str(why, file_advice(errno));
                return errno == EACCES || errno == EPERM ? EXIT_PRIVILEGE : EXIT_FAILED;
        }
        if (file_holds(path, data))
                return EXIT_OK;
        text_cat(why, path, ": reads back other than it was written", NULL);
        return EXIT_FAILED;
}
