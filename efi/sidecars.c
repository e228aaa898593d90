/* SPDX-License-Identifier: BSD-2-Clause */
#include "sidecars.h"

#include "cpio.h"

#define DIR_BYTES (PLAN_PATH_MAX + 16u) /* a UKI's path and ".extra.d" */

struct file {
        char name[VOLUME_NAME_MAX];
        size_t size;
};

/* One folder's files. */
struct folder {
        const struct volume *volume;
        struct stubrole_source source;
        char dir[DIR_BYTES];
        bool too_many;
        struct text *left_out;
        size_t n;
        struct file files[SIDECARS_MAX];
};

static bool file_path(const struct folder *f, const char *name, char ret[DIR_BYTES + VOLUME_NAME_MAX]) {
        struct text text = text_in(ret, DIR_BYTES + VOLUME_NAME_MAX);

        text_cat(&text, f->dir, "\\", name, NULL);
        return !text.cut;
}

/* The first thing that is left out is said; a stub says as much on the screen, and boots. */
static void leave_out(const struct folder *f, const char *name, const char *clause) {
        if (f->left_out->len == 0)
                text_cat(f->left_out, f->dir, name[0] != 0 ? "\\" : "", name, " ", clause, NULL);
}

/* Keeps the list sorted: insertion, for a folder has few files. */
static bool take(void *arg, const char *name, bool usable) {
        struct folder *f = arg;
        struct file new_file = { 0 };
        char path[DIR_BYTES + VOLUME_NAME_MAX];
        uint64_t size;
        size_t at = f->n;

        if (!usable || !stubrole_takes(&f->source, span_of(name)))
                return true;
        if (!file_path(f, name, path) || !volume_file_size(f->volume, path, &size) || size > UINT32_MAX) {
                leave_out(f, name, "cannot be opened, or is larger than 4 GiB");
                return true;
        }
        if (f->n == SIDECARS_MAX) {
                f->too_many = true;
                return false;
        }
        memcpy(new_file.name, name, strlen(name));
        new_file.size = (size_t) size;
        for (; at > 0 && cpio_name_before(span_of(name), span_of(f->files[at - 1].name)); at--)
                f->files[at] = f->files[at - 1];
        f->files[at] = new_file;
        f->n++;
        return true;
}

/* One round over the files: counting with data NULL, writing otherwise. */
static bool pack(const struct folder *f, uint8_t *data, size_t cap, struct cpio *c) {
        char path[DIR_BYTES + VOLUME_NAME_MAX];

        if (!cpio_begin(c, data, cap, f->source.dir, f->source.dir_mode, f->source.file_mode))
                return false;
        for (size_t i = 0; i < f->n; i++) {
                uint8_t *where = NULL;

                if (!cpio_file(c, span_of(f->files[i].name), f->files[i].size, &where))
                        return false;
                if (data && where &&
                    (!file_path(f, f->files[i].name, path) || !volume_read_into(f->volume, path, where, f->files[i].size))) {
                        leave_out(f, f->files[i].name, "cannot be read to its end");
                        cpio_drop_file(c);
                }
        }
        return cpio_end(c);
}

static struct span make_archive(const struct folder *f) {
        struct cpio c;
        uint8_t *data;

        if (f->n == 0 || !pack(f, NULL, 0, &c))
                return (struct span) { 0 };
        data = fw_alloc(c.len);
        if (!data || !pack(f, data, c.len, &c)) {
                fw_free(data);
                return (struct span) { 0 };
        }
        return (struct span) { data, c.len };
}

/* One folder: false with a clause if its files are more than there is room for. */
static bool make_one(struct folder *f, struct span *ret, struct text *why) {
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        f->n = 0;
        if (volume_list(f->volume, f->dir, take, f, &clause) == VOLUME_UNREAD)
                leave_out(f, "", buf);
        if (!f->too_many)
                *ret = make_archive(f);
        if (!f->too_many && (f->n == 0 || ret->n > 0))
                return true;
        text_cat(why, f->too_many ? "has more than " LIMIT_TEXT(SIDECARS_MAX) " files *" : "has more than there is memory for: *",
                 f->source.suffix, " in ", f->dir, NULL);
        return false;
}

bool sidecars_make(const struct volume *v, const char *uki_path, const struct uki *uki, struct sidecars *ret,
                   struct text *left_out, struct text *why) {
        FW_POOL struct folder *f = fw_alloc(sizeof(*f));

        memset(ret, 0, sizeof(*ret));
        for (unsigned kind = 0; f && kind < STUBROLE_SIDECARS; kind++) {
                struct text dir = TEXT_IN(f->dir);

                if (!stubrole_source(stubrole_version(uki), (enum stubrole_sidecar) kind, &f->source))
                        continue;
                f->volume = v;
                f->left_out = left_out;
                stubrole_folder(uki, &f->source, span_of(uki_path), &dir);
                if (!make_one(f, &ret->archive[kind], why))
                        return false;
        }
        if (!f)
                text_str(why, "cannot be started: out of memory");
        return f != NULL;
}

void sidecars_free(struct sidecars *s) {
        for (size_t i = 0; i < STUBROLE_SIDECARS; i++)
                fw_free((void *) (uintptr_t) s->archive[i].p);
        memset(s, 0, sizeof(*s));
}
