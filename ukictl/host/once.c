/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/once.h"

#include <string.h>

#include "host/files.h"

struct kept {
        struct kept *next;
        char *path;
        struct bytes bytes;
};
static struct kept *all;

bool once_read(const char *path, size_t max, struct span *ret, struct text *why) {
        for (struct kept *k = all; k; k = k->next)
                if (strcmp(k->path, path) == 0 && k->bytes.n <= max) {
                        *ret = bytes_span(&k->bytes);
                        return true;
                }
        struct kept new = { .next = all };
        if (!bytes_read(path, max, &new.bytes, why))
                return false;
        size_t n = strlen(path) + 1;
        new.path = memcpy(need(n), path, n);
        struct kept *k = need(sizeof(*k));
        *k = new;
        all = k;
        *ret = bytes_span(&k->bytes);
        return true;
}

bool once_keeps(struct span bytes) {
        for (const struct kept *k = all; k; k = k->next)
                if (k->bytes.p == bytes.p)
                        return true;
        return false;
}
