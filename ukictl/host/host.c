/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/root.h"

/* At its end; what is left of "/" is "". For the life of the program. */
static const char *without_slashes(const char *dir) {
        size_t n = strlen(dir);

        while (n > 0 && dir[n - 1] == '/')
                n--;
        return strndup(dir, n);
}

void host_begin(struct host *h) {
        h->root = h->root ? without_slashes(h->root) : "";
}

char *host_path(const struct host *h, const char *path) {
        char *p = NULL;

        if (asprintf(&p, "%s%s", h->root, path) < 0) {
                fputs("ukictl: out of memory\n", stderr);
                exit(1);
        }
        return p;
}

bool host_has(const struct host *h, const char *path) {
        char *p = host_path(h, path);
        bool has = root_there(p);

        free(p);
        return has;
}

/* Files of /proc have no size, so it is read to its end. */
static bool read_to_end(int fd, struct text *ret) {
        char buf[512];

        for (;;) {
                ssize_t n = read(fd, buf, sizeof(buf));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n == 0 && !ret->cut;
                text_bytes(ret, (struct span) { (const uint8_t *) buf, (size_t) n });
        }
}

bool host_read(const struct host *h, const char *path, struct text *ret) {
        char *p = host_path(h, path);
        int fd = root_open(p, O_RDONLY | O_NONBLOCK, 0);

        free(p);
        if (fd < 0)
                return false;
        bool ok = read_to_end(fd, ret);
        close(fd);
        while (ret->len > 0 && ret->p[ret->len - 1] == '\n')
                ret->p[--ret->len] = '\0';
        return ok;
}

bool host_flag(const struct host *h, const char *path) {
        char buf[32];
        struct text t = TEXT_IN(buf);

        return host_read(h, path, &t) && strtoul(buf, NULL, 10) != 0;
}

void host_free(struct host *h) {
        free(h->efivars);
        free(h->esp);
        free(h->xbootldr);
        h->efivars = h->esp = h->xbootldr = NULL;
}
