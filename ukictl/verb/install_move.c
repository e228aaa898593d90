/* SPDX-License-Identifier: BSD-2-Clause */
/* An installation of up to 0.2 lies among the UKIs: what leads there is led to the new place, then the file goes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bls.h"
#include "host/installed.h"
#include "host/nvram.h"
#include "host/root.h"
#include "host/utf16.h"
#include "verb/install_inside.h"

static void note(struct install_job *job, const char *first, const char *second, const char *third) {
        char buf[1024];
        struct text t = TEXT_IN(buf);

        text_cat(&t, first, second, third, NULL);
        names_add(&job->notes, buf);
}

/* "ukiload.efi", as the menu called it, with a counter or without. */
static enum exit_code carry_variable(struct install_job *job, const char *name, struct text *why) {
        char buf[256];
        struct text old = TEXT_IN(buf);
        struct nvram_var v;

        if (!utf16_variable(&job->host, name, GUID_LOADER, &old) || !installed_is_name(buf, UKI_TAIL))
                return EXIT_OK;
        note(job, name, " led there, and leads to " ENTRY_ID, "");
        if (job->host.dry_run)
                return EXIT_OK;
        if (nvram_get(&job->host, name, GUID_LOADER, &v, why) != EFIVAR_READ)
                return EXIT_FAILED;
        struct bytes id = utf16_write(span_of(ENTRY_ID));
        enum exit_code code = nvram_set(&job->host, name, GUID_LOADER, v.attributes, bytes_span(&id), why);
        bytes_free(&id);
        bytes_free(&v.data);
        return code;
}

static enum exit_code carry_variables(struct install_job *job, struct text *why) {
        static const char *const names[] = { "LoaderEntryDefault", "LoaderEntryPreferred", "LoaderEntrySysFail",
                                             "LoaderEntryOneShot" };
        enum exit_code code = EXIT_OK;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && code == EXIT_OK && !job->host.no_variables; i++)
                code = carry_variable(job, names[i], why);
        return code;
}

/* A line of loader.conf that chooses the old entry: where in the text it names it. */
static bool find_choice(struct span conf, struct span *ret_value) {
        struct span key;

        while (bls_next_line(&conf, &key, ret_value))
                if ((span_eq_str(key, "default") || span_eq_str(key, "preferred")) &&
                    span_eq_nocase(*ret_value, span_of(OLD_ENTRY_ID)))
                        return true;
        return false;
}

static void replace(struct bytes *all, struct span part, const char *with) {
        size_t at = (size_t) (part.p - all->p), n = strlen(with);
        struct span behind = span_from(bytes_span(all), at + part.n);
        struct bytes new = { need(at + n + behind.n), at + n + behind.n };

        memcpy(new.p, all->p, at);
        memcpy(new.p + at, with, n);
        if (behind.n > 0)
                memcpy(new.p + at + n, behind.p, behind.n);
        bytes_free(all);
        *all = new;
}

static enum exit_code carry_conf(struct install_job *job, struct text *why) {
        char *file = volume_find(job->host.esp, "\\loader\\loader.conf");
        struct bytes conf = { NULL, 0 };
        struct span value;

        if (!file)
                return EXIT_OK;
        bool ok = bytes_read(file, FILE_TEXT_MAX, &conf, why), changed = false;
        while (ok && find_choice(bytes_span(&conf), &value)) {
                replace(&conf, value, ENTRY_ID);
                changed = true;
        }
        if (changed)
                note(job, file, " led there, and leads to " ENTRY_ID, "");
        enum exit_code code = !ok ? EXIT_FAILED : EXIT_OK;
        if (changed && !job->host.dry_run)
                code = file_put(file, bytes_span(&conf), why);
        bytes_free(&conf);
        free(file);
        return code;
}

/* Entries that somebody made for the old file: firmware's, and the menu's. */
static bool is_led_to(struct install_job *job, char *by, size_t cap) {
        struct names names = { NULL, 0 };
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        bool found = false;

        for (size_t i = 0; i < job->entries.n && !found; i++) {
                const struct boot_entry *e = &job->entries.v[i];

                found = !e->ours && e->image && strcmp(e->image, OLD_IMAGE_FILE) == 0 && boot_entry_is_on(&job->host, e);
                if (found)
                        snprintf(by, cap, "Boot%04X", e->number);
        }
        char *dir = found ? NULL : volume_find(job->host.esp, DIR_ENTRIES);
        if (dir && files_read(dir, &names, &ignored))
                for (size_t i = 0; i < names.n && !found; i++) {
                        char *file = file_join(dir, names.v[i], strlen(names.v[i]));

                        found = installed_entry_starts(file, OLD_IMAGE_FILE);
                        if (found)
                                snprintf(by, cap, "%s", names.v[i]);
                        free(file);
                }
        names_free(&names);
        free(dir);
        return found;
}

static enum exit_code drop(struct install_job *job, const char *file, struct text *why) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct bytes b;

        if (!bytes_read(file, FILE_IMAGE_MAX, &b, &ignored))
                return EXIT_OK;
        bool ours = install_is_ukiload(bytes_span(&b));
        bytes_free(&b);
        if (!ours)
                return EXIT_OK;
        if (job->host.dry_run || root_unlink(file)) {
                names_add(&job->moved, file);
                return EXIT_OK;
        }
        text_cat(why, file, ": cannot be removed, and ukiload is in its new place already: ", strerror(errno), file_advice(errno),
                 NULL);
        return errno == EACCES || errno == EPERM ? EXIT_PRIVILEGE : EXIT_FAILED;
}

enum exit_code install_move(struct install_job *job, struct text *why) {
        struct names old;
        char by[NAME_MAX_BYTES + 1];
        enum exit_code code = EXIT_OK;

        if (!installed_files(job->host.esp, DIR_IMAGES, UKI_TAIL, &old, why))
                return EXIT_FAILED;
        if (old.n > 0 && is_led_to(job, by, sizeof(by)))
                note(job, by, " still starts the older " OLD_IMAGE_FILE ", so that stays, as it is: let it start ",
                     job->target + strlen(job->host.esp));
        else if (old.n > 0) {
                code = carry_variables(job, why);
                if (code == EXIT_OK)
                        code = carry_conf(job, why);
                for (size_t i = 0; i < old.n && code == EXIT_OK; i++)
                        code = drop(job, old.v[i], why);
                if (code == EXIT_OK && !job->host.dry_run && !volume_flush(job->host.esp, why))
                        code = EXIT_FAILED;
        }
        names_free(&old);
        return code;
}
