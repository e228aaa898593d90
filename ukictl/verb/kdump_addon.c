/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "arch.h"
#include "host/scratch.h"
#include "host/signing.h"
#include "judge/addon_build.h"
#include "judge/survey.h"
#include "verb/kdump_inside.h"

/* Firmware takes addons from the volume of their image. */
static enum exit_code find_volume(const struct kdump_job *job, const char **ret, struct text *why) {
        const struct host *h = &job->call.host;
        struct next_boot *boot = survey_job(h);

        boot->uki = job->uki_file;
        enum exit_code code = next_boot_find_uki(boot, why);
        if (code == EXIT_OK)
                code = next_boot_can_name(boot, why);
        if (code == EXIT_OK)
                *ret = boot->volume;
        next_boot_free(boot);
        return code;
}

static bool says_only(const struct placed *p, const char *line) {
        return p->well_formed && p->addon.initrd.n == 0 && p->addon.ucode.n == 0 && p->addon.dtb.n == 0 &&
               span_eq_str(p->addon.cmdline, line);
}

/* Somebody's own choice of a size. */
static bool is_kdump(const struct placed *p) {
        return strcasecmp(p->name, "kdump") == 0 && p->well_formed && span_starts(p->addon.cmdline, "crashkernel=");
}

static const struct placed *find(const struct kdump_job *job, const struct places *all, bool on_xbootldr, const char *line) {
        const struct placed *own = NULL;

        for (size_t i = 0; i < all->n; i++) {
                const struct placed *p = &all->v[i];

                if (p->place != PLACE_ONCE || p->on_xbootldr != on_xbootldr || strlen(p->name) > REQUEST_ADDON_MAX)
                        continue;
                if (says_only(p, line))
                        return p;
                if (!job->size && is_kdump(p))
                        own = p;
        }
        return own;
}

static bool is_taken(const struct kdump_job *job, const char *volume) {
        char path[PLAN_PATH_MAX];

        snprintf(path, sizeof(path), DIR_POOL "\\%s" ADDON_TAIL, job->name);
        char *found = volume_find(volume, path);
        bool is = found != NULL;

        free(found);
        return is;
}

/* "kdump", or where that says something else "kdump-1G-high". */
static bool choose_name(struct kdump_job *job, const char *volume, struct text *why) {
        struct text name = TEXT_IN(job->name);

        text_str(&name, "kdump");
        bool taken = is_taken(job, volume);
        for (const char *p = job->size_buf; taken && *p && name.len + 1 < REQUEST_ADDON_MAX; p++) {
                if (p == job->size_buf)
                        text_char(&name, '-');
                text_char(&name, strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-", *p) ? *p : '-');
        }
        if (!taken || !is_taken(job, volume))
                return true;
        text_cat(why, job->name, ": an addon of this name says something else than the size: remove it with ukictl addon remove",
                 NULL);
        return false;
}

static bool find_key(const struct kdump_job *job, struct signing *ret, struct text *why) {
        if (!job->key)
                return signing_find(&job->call.host, ret, why);
        signing_with(job->key, job->cert, ret);
        return true;
}

/* The image, signed where there is a key. */
static enum exit_code make(const struct kdump_job *job, const char *line, struct bytes *ret, bool *ret_signed, struct text *why) {
        const struct addon_parts parts = { .machine = ARCH_NATIVE, .cmdline = span_of(line) };
        struct signing with = { 0 };
        struct bytes image = { NULL, 0 };
        enum exit_code code = !addon_build(&parts, &image, why) ? EXIT_FORMAT
                              : !find_key(job, &with, why)      ? EXIT_FAILED
                                                                : EXIT_OK;

        *ret_signed = with.tool != NULL;
        if (code == EXIT_OK && with.tool) {
                code = signing_sign(&with, bytes_span(&image), ret, why) ? EXIT_OK : EXIT_FAILED;
                bytes_free(&image);
        } else
                *ret = image;
        signing_free(&with);
        return code;
}

/* Judged from a folder of its own, and from there put into the pool. */
static enum exit_code put(const struct kdump_job *job, const char *volume, struct span image, struct text *why) {
        char *dir = scratch_folder(why), name[REQUEST_ADDON_MAX + sizeof(ADDON_TAIL)];
        struct place_target t = { .place = PLACE_ONCE, .volume = volume, .made = true };
        enum exit_code code = EXIT_FAILED;

        if (!dir)
                return code;
        snprintf(name, sizeof(name), "%s" ADDON_TAIL, job->name);
        char *file = file_join(dir, name, strlen(name));
        if (bytes_write(file, image, why)) {
                t.file = file;
                code = place_judge(&job->call.host, &t, why);
                if (code == EXIT_OK)
                        code = place_write(&job->call.host, &t, why);
                (void) unlink(file);
                place_free(&t);
        }
        (void) rmdir(dir);
        free(file);
        free(dir);
        return code;
}

static enum exit_code make_and_put(struct kdump_job *job, const char *volume, const char *line, struct text *why) {
        struct bytes image = { NULL, 0 };
        bool is_signed = false;
        enum exit_code code = choose_name(job, volume, why) ? make(job, line, &image, &is_signed, why) : EXIT_FAILED;

        if (code == EXIT_OK)
                code = put(job, volume, bytes_span(&image), why);
        job->made = code == EXIT_OK;
        bytes_free(&image);
        if (code != EXIT_UNTRUSTED || is_signed)
                return code;
        text_clear(why);
        text_cat(
                why, "no addon in " DIR_POOL " says ", line,
                ", and this machine has no key to sign one with: name a key with --sign-key and --sign-cert, or bring a signed one with ukictl addon install",
                NULL);
        return code;
}

enum exit_code kdump_addon(struct kdump_job *job, struct text *why) {
        const struct host *h = &job->call.host;
        char line[192];
        struct places all;
        const char *volume;
        enum exit_code code = find_volume(job, &volume, why);

        if (code != EXIT_OK)
                return code;
        snprintf(line, sizeof(line), "crashkernel=%s", job->size_buf);
        places_read(h, &all);
        const struct placed *p = find(job, &all, volume == h->xbootldr, line);
        if (p) {
                snprintf(job->name, sizeof(job->name), "%s", p->name);
                if (!says_only(p, line)) {
                        struct text size = TEXT_IN(job->size_buf), from = TEXT_IN(job->from);

                        text_bytes(&size, span_from(p->addon.cmdline, strlen("crashkernel=")));
                        text_cat(&from, "what the addon ", p->name, " says", NULL);
                }
        } else
                code = make_and_put(job, volume, line, why);
        places_free(&all);
        return code;
}
