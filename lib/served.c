/* SPDX-License-Identifier: BSD-2-Clause */
#include "served.h"

#include "ucs2.h"

#include <string.h>

/* A path while it is made: no NUL, no separator at its end, and so nothing for the root. */
struct made {
        uint16_t *p;
        size_t len;
};

static bool is_separator(uint16_t c) {
        return c == '\\' || c == '/';
}

/* Takes off the last part; false at the root. */
static bool climb(struct made *m) {
        if (m->len == 0)
                return false;
        while (m->p[--m->len] != '\\')
                ;
        return true;
}

static bool append_part(struct made *m, const uint16_t *part, size_t n) {
        if (n == 1 && part[0] == '.')
                return true;
        if (n == 2 && part[0] == '.' && part[1] == '.')
                return climb(m);
        if (n >= SERVED_PATH_MAX - 1 - m->len) /* the separator, the part, and room for a NUL */
                return false;
        m->p[m->len++] = '\\';
        memcpy(m->p + m->len, part, n * sizeof(*part));
        m->len += n;
        return true;
}

static bool append_parts(struct made *m, const uint16_t *name) {
        while (*name) {
                size_t n = 0;

                while (name[n] && !is_separator(name[n]))
                        n++;
                if (n > 0 && !append_part(m, name, n))
                        return false;
                name += n;
                if (*name)
                        name++;
        }
        return true;
}

bool served_path(const uint16_t *from, const uint16_t *name, uint16_t ret[SERVED_PATH_MAX]) {
        struct made m = { ret, 0 };

        if (!is_separator(*name) && !append_parts(&m, from))
                return false;
        if (!append_parts(&m, name))
                return false;
        if (m.len == 0)
                ret[m.len++] = '\\';
        ret[m.len] = 0;
        return true;
}

const uint16_t *served_base(const uint16_t *path) {
        const uint16_t *base = path;

        for (; *path; path++)
                if (*path == '\\')
                        base = path + 1;
        return base;
}

bool served_hides(const uint16_t *name, size_t max) {
        static const uint16_t suffix[] = { '.', 'a', 'd', 'd', 'o', 'n', '.', 'e', 'f', 'i' };
        const size_t suffix_len = sizeof(suffix) / sizeof(suffix[0]);
        size_t n = ucs2_len(name, max);

        while (n > 0 && (name[n - 1] == ' ' || name[n - 1] == '.'))
                n--;
        return n >= suffix_len && ucs2_eq_nocase_n(name + n - suffix_len, suffix, suffix_len);
}

bool served_add(struct served *s, const char *dir, const char *name, struct span bytes) {
        struct served_file *file = &s->files[s->n];

        if (s->n >= PLAN_ADDONS_MAX || !ucs2_from_utf8(dir, file->dir, SERVED_PATH_MAX) ||
            !ucs2_from_utf8(name, file->name, SERVED_NAME_MAX))
                return false;
        file->bytes = bytes;
        s->n++;
        return true;
}

/* Characters of a folder's path with the separator behind it left out: none for the root. */
static size_t dir_len(const uint16_t *dir) {
        return dir[1] ? ucs2_len(dir, SERVED_PATH_MAX) : 0;
}

/* path is dir\name. */
static bool is_file(const uint16_t *path, const struct served_file *file) {
        size_t n = dir_len(file->dir);

        return ucs2_eq_nocase_n(path, file->dir, n) && path[n] == '\\' && ucs2_eq_nocase(path + n + 1, file->name);
}

/* path is a folder above dir, or both are the root. */
static bool is_above(const uint16_t *path, const uint16_t *dir) {
        size_t n = dir_len(path);

        return ucs2_eq_nocase_n(path, dir, n) && dir[n] == '\\';
}

const struct served_file *served_next(const struct served *s, const uint16_t *dir, size_t *at) {
        while (*at < s->n) {
                const struct served_file *file = &s->files[(*at)++];

                if (ucs2_eq_nocase(file->dir, dir))
                        return file;
        }
        return NULL;
}

enum served_kind served_look(const struct served *s, const uint16_t *path, const struct served_file **ret_file) {
        bool on_way = false;
        size_t first = 0;

        for (size_t i = 0; i < s->n; i++) {
                if (is_file(path, &s->files[i])) {
                        *ret_file = &s->files[i];
                        return SERVED_FILE;
                }
                on_way = on_way || is_above(path, s->files[i].dir);
        }
        if (served_next(s, path, &first))
                return SERVED_FOLDER;
        if (served_hides(served_base(path), SERVED_PATH_MAX))
                return SERVED_HIDDEN;
        return on_way ? SERVED_ON_WAY : SERVED_ELSEWHERE;
}
