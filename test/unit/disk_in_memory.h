/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume in memory, for those of lib/ that walk one: it can fail, lie, and say what was asked of it. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "disk.h"

#define MEM_FILES 700u

struct mem_file {
        char path[700];
        struct span bytes; /* borrowed */
        uint64_t size;     /* what is told; bytes.n unless a test says otherwise */
        bool bad_name;     /* listed as not usable */
        bool shut;         /* cannot be read, nor its size */
        bool torn;         /* ... its second half cannot be read */
};

struct mem_disk {
        struct disk disk;
        size_t n;
        const char *unread;  /* a folder whose list breaks off ... */
        size_t unread_after; /* ... after so many files */
        bool no_memory;
        /* what happened */
        size_t n_read, n_listed, most; /* most: the largest limit that was given to read */
        size_t out;                    /* pieces of memory that were not given back */
        /* the files, n of them */
        struct mem_file files[MEM_FILES];
};

static inline struct mem_file *mem_find(struct mem_disk *m, const char *path) {
        for (size_t i = 0; i < m->n; i++)
                if (span_eq_nocase(span_of(m->files[i].path), span_of(path)))
                        return &m->files[i];
        return NULL;
}

static inline uint8_t *mem_take(void *arg, size_t n) {
        struct mem_disk *m = arg;

        if (m->no_memory)
                return NULL;
        m->out++;
        return calloc(1, n > 0 ? n : 1);
}

static inline void mem_give(void *arg, struct span bytes) {
        struct mem_disk *m = arg;

        m->out -= bytes.p != NULL;
        free((void *) (uintptr_t) bytes.p);
}

/* The name in dir, if the file lies right there. */
static inline const char *mem_name_in(const struct mem_file *f, const char *dir) {
        size_t n = strlen(dir);
        struct span head = { (const uint8_t *) f->path, strlen(f->path) < n ? 0 : n };

        if (!span_eq_nocase(head, span_of(dir)) || f->path[n] != '\\' || strchr(f->path + n + 1, '\\'))
                return NULL;
        return f->path + n + 1;
}

static inline enum disk_listing mem_list(void *arg, const char *dir, disk_each each, void *each_arg, struct text *why) {
        struct mem_disk *m = arg;
        bool breaks = m->unread && span_eq_nocase(span_of(m->unread), span_of(dir)), any = breaks;
        size_t given = 0;

        m->n_listed++;
        for (size_t i = 0; i < m->n && !(breaks && given == m->unread_after); i++) {
                const char *name = mem_name_in(&m->files[i], dir);

                any = any || name;
                given += name != NULL;
                if (name && !each(each_arg, name, !m->files[i].bad_name))
                        return DISK_LISTED;
        }
        if (breaks)
                text_str(why, "cannot be read (test)");
        return breaks ? DISK_UNREAD : any ? DISK_LISTED : DISK_NO_FOLDER;
}

static inline bool mem_size(void *arg, const char *path, uint64_t *ret) {
        const struct mem_file *f = mem_find(arg, path);

        if (!f || f->shut)
                return false;
        *ret = f->size;
        return true;
}

static inline bool mem_part(void *arg, const char *path, uint64_t off, uint8_t *to, size_t n, size_t *ret_n) {
        const struct mem_file *f = mem_find(arg, path);
        size_t have = !f || f->shut || off > f->bytes.n ? 0 : f->bytes.n - (size_t) off;

        if (!f || f->shut || (f->torn && off + n > f->bytes.n / 2))
                return false;
        *ret_n = n < have ? n : have;
        if (*ret_n > 0)
                memcpy(to, f->bytes.p + off, *ret_n);
        return true;
}

static inline bool mem_read(void *arg, const char *path, size_t max, struct span *ret, struct text *why) {
        struct mem_disk *m = arg;
        const struct mem_file *f = mem_find(m, path);
        uint8_t *copy;

        m->n_read++;
        m->most = max > m->most ? max : m->most;
        if (!f)
                text_str(why, "does not exist here");
        else if (f->shut)
                text_str(why, "cannot be opened");
        if (!f || f->shut || !disk_size_fits(f->size, max, why))
                return false;
        copy = mem_take(m, f->bytes.n);
        if (!copy)
                return false;
        memcpy(copy, f->bytes.p, f->bytes.n);
        *ret = (struct span) { copy, f->bytes.n };
        return true;
}

static inline void mem_begin(struct mem_disk *m) {
        memset(m, 0, offsetof(struct mem_disk, files));
        m->disk = (struct disk) { "the volume", m, mem_list, mem_size, mem_part, mem_read, mem_take, mem_give };
}

static inline struct mem_file *mem_add(struct mem_disk *m, const char *path, struct span bytes) {
        struct mem_file *f = &m->files[m->n++];

        if (m->n > MEM_FILES)
                abort();
        memset(f, 0, sizeof(*f));
        strncpy(f->path, path, sizeof(f->path) - 1);
        f->bytes = bytes;
        f->size = bytes.n;
        return f;
}
