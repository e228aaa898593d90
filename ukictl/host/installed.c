/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/installed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bls.h"
#include "host/root.h"

#define NAME "ukiload"

/* path_counter() knows the names of images. */
bool installed_is_name(const char *name, const char *tail) {
        struct span s = span_of(name);
        char buf[NAME_MAX_BYTES + sizeof(UKI_TAIL)];
        struct text image = TEXT_IN(buf);

        if (!span_ends_nocase(s, tail))
                return false;
        struct span stem = span_between(s, 0, s.n - strlen(tail));
        text_bytes(&image, stem);
        text_str(&image, UKI_TAIL);
        struct path_counter c = path_counter(text_span(&image));
        return !image.cut && span_eq_nocase(c.counted ? span_between(stem, 0, c.at) : stem, span_of(NAME));
}

bool installed_files(const char *esp, const char *dir, const char *tail, struct names *ret, struct text *why) {
        struct names names = { NULL, 0 }, found = { NULL, 0 };
        char *folder = volume_find(esp, dir);
        bool ok = !folder || files_read(folder, &names, why);

        for (size_t i = 0; i < names.n; i++) {
                if (!installed_is_name(names.v[i], tail))
                        continue;
                char *path = file_join(folder, names.v[i], strlen(names.v[i]));

                names_add(&found, path);
                free(path);
        }
        names_free(&names);
        free(folder);
        if (ok)
                *ret = found;
        return ok;
}

char *installed_find(const char *esp, uint16_t machine) {
        char buf[PATH_MAX_BYTES];
        struct text text = TEXT_IN(buf);
        struct names old = { NULL, 0 };

        text_cat(&text, DIR_OWN "\\" NAME, arch_of(machine)->suffix, UKI_TAIL, NULL);
        char *found = volume_find(esp, buf);
        if (!found)
                found = volume_find(esp, OLD_IMAGE_FILE);
        if (!found && installed_files(esp, DIR_IMAGES, UKI_TAIL, &old, &text) && old.n > 0)
                found = strdup(old.v[0]);
        names_free(&old);
        return found;
}

char *installed_package_image(void) {
        const struct arch *arch = arch_of(ARCH_NATIVE);
        const char *const places[] = { "../lib/ukiload", arch->name };
        char self[1024], *path = NULL;
        ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

        if (n <= 0)
                return NULL;
        self[n] = '\0';
        *strrchr(self, '/') = '\0';
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                if (asprintf(&path, "%s/%s/" NAME ARCH_SUFFIX UKI_TAIL, self, places[i]) < 0)
                        return NULL;
                if (access(path, R_OK) == 0)
                        return path;
                free(path);
        }
        return NULL;
}

void installed_entry_text(struct text *ret) {
        text_str(ret, "title     " NAME "\nsort-key  zz-" NAME "\nlinux     ");
        for (const char *p = IMAGE_FILE "\n"; *p; p++)
                text_char(ret, *p == '\\' ? '/' : *p);
}

bool installed_entry_starts(const char *file, const char *path) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct bytes b;

        if (!bytes_read(file, FILE_TEXT_MAX, &b, &ignored))
                return false;
        bool starts = bls_entry_starts(bytes_span(&b), path);
        bytes_free(&b);
        return starts;
}

void installed_entry_id(const char *esp, bool as_file, struct text *ret) {
        char *file = volume_find(esp, IMAGE_FILE), buf[256];
        struct text ignored = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        const char *dir = file ? DIR_ENTRIES : DIR_IMAGES, *tail = file ? ENTRY_TAIL : UKI_TAIL;

        if (as_file && installed_files(esp, dir, tail, &names, &ignored) && names.n > 0)
                text_str(ret, strrchr(names.v[0], '/') + 1);
        else
                text_str(ret, file ? ENTRY_ID : OLD_ENTRY_ID);
        names_free(&names);
        free(file);
}
