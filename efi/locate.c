/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate.h"

#include "bls.h"
#include "console.h"
#include "path.h"
#include "report.h"

#define LINUX_DIR  "\\EFI\\Linux"
#define HEAD_BYTES ((size_t) 32 << 10) /* headers with 256 sections take a third of it */

struct candidate {
        struct bls_entry entry; /* the first field, by which a candidate is found; points into those below */
        const struct volume *volume;
        char path[PLAN_PATH_MAX];
        char osrel[OSREL_MAX];
        char id[VOLUME_NAME_MAX];
};

struct scan {
        struct boot *boot;
        const struct volume *volume;
        uint8_t *head; /* HEAD_BYTES */
        struct bls_best best;
        size_t left_out; /* that are not among the best */
};

static size_t read_osrel(struct scan *s, struct candidate *c) {
        const struct pe_section *section = pe_find(&s->boot->pe, ".osrel", 0);
        size_t want, got = 0;

        if (!section)
                return 0;
        want = section->vsize < section->raw_size ? section->vsize : section->raw_size;
        if (!volume_read_part(c->volume, c->path, section->raw_off, (uint8_t *) c->osrel, want < OSREL_MAX ? want : OSREL_MAX,
                              &got))
                return 0;
        return got;
}

/* Reads what sorting needs. False: no UKI at all (ukiload itself, other loaders). */
static bool open_candidate(struct scan *s, struct candidate *c) {
        char why_buf[64];
        struct text why = TEXT_IN(why_buf);
        struct span name = path_base(span_of(c->path));
        uint64_t size;
        size_t got;

        if (!volume_file_size(c->volume, c->path, &size) || !volume_read_part(c->volume, c->path, 0, s->head, HEAD_BYTES, &got) ||
            !pe_open_head((struct span) { s->head, got }, size, &s->boot->pe, &why) || !uki_is_candidate(&s->boot->pe))
                return false;
        got = read_osrel(s, c);
        bls_entry_open((struct span) { (const uint8_t *) c->osrel, got }, name, c->id, sizeof(c->id), &c->entry);
        return true;
}

static bool is_uki_name(const char *name) {
        return name[0] != '.' && span_ends_nocase(span_of(name), ".efi") && !path_is_addon(span_of(name));
}

/* A pointer to the entry is one to its candidate. */
static struct candidate *candidate_of(const struct bls_entry *e) {
        return (struct candidate *) (uintptr_t) e;
}

/* It may be a UKI, and whoever made it must learn why nothing becomes of it. */
static void note_name(struct boot *b, const char *name) {
        char line[PLAN_PATH_MAX + 160];
        struct text text = TEXT_IN(line);

        text_cat(&text, LINUX_DIR "\\", name, " " VOLUME_NAME_FAULT, NULL);
        report_note(b, "skipped", line);
}

static bool take(void *arg, const char *name, bool usable) {
        struct scan *s = arg;
        struct candidate *c;
        struct text path;

        if (!usable)
                note_name(s->boot, name);
        if (!usable || !is_uki_name(name))
                return true;
        c = fw_alloc(sizeof(*c));
        if (!c) {
                report_note(s->boot, "skipped", "out of memory: not every UKI in " LINUX_DIR " is looked at");
                return false;
        }
        c->volume = s->volume;
        path = TEXT_IN(c->path);
        text_cat(&path, LINUX_DIR "\\", name, NULL);
        if (!path.cut && open_candidate(s, c)) {
                c = candidate_of(bls_best_add(&s->best, &c->entry));
                s->left_out += c != NULL;
        }
        fw_free(c);
        return true;
}

static void note_skipped(struct boot *b) {
        char why[BOOT_WHY_MAX];
        struct text text = TEXT_IN(why);

        text_bytes(&text, text_span(&b->why));
        report_note(b, "skipped", why);
}

static enum reload_result try_all(struct boot *b, struct scan *s) {
        for (size_t i = 0; i < s->best.n; i++) {
                const struct candidate *c = candidate_of(s->best.v[i]);
                enum reload_result result = reload_try(b, c->volume, c->path);

                if (result != RELOAD_NEXT)
                        return result;
                if (s->best.n > 1)
                        note_skipped(b);
        }
        if (s->best.n == 0)
                text_str(&b->why,
                         "there is no UKI (a file *.efi with .linux) in " LINUX_DIR " of the ESP or XBOOTLDR: install one there");
        else if (s->best.n > 1) {
                text_clear(&b->why);
                if (s->left_out == 0)
                        text_str(&b->why, "none of the UKIs in " LINUX_DIR " can be started; each one's reason stands above");
                else
                        text_cat(&b->why, "none of the best ", LIMIT_TEXT(BLS_BEST_MAX), " UKIs in " LINUX_DIR,
                                 " can be started, and no more are tried; each one's reason stands above", NULL);
                b->reported = false;
        }
        return RELOAD_STOP;
}

/* What was listed of a folder before it could not be read any further is as good as ever. */
static void scan_volume(struct scan *s, const struct volume *v) {
        char line[PLAN_WHY_MAX];
        struct text text = TEXT_IN(line);

        s->volume = v;
        text_cat(&text, LINUX_DIR " of ", volume_name(v), " ", NULL);
        if (volume_list(v, LINUX_DIR, take, s, &text) == VOLUME_UNREAD)
                report_note(s->boot, "skipped", line);
}

static enum reload_result scan_and_try(struct boot *b) {
        FW_POOL struct scan *s = fw_alloc(sizeof(*s));
        FW_POOL uint8_t *head = fw_alloc(HEAD_BYTES);
        enum reload_result result;

        if (!s || !head) {
                text_str(&b->why, "out of memory");
                return RELOAD_STOP;
        }
        s->boot = b;
        s->head = head;
        for (size_t i = 0; i < b->n_volumes; i++)
                scan_volume(s, &b->volumes[i]);
        result = try_all(b, s);
        for (size_t i = 0; i < s->best.n; i++)
                fw_free(candidate_of(s->best.v[i]));
        return result;
}

static enum reload_result try_named(struct boot *b, const char *path) {
        for (size_t i = 0; i < b->n_volumes; i++)
                if (volume_exists(&b->volumes[i], path))
                        return reload_try(b, &b->volumes[i], path);
        text_cat(&b->why, path, " does not exist on ", b->n_volumes > 1 ? "the ESP or XBOOTLDR" : "the ESP",
                 ": name a UKI that is there", NULL);
        return RELOAD_STOP;
}

enum reload_result locate_and_try(struct boot *b) {
        return b->request && b->request->uki[0] ? try_named(b, b->request->uki) : scan_and_try(b);
}
