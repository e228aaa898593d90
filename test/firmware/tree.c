/* SPDX-License-Identifier: BSD-2-Clause */
/* The trees of files in memory, with names as FAT has them: no case, blanks and dots at the end do not count, an 8.3 name beside
 * the long one. */
#include "inside.h"

void wide(const char *ascii, CHAR16 *ret, size_t cap) {
        size_t n = strlen(ascii);

        if (n >= cap)
                n = cap - 1;
        for (size_t i = 0; i < n; i++)
                ret[i] = (CHAR16) (unsigned char) ascii[i];
        ret[n] = 0;
}

void narrow(const CHAR16 *s, char *ret, size_t cap) {
        size_t n = 0;

        for (; s[n] && n + 1 < cap; n++)
                ret[n] = s[n] < 0x7f ? (char) s[n] : '?';
        ret[n] = 0;
}

static CHAR16 folded(CHAR16 c) {
        return c >= 'a' && c <= 'z' ? (CHAR16) (c - 32) : c;
}

static bool same_name(const CHAR16 *name, const CHAR16 *part, size_t n) {
        size_t i = 0;

        while (n > 0 && (part[n - 1] == ' ' || part[n - 1] == '.'))
                n--;
        while (i < n && name[i] && folded(name[i]) == folded(part[i]))
                i++;
        return n > 0 && i == n && name[i] == 0;
}

static struct node *child_of(struct node *folder, const CHAR16 *part, size_t n) {
        for (struct node *c = folder->child; c; c = c->next)
                if (same_name(c->name, part, n) || same_name(c->alias, part, n))
                        return c;
        return NULL;
}

static struct node *step(struct node *at, const CHAR16 *part, size_t n) {
        if (!at->folder)
                return NULL;
        if (n == 0 || (n == 1 && part[0] == '.'))
                return at;
        if (n == 2 && part[0] == '.' && part[1] == '.')
                return at->parent;
        return child_of(at, part, n);
}

struct node *node_find(struct node *from, const CHAR16 *path) {
        struct node *at = from;

        if (*path == '\\')
                while (at->parent)
                        at = at->parent;
        while (at && *path) {
                size_t n = 0;

                while (path[n] && path[n] != '\\')
                        n++;
                at = step(at, path, n);
                path += n + (path[n] == '\\');
        }
        return at;
}

static struct node *node_new(struct node *folder, const CHAR16 *part, size_t n) {
        struct node *node = calloc(1, sizeof(*node)), **end = &folder->child;

        if (!node)
                abort();
        memcpy(node->name, part, n * sizeof(*part));
        node->parent = folder;
        while (*end)
                end = &(*end)->next;
        *end = node;
        return node;
}

static struct node *make(struct machine *m, unsigned volume, const char *path, bool folder) {
        CHAR16 text[600], *p = text;
        struct node *at = m->in->volumes[volume].root;

        wide(path, text, 600);
        while (*p) {
                size_t n = 0;
                struct node *found;

                while (p[n] && p[n] != '\\')
                        n++;
                found = n > 0 ? child_of(at, p, n) : at;
                if (!found) {
                        found = node_new(at, p, n);
                        found->folder = p[n] != 0 || folder;
                }
                at = found;
                p += n + (p[n] == '\\');
        }
        return at;
}

struct node *machine_file(struct machine *m, unsigned volume, const char *path, struct span bytes) {
        struct node *node = make(m, volume, path, false);

        free(node->bytes);
        node->folder = false;
        node->bytes = malloc(bytes.n ? bytes.n : 1);
        if (!node->bytes)
                abort();
        if (bytes.n)
                memcpy(node->bytes, bytes.p, bytes.n);
        node->n = bytes.n;
        return node;
}

struct node *machine_folder(struct machine *m, unsigned volume, const char *path) {
        return make(m, volume, path, true);
}

struct node *machine_find(const struct machine *m, unsigned volume, const char *path) {
        CHAR16 text[600];

        wide(path, text, 600);
        return node_find(m->in->volumes[volume].root, text);
}

void machine_alias(struct node *node, const char *alias) {
        wide(alias, node->alias, 16);
}

/* Out of its folder; whoever has it open still has it. */
void machine_remove(struct machine *m, unsigned volume, const char *path) {
        struct node *node = machine_find(m, volume, path), **link;

        if (!node || !node->parent)
                return;
        link = &node->parent->child;
        while (*link != node)
                link = &(*link)->next;
        *link = node->next;
        node->next = m->in->graveyard;
        m->in->graveyard = node;
}

void node_free(struct node *node) {
        while (node) {
                struct node *next = node->next;

                node_free(node->child);
                free(node->bytes);
                free(node);
                node = next;
        }
}
