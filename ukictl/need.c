/* SPDX-License-Identifier: BSD-2-Clause */
#include "need.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void end(void) {
        fputs("ukictl: out of memory\n", stderr);
        exit(1);
}

void *need(size_t n) {
        void *p = malloc(n > 0 ? n : 1);

        if (!p)
                end();
        return p;
}

const char *names_add(struct names *names, const char *name) {
        char **v = realloc(names->v, (names->n + 1) * sizeof(*v));
        char *copy = strdup(name);

        if (!v || !copy)
                end();
        names->v = v;
        names->v[names->n++] = copy;
        return copy;
}

void names_free(struct names *names) {
        for (size_t i = 0; i < names->n; i++)
                free(names->v[i]);
        free(names->v);
        *names = (struct names) { NULL, 0 };
}
