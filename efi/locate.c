/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate.h"

#include "candidates.h"
#include "report.h"

/* What lib/candidates.h asks for, in one piece of memory. */
struct choice {
        struct disk disks[2];
        struct candidate rooms[CANDIDATES_MAX + 1];
        struct candidate *order[CANDIDATES_MAX + 1];
        struct candidates candidates;
};

static void note_passed_over(void *arg, const char *sentence) {
        report_note(arg, "skipped", sentence);
}

static void note_skipped(struct boot *b) {
        char why[BOOT_WHY_MAX];
        struct text text = TEXT_IN(why);

        text_bytes(&text, text_span(&b->why));
        report_note(b, "skipped", why);
}

static enum reload_result try_all(struct boot *b, const struct candidates *all) {
        for (size_t i = 0; i < all->n; i++) {
                enum reload_result result = reload_try(b, &b->volumes[all->v[i]->disk], all->v[i]->path);

                if (result != RELOAD_NEXT)
                        return result;
                if (all->n > 1)
                        note_skipped(b);
        }
        if (all->n == 0)
                text_str(&b->why, "there is no UKI (a file *.efi with .linux) in " DIR_IMAGES
                                  " of the ESP or XBOOTLDR: install one there");
        else if (all->n > 1) {
                text_clear(&b->why);
                text_cat(&b->why,
                         all->left_out > 0
                                 ? "none of the best " LIMIT_TEXT(CANDIDATES_MAX) " UKIs in " DIR_IMAGES
                                                                                  " can be started, and no more are tried"
                                 : "none of the UKIs in " DIR_IMAGES " can be started",
                         "; each one's reason stands above", NULL);
                b->uki_path[0] = '\0'; /* it is about none of them */
                b->reported = false;
        }
        return RELOAD_STOP;
}

static enum reload_result choose_and_try(struct boot *b) {
        FW_POOL struct choice *c = fw_alloc(sizeof(*c));

        if (!c) {
                text_str(&b->why, "out of memory");
                return RELOAD_STOP;
        }
        for (size_t i = 0; i <= CANDIDATES_MAX; i++)
                c->order[i] = &c->rooms[i];
        for (size_t i = 0; i < b->n_volumes; i++)
                c->disks[i] = volume_disk(&b->volumes[i]);
        c->candidates.v = c->order;
        c->candidates.cap = CANDIDATES_MAX;
        c->candidates.skipped = note_passed_over;
        c->candidates.skipped_arg = b;
        candidates_find(c->disks, b->n_volumes, &c->candidates);
        return try_all(b, &c->candidates);
}

static enum reload_result try_on_partition(struct boot *b, const struct request *request) {
        if (!volume_open_partition(request->partition, &b->named, &b->why))
                return RELOAD_STOP;
        return reload_try(b, &b->named, request->uki);
}

static enum reload_result try_named(struct boot *b, const char *path) {
        for (size_t i = 0; i < b->n_volumes; i++)
                if (volume_exists(&b->volumes[i], path))
                        return reload_try(b, &b->volumes[i], path);
        text_cat(&b->why, path,
                 b->n_volumes > 1 ? " is neither on the ESP nor on XBOOTLDR: name a UKI that is there"
                                  : " is not on the ESP: name a UKI that is there",
                 NULL);
        return RELOAD_STOP;
}

enum reload_result locate_and_try(struct boot *b) {
        const struct request *request = b->request;

        if (request && request->has_partition)
                return try_on_partition(b, request);
        if (b->n_volumes == 0) {
                text_str(
                        &b->why,
                        "ukiload was not started from a file system: start it from the ESP, or name the UKI with its partition (ukiload.uki=PARTUUID=UUID/PATH)");
                return RELOAD_STOP;
        }
        return request && request->uki[0] ? try_named(b, request->uki) : choose_and_try(b);
}
