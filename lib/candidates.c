/* SPDX-License-Identifier: BSD-2-Clause */
#include "candidates.h"

#include <string.h>

#include "path.h"

static size_t read_osrel(struct candidates *c, struct candidate *to) {
        const struct disk *disk = &c->disks[to->disk];
        const struct pe_section *section = pe_find(&c->pe, ".osrel", 0);
        size_t want, got = 0;

        if (!section)
                return 0;
        want = section->vsize < section->raw_size ? section->vsize : section->raw_size;
        if (want > OSREL_MAX)
                want = OSREL_MAX;
        if (!disk->part(disk->arg, to->path, section->raw_off, (uint8_t *) to->osrel, want, &got) || got > want)
                return 0;
        return got;
}

static void skip(struct candidates *c, const char *subject, const char *name, const char *clause) {
        char buf[PLAN_SENTENCE_MAX];
        struct text sentence = TEXT_IN(buf);

        text_cat(&sentence, subject, name, " ", clause, NULL);
        if (c->skipped)
                c->skipped(c->skipped_arg, buf);
}

static bool read_head(struct candidates *c, const struct candidate *of, uint64_t *ret_size, size_t *ret_got) {
        const struct disk *disk = &c->disks[of->disk];

        return disk->size(disk->arg, of->path, ret_size) && disk->part(disk->arg, of->path, 0, c->head, HEAD_MAX, ret_got) &&
               *ret_got <= HEAD_MAX;
}

/* Reads what sorting needs. False: no UKI at all (ukiload itself, other loaders), or none that can be read. */
static bool open_candidate(struct candidates *c, struct candidate *to) {
        char buf[64];
        struct text why = TEXT_IN(buf);
        uint64_t size = 0;
        size_t got = 0;

        if (!read_head(c, to, &size, &got)) {
                skip(c, "", to->path,
                     strlen(to->path) > PATH_MAX_BYTES
                             ? "cannot be read, and may be a UKI" DISK_LONG_PATH
                             : "cannot be read, and may be a UKI: repair the file system, or remove it");
                return false;
        }
        if (!pe_open_head((struct span) { c->head, got }, size, &c->pe, &why) || !uki_is_candidate(&c->pe))
                return false;
        got = read_osrel(c, to);
        bls_entry_open((struct span) { (const uint8_t *) to->osrel, got }, path_base(span_of(to->path)), to->id, sizeof(to->id),
                       &to->entry);
        return true;
}

static bool is_uki_name(const char *name) {
        return name[0] != '.' && span_ends_nocase(span_of(name), UKI_TAIL) && !path_is_addon(span_of(name));
}

/* The one that was just looked at comes to its place. The last of all is then where the next one is looked at. */
static void put_in_place(struct candidates *c) {
        struct candidate *new_one = c->v[c->n];
        size_t at = c->n;

        for (; at > 0 && bls_compare(&new_one->entry, &c->v[at - 1]->entry) < 0; at--)
                c->v[at] = c->v[at - 1];
        c->v[at] = new_one;
        if (c->n < c->cap)
                c->n++;
        else
                c->left_out++;
}

static bool take(void *arg, const char *name, bool usable) {
        struct candidates *c = arg;
        struct candidate *to = c->v[c->n];
        struct text path;

        /* It may be a UKI, and whoever made it must learn why nothing becomes of it. */
        if (!usable)
                skip(c, DIR_IMAGES "\\", name, DISK_NAME_FAULT);
        if (!usable || !is_uki_name(name))
                return true;
        memset(to, 0, sizeof(*to));
        to->disk = c->disk;
        path = TEXT_IN(to->path);
        text_cat(&path, DIR_IMAGES "\\", name, NULL);
        if (!path.cut && open_candidate(c, to))
                put_in_place(c);
        return true;
}

void candidates_find(const struct disk *disks, size_t n_disks, struct candidates *c) {
        char buf[PLAN_WHY_MAX];

        c->n = c->left_out = 0;
        c->disks = disks;
        for (c->disk = 0; c->disk < n_disks; c->disk++) {
                const struct disk *disk = &disks[c->disk];
                struct text why = TEXT_IN(buf);

                if (disk->list(disk->arg, DIR_IMAGES, take, c, &why) == DISK_UNREAD)
                        skip(c, DIR_IMAGES " of ", disk->name, buf);
        }
}
