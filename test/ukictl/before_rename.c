/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded into ukictl by test_cut_short.py: the command in BEFORE_RENAME has run when a file gets its name. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define REAL(name) (__typeof__(&name)) dlsym(RTLD_NEXT, #name)

int renameat(int from, const char *old, int to, const char *new) {
        const char *command = getenv("BEFORE_RENAME");

        unsetenv("LD_PRELOAD");
        if (command && system(command) != 0)
                abort();
        return (REAL(renameat))(from, old, to, new);
}
