/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/efivars.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/root.h"

#define ATTRIBUTES 4u

bool efivars_present(const char *dir) {
        char buf[1];
        struct text why = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        bool any = names_read(dir, &names, &why) && names.n > 0;

        names_free(&names);
        return any;
}

enum efivar_state efivar_read(const char *dir, const char *name, const char *guid, struct bytes *ret, struct text *why) {
        char *path = NULL;
        struct bytes b;

        if (asprintf(&path, "%s/%s-%s", dir, name, guid) < 0)
                return EFIVAR_FAILED;
        enum efivar_state state = EFIVAR_READ;
        if (!root_there(path))
                state = EFIVAR_ABSENT;
        else if (!bytes_read(path, FILE_TEXT_MAX, &b, why))
                state = EFIVAR_FAILED;
        else if (b.n < ATTRIBUTES) {
                text_cat(why, path, ": shorter than a variable's attributes", NULL);
                bytes_free(&b);
                state = EFIVAR_FAILED;
        } else {
                memmove(b.p, b.p + ATTRIBUTES, b.n - ATTRIBUTES);
                *ret = (struct bytes) { b.p, b.n - ATTRIBUTES };
        }
        free(path);
        return state;
}
