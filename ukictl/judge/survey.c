/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"

#define LINUX_DIR "\\EFI\\Linux"

static bool open_image(struct surveyed *s, const char *name) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct pe *pe = need(sizeof(*pe));
        struct bytes b;
        bool is = false;
        if (bytes_read(s->file, FILE_IMAGE_MAX, &b, &ignored)) {
                is = pe_open_file(bytes_span(&b), pe, &ignored) && uki_is_candidate(pe);
                const struct pe_section *section = is ? pe_find(pe, ".osrel", 0) : NULL;
                struct span osrel = section ? span_trim_nul(pe_bytes(pe, section)) : (struct span) { NULL, 0 };
                s->osrel = need(osrel.n + 1);
                if (osrel.n > OSREL_MAX)
                        osrel.n = OSREL_MAX;
                if (osrel.n > 0)
                        memcpy(s->osrel, osrel.p, osrel.n);
                s->osrel[osrel.n] = '\0';
                bytes_free(&b);
        }
        if (is)
                bls_entry_open(span_of(s->osrel), span_of(name), s->id, sizeof(s->id), &s->entry);
        free(pe);
        return is;
}

static void take(struct survey *all, const char *dir, const char *name, bool on_xbootldr) {
        struct surveyed *s = need(sizeof(*s));
        memset(s, 0, sizeof(*s));
        s->on_xbootldr = on_xbootldr;
        snprintf(s->path, sizeof(s->path), LINUX_DIR "\\%.255s", name);
        if (asprintf(&s->file, "%s/%s", dir, name) < 0 || !open_image(s, name)) {
                free(s->file);
                free(s->osrel);
                free(s);
                return;
        }
        struct surveyed *v = need((all->n + 1) * sizeof(*v));
        if (all->n > 0)
                memcpy(v, all->v, all->n * sizeof(*v));
        v[all->n++] = *s;
        free(all->v);
        all->v = v;
        free(s);
}

static void add_volume(struct survey *all, const char *volume, bool on_xbootldr) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        char *dir = volume ? volume_find(volume, LINUX_DIR) : NULL;
        if (dir && files_read(dir, &names, &ignored))
                for (size_t i = 0; i < names.n; i++) {
                        struct span name = span_of(names.v[i]);
                        if (names.v[i][0] != '.' && name.n < sizeof(all->v->id) && span_ends_nocase(name, ".efi") &&
                            !path_is_addon(name))
                                take(all, dir, names.v[i], on_xbootldr);
                }
        names_free(&names);
        free(dir);
}

/* The ids lie in the elements, and so move with them. */
static void point_again(struct survey *all) {
        for (size_t i = 0; i < all->n; i++)
                all->v[i].entry.id.p = (const uint8_t *) all->v[i].id;
}

static int compare(const void *a, const void *b) {
        const struct surveyed *x = a, *y = b;
        struct bls_entry ex = x->entry, ey = y->entry;
        ex.id.p = (const uint8_t *) x->id;
        ey.id.p = (const uint8_t *) y->id;
        int r = bls_compare(&ex, &ey);
        return r != 0 ? r : x->on_xbootldr - y->on_xbootldr; /* of two of one name firmware sees the ESP's first */
}

void survey_read(const struct host *h, struct survey *ret) {
        *ret = (struct survey) { NULL, 0 };
        add_volume(ret, h->esp, false);
        add_volume(ret, h->xbootldr, true);
        if (ret->n > 0)
                qsort(ret->v, ret->n, sizeof(*ret->v), compare);
        point_again(ret);
}

void survey_free(struct survey *s) {
        for (size_t i = 0; i < s->n; i++) {
                free(s->v[i].file);
                free(s->v[i].osrel);
        }
        free(s->v);
        *s = (struct survey) { NULL, 0 };
}

enum exit_code survey_judge(struct next_boot *job, const struct surveyed *uki, const char *policy, struct text *why) {
        job->uki = uki->file;
        job->ukiload = policy ? strdup(policy) : volume_find(job->host.esp, BOOTENTRY_IMAGE);
        enum exit_code code = next_boot_read_believed(job, why);
        if (code == EXIT_OK)
                code = next_boot_find_uki(job, why);
        if (code == EXIT_OK)
                code = next_boot_judge_image(job, job->plan->uki_path, bytes_span(&job->plan->image), why);
        return code == EXIT_OK ? next_boot_plan_again(job, why) : code;
}

static bool starts(const struct host *h, const struct surveyed *uki) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        struct next_boot *job = next_boot_new();

        job->host = *h;
        (void) arming_read(&job->host, &job->arming, &why);
        if (!job->host.alien)
                gather_machine(job->plan);
        text_clear(&why);
        bool ok = survey_judge(job, uki, NULL, &why) == EXIT_OK;
        next_boot_free(job);
        return ok;
}

char *survey_default(const struct host *h, struct text *why) {
        struct survey all;
        char *file = NULL;

        survey_read(h, &all);
        for (size_t i = 0; i < all.n && i < CANDIDATES_MAX && !file; i++)
                if (starts(h, &all.v[i]))
                        file = strdup(all.v[i].file);
        if (!file)
                text_str(why, all.n == 0 ? "ukiload finds no UKI on this machine: install one in EFI/Linux of the ESP or XBOOTLDR"
                                         : "ukiload would start none of the UKIs in EFI/Linux: ukictl list says why");
        survey_free(&all);
        return file;
}
