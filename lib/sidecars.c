/* SPDX-License-Identifier: BSD-2-Clause */
#include "sidecars.h"

#include <string.h>

#include "cpio.h"

#define FILE_PATH_MAX (PLAN_PATH_MAX + 16 + NAME_MAX_BYTES + 2)

static bool file_path(const struct sidecars *s, const char *name, char ret[FILE_PATH_MAX]) {
        struct text text = text_in(ret, FILE_PATH_MAX);

        text_cat(&text, s->dir, "\\", name, NULL);
        return !text.cut;
}

/* The first thing that is left out is said; a stub says as much on the screen, and boots. */
static void leave_out(const struct sidecars *s, const char *name, const char *clause) {
        if (s->left_out->len == 0)
                text_cat(s->left_out, s->dir, name[0] != 0 ? "\\" : "", name, " ", clause, NULL);
}

/* Keeps the list sorted: insertion, for a folder has few files. */
static void put_in_place(struct sidecars *s, const char *name, size_t size) {
        size_t at = s->n++;

        for (; at > 0 && cpio_name_before(span_of(name), span_of(s->files[at - 1].name)); at--)
                s->files[at] = s->files[at - 1];
        memset(&s->files[at], 0, sizeof(s->files[at]));
        memcpy(s->files[at].name, name, strlen(name));
        s->files[at].size = size;
}

static bool take(void *arg, const char *name, bool usable) {
        struct sidecars *s = arg;
        char path[FILE_PATH_MAX];
        uint64_t size;

        if (!usable || !stubrole_takes(&s->source, span_of(name)))
                return true;
        if (!file_path(s, name, path) || !s->disk->size(s->disk->arg, path, &size) || size > UINT32_MAX) {
                leave_out(s, name, "cannot be opened, or is larger than 4 GiB");
                return true;
        }
        if (s->n == s->cap) {
                s->too_many = true;
                return false;
        }
        put_in_place(s, name, (size_t) size);
        return true;
}

/* The files of one kind. False: the stub of this image has no such. */
static bool list(struct sidecars *s, unsigned kind, const char *start_path, const struct uki *uki) {
        struct text dir = TEXT_IN(s->dir);
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        if (!stubrole_source(stubrole_version(uki), (enum stubrole_sidecar) kind, &s->source))
                return false;
        stubrole_folder(uki, &s->source, span_of(start_path), &dir);
        s->n = 0;
        if (s->disk->list(s->disk->arg, s->dir, take, s, &clause) == DISK_UNREAD)
                leave_out(s, "", buf);
        return true;
}

static bool refuse(const struct sidecars *s, const char *clause, const char *remedy, struct text *why) {
        text_cat(why, clause, s->source.suffix, " in ", s->dir, remedy, NULL);
        return false;
}

static bool refuse_many(const struct sidecars *s, struct text *why) {
        return refuse(s, "has more than " LIMIT_TEXT(SIDECARS_MAX) " files *",
                      ", and ukiload takes no more where it takes the stub's role: remove some", why);
}

/* One round over the files: counting with data NULL, writing otherwise. */
static bool pack(const struct sidecars *s, uint8_t *data, size_t cap, struct cpio *c) {
        char path[FILE_PATH_MAX];

        if (!cpio_begin(c, data, cap, s->source.dir, s->source.dir_mode, s->source.file_mode))
                return false;
        for (size_t i = 0; i < s->n; i++) {
                const struct sidecar_file *f = &s->files[i];
                uint8_t *where = NULL;
                size_t got = 0;

                if (!cpio_file(c, span_of(f->name), f->size, &where))
                        return false;
                if (where && (!file_path(s, f->name, path) || !s->disk->part(s->disk->arg, path, 0, where, f->size, &got) ||
                              got != f->size)) {
                        leave_out(s, f->name, "cannot be read whole");
                        cpio_drop_file(c);
                }
        }
        return cpio_end(c);
}

static bool make_archive(const struct sidecars *s, struct span *ret) {
        struct cpio c;
        uint8_t *data;
        size_t cap;

        if (s->n == 0)
                return true;
        if (!pack(s, NULL, 0, &c))
                return false;
        cap = c.len;
        data = s->disk->take(s->disk->arg, cap);
        if (!data)
                return false;
        if (!pack(s, data, cap, &c)) {
                s->disk->give(s->disk->arg, (struct span) { data, cap });
                return false;
        }
        *ret = (struct span) { data, c.len };
        return true;
}

static void begin(struct sidecars *s, const struct disk *disk, struct text *left_out) {
        memset(s->archive, 0, sizeof(s->archive));
        s->disk = disk;
        s->left_out = left_out;
        s->too_many = false;
}

bool sidecars_fit(const struct disk *disk, const char *start_path, const struct uki *uki, struct sidecars *s, struct text *why) {
        char buf[1];
        struct text ignored = TEXT_IN(buf);

        begin(s, disk, &ignored);
        for (unsigned kind = 0; kind < STUBROLE_SIDECARS; kind++)
                if (list(s, kind, start_path, uki) && s->too_many)
                        return refuse_many(s, why);
        return true;
}

bool sidecars_make(const struct disk *disk, const char *start_path, const struct uki *uki, struct sidecars *s,
                   struct text *left_out, struct text *why) {
        begin(s, disk, left_out);
        for (unsigned kind = 0; kind < STUBROLE_SIDECARS; kind++) {
                if (!list(s, kind, start_path, uki))
                        continue;
                if (s->too_many)
                        return refuse_many(s, why);
                if (!make_archive(s, &s->archive[kind]))
                        return refuse(s, "has more than there is memory for: *", "", why);
        }
        return true;
}

void sidecars_release(const struct disk *disk, struct sidecars *s) {
        for (size_t i = 0; i < STUBROLE_SIDECARS; i++)
                disk->give(disk->arg, s->archive[i]);
        memset(s->archive, 0, sizeof(s->archive));
}
