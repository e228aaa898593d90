/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/efivars.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/root.h"

bool efivars_present(const char *dir) {
        char buf[1];
        struct text why = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        bool any = names_read(dir, &names, &why) && names.n > 0;

        names_free(&names);
        return any;
}

enum efivar_state efivar_file(const char *dir, const char *name, const char *guid, struct bytes *ret, struct text *why) {
        char *path = NULL;

        if (asprintf(&path, "%s/%s-%s", dir, name, guid) < 0)
                return EFIVAR_FAILED;
        enum efivar_state state = !root_there(path)                           ? EFIVAR_ABSENT
                                  : bytes_read(path, FILE_TEXT_MAX, ret, why) ? EFIVAR_READ
                                                                              : EFIVAR_FAILED;
        free(path);
        return state;
}

enum efivar_state efivar_read(const char *dir, const char *name, const char *guid, struct bytes *ret, struct text *why) {
        struct bytes b;
        enum efivar_state state = efivar_file(dir, name, guid, &b, why);

        if (state != EFIVAR_READ)
                return state;
        if (b.n < EFIVAR_ATTRIBUTES) {
                text_cat(why, dir, "/", name, "-", guid, ": shorter than a variable's attributes", NULL);
                bytes_free(&b);
                return EFIVAR_FAILED;
        }
        memmove(b.p, b.p + EFIVAR_ATTRIBUTES, b.n - EFIVAR_ATTRIBUTES);
        *ret = (struct bytes) { b.p, b.n - EFIVAR_ATTRIBUTES };
        return EFIVAR_READ;
}
