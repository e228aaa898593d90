/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded into ukictl by test_cut_short.py: the command in BEFORE_RENAME has run when a file gets its name, that in
 * AFTER_RENAME before anybody goes on, that in BEFORE_UNLINK when a file goes; each once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define REAL(name) (__typeof__(&name)) dlsym(RTLD_NEXT, #name)

static void run(const char *variable) {
        const char *command = getenv(variable);

        unsetenv("LD_PRELOAD");
        if (command && system(command) != 0)
                abort();
        unsetenv(variable);
}

int renameat(int from, const char *old, int to, const char *new) {
        run("BEFORE_RENAME");
        int r = (REAL(renameat))(from, old, to, new);
        run("AFTER_RENAME");
        return r;
}

int unlinkat(int at, const char *name, int flags) {
        run("BEFORE_UNLINK");
        return (REAL(unlinkat))(at, name, flags);
}
