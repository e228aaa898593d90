/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory, and lists of names, of a program that ends where there is no memory. */
#pragma once

#include <stddef.h>

struct names {
        char **v;
        size_t n;
};

/* malloc or the end of the program. */
__attribute__((returns_nonnull)) void *need(size_t n);
/* A copy of name at the end of the list, which owns it. */
const char *names_add(struct names *names, const char *name);
void names_free(struct names *names);
