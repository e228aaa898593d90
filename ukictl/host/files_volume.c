/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume's files by firmware's path, and the volume of a file. */
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "host/files.h"
#include "host/root.h"

/* The entry as spelled, else the first one that differs in case only. */
static char *find_entry(const char *dir, const char *name, size_t len) {
        char *exact = file_join(dir, name, len);

        if (root_there(exact))
                return exact;
        free(exact);
        char buf[1];
        struct text why = TEXT_IN(buf);
        struct names names;
        char *found = NULL;
        if (!names_read(dir, &names, &why))
                return NULL;
        for (size_t i = 0; i < names.n && !found; i++)
                if (strlen(names.v[i]) == len && strncasecmp(names.v[i], name, len) == 0)
                        found = file_join(dir, names.v[i], len);
        names_free(&names);
        return found;
}

char *volume_find(const char *root, const char *path) {
        char *at = strdup(root);

        while (at && *path) {
                path += strspn(path, "\\");
                size_t len = strcspn(path, "\\");
                if (len == 0)
                        break;
                char *next = find_entry(at, path, len);
                free(at);
                at = next;
                path += len;
        }
        return at;
}

static bool is_same(const char *dir, const char *name, const struct stat *st) {
        char *path = file_join(dir, name, strlen(name));
        struct stat other;
        bool same = root_stat(path, &other) && other.st_dev == st->st_dev && other.st_ino == st->st_ino;

        free(path);
        return same;
}

/* As spelled, else in another case, else what is the same object. */
static const char *find_listed(const struct names *names, const char *dir, const char *name, const struct stat *st) {
        for (size_t i = 0; i < names->n; i++)
                if (strcmp(names->v[i], name) == 0)
                        return names->v[i];
        for (size_t i = 0; i < names->n; i++)
                if (strcasecmp(names->v[i], name) == 0)
                        return names->v[i];
        for (size_t i = 0; i < names->n; i++)
                if (is_same(dir, names->v[i], st))
                        return names->v[i];
        return NULL;
}

char *volume_own_name(const char *file) {
        const char *slash = strrchr(file, '/');
        char buf[1];
        struct text why = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        struct stat st;

        if (!slash || !root_stat(file, &st))
                return NULL;
        char *dir = strndup(file, slash == file ? 1 : (size_t) (slash - file));
        const char *found = names_read(dir, &names, &why) ? find_listed(&names, dir, slash + 1, &st) : NULL;
        char *own = found ? strdup(found) : NULL;
        names_free(&names);
        free(dir);
        return own;
}

/* The parts of file from byte `from` on. */
static void add_parts(const char *file, size_t from, struct text *ret) {
        for (size_t end = from; file[end] != '\0'; from = end) {
                end += 1 + strcspn(file + end + 1, "/");
                char *part = strndup(file, end), *own = volume_own_name(part);

                text_cat(ret, "\\", own ? own : part + from + 1, NULL);
                free(own);
                free(part);
        }
}

bool volume_name(const char *root, const char *file, struct text *ret) {
        char *r = root_real(root), *f = root_real(file);
        size_t len = r ? strlen(r) : 0;

        if (len == 1)
                len = 0; /* the root folder itself */
        bool under = r && f && strncmp(r, f, len) == 0 && f[len] == '/';
        if (under)
                add_parts(f, len, ret);
        free(r);
        free(f);
        return under && !ret->cut;
}

char *volume_of(const char *file) {
        struct statfs fs;
        struct stat st, up;
        char *at = statfs(file, &fs) == 0 && (unsigned long) fs.f_type == MSDOS_SUPER_MAGIC ? root_real(file) : NULL;

        if (!at || stat(at, &st) < 0)
                return at;
        for (char *slash; (slash = strrchr(at, '/')) && slash > at; *slash = '\0') {
                char *above = strndup(at, (size_t) (slash - at));
                bool other = !above || stat(above, &up) < 0 || up.st_dev != st.st_dev;

                free(above);
                if (other)
                        break;
        }
        return at;
}
