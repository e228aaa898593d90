/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/scratch.h"

#include <stdio.h>
#include <stdlib.h>

char *scratch_folder(struct text *why) {
        const char *tmp = getenv("TMPDIR");
        char *dir = NULL;

        if (asprintf(&dir, "%s/ukictl.XXXXXX", tmp && tmp[0] ? tmp : "/tmp") >= 0) {
                if (mkdtemp(dir))
                        return dir;
                free(dir);
        }
        text_str(why, "no folder for temporary files can be made in /tmp or TMPDIR");
        return NULL;
}
