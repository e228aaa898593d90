/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "host/files.h"

void *need(size_t n) {
        void *p = malloc(n > 0 ? n : 1);

        if (!p) {
                fputs("ukictl: out of memory\n", stderr);
                exit(1);
        }
        return p;
}
