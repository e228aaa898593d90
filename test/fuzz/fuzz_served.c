/* SPDX-License-Identifier: BSD-2-Clause */
/* The overlay's names: up to three files in folders and one name to open from another folder, parts of the input that end with a
 * NUL. The oracle knows paths as lists of parts and nothing of characters in a row. */
#include <ctype.h>

#include "must.h"
#include "served.h"
#include "ucs2.h"

#define FILES     3
#define PARTS_MAX 700

struct parts {
        size_t n;
        struct {
                const uint16_t *p;
                size_t n;
        } part[PARTS_MAX];
};

static uint16_t fold(uint16_t c) {
        return c < 0x80 ? (uint16_t) toupper(c) : c;
}

/* Adds the parts of a name, dots obeyed; false above the root. */
static bool walk(const uint16_t *name, struct parts *at) {
        for (size_t from = 0, to = 0;; from = ++to) {
                while (name[to] && name[to] != '/' && name[to] != '\\')
                        to++;
                if (to - from == 2 && name[from] == '.' && name[from + 1] == '.') {
                        if (at->n-- == 0)
                                return false;
                } else if (to > from && (to - from > 1 || name[from] != '.')) {
                        at->part[at->n].p = name + from;
                        at->part[at->n++].n = to - from;
                }
                if (!name[to])
                        return true;
        }
}

static bool part_is(const struct parts *a, const struct parts *b, size_t i) {
        if (a->part[i].n != b->part[i].n)
                return false;
        for (size_t k = 0; k < a->part[i].n; k++)
                if (fold(a->part[i].p[k]) != fold(b->part[i].p[k]))
                        return false;
        return true;
}

/* The first n parts of both are the same. */
static bool same(const struct parts *a, const struct parts *b, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (!part_is(a, b, i))
                        return false;
        return true;
}

/* Reads the name from its end. */
static bool hides(const uint16_t *name, size_t n) {
        static const char reversed[] = "IFE.NODDA.";
        size_t at = 0;

        while (n > 0 && (name[n - 1] == '.' || name[n - 1] == ' '))
                n--;
        while (at < 10 && at < n && fold(name[n - 1 - at]) == (uint16_t) reversed[at])
                at++;
        return at == 10;
}

static enum served_kind expected(const struct served *s, const struct parts *path, size_t *ret_file) {
        static struct parts dir;
        bool folder = false, above = false;

        for (size_t i = 0; i < s->n; i++) {
                dir.n = 0;
                MUST(walk(s->files[i].dir, &dir));
                folder = folder || (path->n == dir.n && same(path, &dir, dir.n));
                above = above || (path->n < dir.n && same(path, &dir, path->n));
                MUST(walk(s->files[i].name, &dir));
                if (path->n == dir.n && same(path, &dir, dir.n)) {
                        *ret_file = i;
                        return SERVED_FILE;
                }
        }
        if (folder)
                return SERVED_FOLDER;
        if (path->n > 0 && hides(path->part[path->n - 1].p, path->part[path->n - 1].n))
                return SERVED_HIDDEN;
        return above ? SERVED_ON_WAY : SERVED_ELSEWHERE;
}

static size_t joined(const struct parts *at, uint16_t *ret) {
        size_t n = 0;

        for (size_t i = 0; i < at->n; i++) {
                ret[n++] = '\\';
                for (size_t k = 0; k < at->part[i].n; k++)
                        ret[n++] = at->part[i].p[k];
        }
        if (n == 0)
                ret[n++] = '\\';
        return n;
}

/* Bytes above ASCII stand for characters of two. */
static void take(struct span *rest, uint16_t *ret, size_t cap) {
        size_t n = 0;

        while (rest->n > 0 && rest->p[0] != 0 && n + 1 < cap) {
                ret[n++] = rest->p[0] < 0x80 ? rest->p[0] : (uint16_t) (rest->p[0] << 8 | (rest->p[0] & 0x7f));
                *rest = (struct span) { rest->p + 1, rest->n - 1 };
        }
        if (rest->n > 0)
                *rest = (struct span) { rest->p + 1, rest->n - 1 };
        ret[n] = 0;
}

/* A file whose folder is a path as firmware knows it and whose name is one part. */
static void add(struct served *s, struct span *rest) {
        static const uint16_t root[] = { '\\', 0 };
        static uint16_t dir[PARTS_MAX];
        struct served_file *file = &s->files[s->n];
        struct parts one = { 0 };

        take(rest, dir, PARTS_MAX);
        take(rest, file->name, SERVED_NAME_MAX);
        if (served_path(root, dir, file->dir) && walk(file->name, &one) && one.n == 1 && one.part[0].p == file->name &&
            one.part[0].n == ucs2_len(file->name, SERVED_NAME_MAX))
                s->n++;
}

static void check_list(const struct served *s, const struct served_file *file) {
        const struct served_file *next;
        size_t at = 0;
        bool seen = false;

        while ((next = served_next(s, file->dir, &at)))
                seen = seen || next == file;
        MUST(seen);
}

static void check_look(const struct served *s, const uint16_t *path, const struct parts *parts) {
        const struct served_file *file = NULL;
        size_t which = 0;
        enum served_kind kind = expected(s, parts, &which);

        MUST(served_look(s, path, &file) == kind);
        MUST(kind == SERVED_FILE ? file == &s->files[which] : !file);
        if (file)
                check_list(s, file);
        if (kind != SERVED_FILE && kind != SERVED_FOLDER && parts->n > 0 && served_hides(served_base(path), SERVED_PATH_MAX))
                MUST(kind == SERVED_HIDDEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static struct served s;
        static struct parts parts;
        static uint16_t from[SERVED_PATH_MAX], name[PARTS_MAX], path[SERVED_PATH_MAX], want[2 * PARTS_MAX];
        struct span rest = { data, size };
        uint16_t dir[PARTS_MAX];
        bool inside;
        size_t n;

        s.n = 0;
        for (int i = 0; i < FILES; i++)
                add(&s, &rest);
        take(&rest, dir, PARTS_MAX);
        take(&rest, name, PARTS_MAX);
        if (!served_path((const uint16_t[]) { '\\', 0 }, dir, from))
                return 0;
        parts.n = 0;
        inside = (name[0] == '\\' || name[0] == '/' || walk(from, &parts)) && walk(name, &parts);
        if (!served_path(from, name, path)) {
                MUST(!inside || ucs2_len(from, SERVED_PATH_MAX) + ucs2_len(name, PARTS_MAX) + 2 > SERVED_PATH_MAX);
                return 0;
        }
        MUST(inside);
        n = joined(&parts, want);
        MUST(ucs2_len(path, SERVED_PATH_MAX) == n && memcmp(path, want, n * sizeof(*want)) == 0);
        check_look(&s, path, &parts);
        return 0;
}
