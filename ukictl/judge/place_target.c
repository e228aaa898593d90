/* SPDX-License-Identifier: BSD-2-Clause */
/* Where an addon is to stand, judged by the plan of every boot that will look there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/once.h"
#include "judge/places.h"
#include "judge/survey.h"
#include "path.h"
#include "stubplace.h"

/* The volume of the default image: addons count on the volume of their image alone. */
static bool default_on_xbootldr(const struct host *h) {
        char buf[512];
        struct text ignored = TEXT_IN(buf);
        char *file = survey_default(h, NULL, &ignored);
        bool is = file && h->xbootldr && !volume_name(h->esp, file, &ignored);

        free(file);
        return is;
}

/* Of an image that was named: its volume, and the folder where its stub looks. */
enum exit_code place_folder(const struct host *h, struct place_target *t, struct text *why) {
        struct next_boot *job = survey_job(h);
        struct uki stub;
        struct text dir = TEXT_IN(t->dir);

        job->uki = t->uki;
        enum exit_code code = next_boot_find_uki(job, why);
        if (code == EXIT_OK) {
                uki_read_stub(&job->plan->pe, &stub);
                stubplace_addons(&stub, span_of(job->plan->start_path), &dir);
                t->on_xbootldr = job->volume != h->esp;
                snprintf(t->uki_path, sizeof(t->uki_path), "%s", job->plan->uki_path);
        }
        next_boot_free(job);
        return code;
}

/* What no stub looks at, no FAT volume holds or no request can say. */
static enum exit_code name_holds(const struct place_target *t, struct text *why) {
        struct span name = span_of(t->name);

        if (!path_is_stub_addon(name)) {
                text_cat(why, t->file, ": no stub looks at a file of this name: let it end in .addon.efi, in ASCII", NULL);
                return EXIT_USAGE;
        }
        for (size_t i = 0; i < name.n; i++)
                if (name.p[i] < ' ' || strchr("\"*/:<>?\\|", name.p[i])) {
                        text_cat(why, t->file, ": FAT holds no file of this name: rename it", NULL);
                        return EXIT_USAGE;
                }
        name.n -= strlen(ADDON_TAIL);
        if (t->place == PLACE_ONCE && !request_can_name(name)) {
                text_cat(why, t->file, PLAN_ADDON_NAME, NULL);
                return EXIT_USAGE;
        }
        return EXIT_OK;
}

static enum exit_code find_place(const struct host *h, struct place_target *t, struct text *why) {
        enum exit_code code = EXIT_OK;
        struct text dir = TEXT_IN(t->dir), path = TEXT_IN(t->path), name = TEXT_IN(t->name);
        const char *slash = strrchr(t->file, '/');

        text_str(&name, slash ? slash + 1 : t->file);
        code = name_holds(t, why);
        if (code != EXIT_OK)
                return code;
        if (t->place == PLACE_UKI)
                code = place_folder(h, t, why);
        else {
                text_str(&dir, t->place == PLACE_ONCE ? DIR_POOL : DIR_ADDONS);
                t->on_xbootldr = t->volume ? t->volume == h->xbootldr : default_on_xbootldr(h);
        }
        t->root = t->on_xbootldr ? h->xbootldr : h->esp;
        text_cat(&path, t->dir, "\\", t->name, NULL);
        return code;
}

/* Shape, signature and revocation, as for any image that firmware loads. */
static enum exit_code judge_file(const struct host *h, const struct placed *file, struct text *why) {
        struct next_boot *job = survey_job(h);
        char buf[512];
        struct text clause = TEXT_IN(buf);
        enum exit_code code = EXIT_OK;

        if (!file->well_formed) {
                text_cat(why, file->file, ": ", file->bad, NULL);
                code = file->bytes.p ? EXIT_FORMAT : EXIT_FAILED;
        } else if (next_boot_read_believed(job, &clause) == EXIT_OK) {
                code = next_boot_judge_image(job, file->file, file->bytes, &clause);
                if (code != EXIT_OK)
                        text_cat(why, file->file, ": firmware refuses this addon: ", buf, NULL);
        }
        next_boot_free(job);
        return code;
}

/* The boot of one image with the addon in its place. */
static enum exit_code try(const struct host *h, const struct place_target *t, const struct surveyed *uki, bool with,
                          struct plan_addon *ret, struct text *why) {
        struct next_boot *job = survey_job(h);

        if (with && t->place == PLACE_ONCE)
                job->plan->addons[job->plan->n_addons++] = t->file;
        else if (with) {
                job->plan->placed_path = t->path;
                job->plan->placed_file = t->file;
        }
        enum exit_code code = survey_judge(job, uki, NULL, why);
        ret->path[0] = '\0';
        for (size_t i = 0; i < job->plan->n_found; i++)
                if (span_eq_nocase(span_of(job->plan->found[i].path), span_of(t->path)))
                        *ret = job->plan->found[i];
        next_boot_free(job);
        return code;
}

static void tell(struct place_target *t, const char *uki, const char *verdict, const char *why) {
        char buf[2 * PLAN_PATH_MAX + PLAN_SENTENCE_MAX];
        struct text line = TEXT_IN(buf);

        text_cat(&line, uki, ": ", verdict, ": ", why, NULL);
        names_add(&t->others, buf);
}

/* EXIT_OK: nothing speaks against it here. */
static enum exit_code judge_with(const struct host *h, struct place_target *t, const struct surveyed *uki) {
        char buf[PLAN_SENTENCE_MAX], unused[PLAN_SENTENCE_MAX];
        struct text why = TEXT_IN(buf), ignored = TEXT_IN(unused);
        struct plan_addon *a = need(2 * sizeof(*a));
        enum exit_code code = try(h, t, uki, true, &a[0], &why),
                       before = code == EXIT_OK ? EXIT_OK : try(h, t, uki, false, &a[1], &ignored);
        bool asked = a[0].path[0] != '\0', refused = asked && a[0].verdict != PLAN_ADMITTED && a[0].verdict != PLAN_NOT_FOR_IMAGE;

        if (asked && a[0].verdict != PLAN_ADMITTED)
                tell(t, uki->path, plan_verdict_name(a[0].verdict), a[0].why);
        else if (code != EXIT_OK && before == EXIT_OK)
                tell(t, uki->path, "it would not start any more", buf);
        else if (asked)
                names_add(&t->admitted, uki->path);
        if (refused)
                code = a[0].verdict == PLAN_UNTRUSTED ? EXIT_UNTRUSTED : EXIT_REFUSED;
        else if (code != EXIT_OK && before != EXIT_OK)
                code = EXIT_OK; /* it did not start anyway */
        free(a);
        return code;
}

static bool looks_there(const struct place_target *t, const struct surveyed *uki) {
        return uki->on_xbootldr == t->on_xbootldr &&
               (t->place != PLACE_UKI || span_eq_nocase(span_of(uki->path), span_of(t->uki_path)));
}

/* An addon that stands must suit all that will meet it; one that is picked, somebody. */
static enum exit_code judge_boots(const struct host *h, struct place_target *t) {
        struct survey survey;
        enum exit_code worst = EXIT_OK;

        survey_read(h, &survey);
        for (size_t i = 0; i < survey.n; i++)
                if (looks_there(t, &survey.v[i])) {
                        enum exit_code code = judge_with(h, t, &survey.v[i]);

                        worst = worst == EXIT_OK ? code : worst;
                }
        survey_free(&survey);
        if (t->admitted.n == 0 && t->others.n > 0 && worst == EXIT_OK)
                return EXIT_REFUSED;
        return t->place == PLACE_ONCE && t->admitted.n > 0 ? EXIT_OK : worst;
}

enum exit_code place_judge(const struct host *h, struct place_target *t, struct text *why) {
        struct placed file;
        enum exit_code code = find_place(h, t, why);

        if (code != EXIT_OK)
                return code;
        placed_read(t->file, &file);
        char *there = volume_find(t->root, t->path);
        t->there = there && file.bytes.p && file_holds(there, file.bytes);
        t->replaces = there && !t->there;
        free(there);
        code = judge_file(h, &file, why);
        placed_free(&file);
        if (code != EXIT_OK && (!t->force || code == EXIT_FORMAT || code == EXIT_FAILED))
                return code;
        text_clear(why);
        code = judge_boots(h, t);
        if (code == EXIT_OK || t->force)
                return EXIT_OK;
        text_cat(why, t->made ? t->name : t->file, ": not installed, for ukiload would refuse it: ", t->others.v[0],
                 t->made ? "; a policy that lets it through is put in with ukictl install --policy FILE"
                         : "; insist with --force",
                 NULL);
        return code;
}

/* What was judged is what is written: the file is read once. */
enum exit_code place_write(const struct host *h, struct place_target *t, struct text *why) {
        struct span bytes;
        bool made;

        if (h->dry_run || t->there)
                return EXIT_OK;
        if (!once_read(t->file, ADDON_FILE_MAX, &bytes, why))
                return EXIT_FAILED;
        char *folder = volume_folder(t->root, t->dir, &made, why);
        char *path = folder ? file_join(folder, t->name, strlen(t->name)) : NULL;
        enum exit_code code = path ? file_put(path, bytes, why) : EXIT_FAILED;
        if (code == EXIT_OK && !volume_flush(t->root, why))
                code = EXIT_FAILED;
        free(path);
        free(folder);
        return code;
}

void place_free(struct place_target *t) {
        names_free(&t->admitted);
        names_free(&t->others);
}
