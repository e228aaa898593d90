/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "verb/install_inside.h"
#include "host/bootorder.h"
#include "host/installed.h"
#include "host/nvram.h"
#include "host/root.h"

static enum exit_code check_target(const char *path, struct text *why) {
        struct bytes b;

        if (!root_there(path))
                return EXIT_OK;
        if (!bytes_read(path, FILE_IMAGE_MAX, &b, why))
                return EXIT_FAILED;
        bool ours = install_is_ukiload(bytes_span(&b));
        bytes_free(&b);
        if (ours)
                return EXIT_OK;
        text_cat(why, path, ": is another image than ukiload, and is not overwritten: move it away", NULL);
        return EXIT_FAILED;
}

/* The file of firmware's folder, as it is spelled if it is there; the folder is made. NULL with a sentence. */
static char *place(const struct install_job *job, const char *dir, const char *name, struct text *why) {
        char path[PLAN_PATH_MAX], *folder = NULL, *file;
        bool made = false;

        snprintf(path, sizeof(path), "%s\\%s", dir, name);
        file = volume_find(job->host.esp, path);
        if (file)
                return file;
        if (job->host.dry_run) {
                if (asprintf(&file, "%s%s", job->host.esp, path) < 0)
                        return NULL;
                for (char *p = file + strlen(job->host.esp); *p; p++)
                        *p = *p == '\\' ? '/' : *p;
                return file;
        }
        folder = volume_folder(job->host.esp, dir, &made, why);
        file = folder ? file_join(folder, name, strlen(name)) : NULL;
        free(folder);
        return file;
}

static enum exit_code write_image(struct install_job *job, struct text *why) {
        job->target = place(job, DIR_OWN, strrchr(IMAGE_FILE, '\\') + 1, why);
        if (!job->target)
                return EXIT_FAILED;
        enum exit_code code = check_target(job->target, why);
        job->image_new = !root_there(job->target);
        job->image_written = !file_holds(job->target, bytes_span(&job->image));
        if (code == EXIT_OK && job->image_written && !job->host.dry_run)
                code = file_put(job->target, bytes_span(&job->image), why);
        return code;
}

/* An entry that starts ukiload is what somebody wants it to be: it stays. A counter that the image among the UKIs has goes on. */
static enum exit_code write_menu(struct install_job *job, struct text *why) {
        char buf[256], name[NAME_MAX_BYTES];
        struct text content = TEXT_IN(buf);
        struct names there, old;

        if (!installed_files(job->host.esp, DIR_ENTRIES, ENTRY_TAIL, &there, why) ||
            !installed_files(job->host.esp, DIR_IMAGES, UKI_TAIL, &old, why))
                return EXIT_FAILED;
        const char *file = there.n > 0 ? there.v[0] : old.n > 0 ? old.v[0] : "/" OLD_ENTRY_ID;
        const char *base = strrchr(file, '/') + 1, *tail = there.n > 0 ? ENTRY_TAIL : UKI_TAIL;
        snprintf(name, sizeof(name), "%.*s" ENTRY_TAIL, (int) (strlen(base) - strlen(tail)), base);
        bool wanted = !job->update || there.n > 0 || old.n > 0;
        names_free(&there);
        names_free(&old);
        job->menu = wanted ? place(job, DIR_ENTRIES, name, why) : NULL;
        if (!job->menu)
                return wanted ? EXIT_FAILED : EXIT_OK;
        if (installed_entry_starts(job->menu, IMAGE_FILE))
                return EXIT_OK;
        if (root_there(job->menu)) {
                text_cat(why, job->menu, ": is an entry of somebody else's, and is not overwritten: move it away", NULL);
                return EXIT_FAILED;
        }
        job->menu_written = true;
        installed_entry_text(&content);
        return job->host.dry_run ? EXIT_OK : file_put(job->menu, text_span(&content), why);
}

static enum exit_code make_pool(struct install_job *job, struct text *why) {
        char *there = volume_find(job->host.esp, DIR_POOL);

        job->pool_made = !there;
        if (!there && !job->host.dry_run)
                there = volume_folder(job->host.esp, DIR_POOL, &job->pool_made, why);
        bool ok = there || job->host.dry_run;
        free(there);
        return ok ? EXIT_OK : EXIT_FAILED;
}

static bool entry_is(const struct host *h, uint16_t number, struct span want) {
        char name[9], buf[256];
        struct text ignored = TEXT_IN(buf);
        struct nvram_var v;

        snprintf(name, sizeof(name), "Boot%04X", number);
        if (nvram_get(h, name, GUID_GLOBAL, &v, &ignored) != EFIVAR_READ)
                return false;
        bool same = span_eq(bytes_span(&v.data), want);
        bytes_free(&v.data);
        return same;
}

static bool is_written(const struct install_job *job, uint16_t number) {
        for (size_t i = 0; i < job->n_numbers; i++)
                if (job->numbers[i] == number)
                        return true;
        return false;
}

static enum exit_code drop_doubles(const struct install_job *job, struct text *why) {
        enum exit_code code = EXIT_OK;

        for (size_t i = 0; code == EXIT_OK && i < job->entries.n; i++) {
                const uint16_t number = job->entries.v[i].number;

                if (!job->entries.v[i].ours || is_written(job, number))
                        continue;
                /* BootOrder first, as remove has it. */
                code = boot_order_without(&job->host, number, why);
                if (code == EXIT_OK)
                        code = boot_entry_delete(&job->host, number, why);
        }
        return code;
}

/* The number of our entry for the partition, or a free one. */
static uint16_t number_for(const struct install_job *job, const struct partition *part) {
        for (size_t i = 0; i < job->entries.n; i++) {
                const struct boot_entry *e = &job->entries.v[i];

                if (e->ours && (!part || strcasecmp(e->partition, part->uuid) == 0))
                        return e->number;
        }
        uint16_t least = job->n_numbers > 0 ? (uint16_t) (job->numbers[job->n_numbers - 1] + 1) : 0;
        return boot_entry_free_number(&job->host, &job->entries, least);
}

static enum exit_code write_entry(struct install_job *job, const struct partition *part, struct text *why) {
        struct bytes entry;

        if (!boot_entry_build(&job->host, part, job->through_shim ? job->shim : NULL, &entry, why))
                return EXIT_NO_FIRMWARE;
        enum exit_code code = EXIT_OK;
        uint16_t number = number_for(job, part);
        if (!entry_is(&job->host, number, bytes_span(&entry)))
                job->entry_written = true;
        if (!job->host.dry_run)
                code = boot_entry_write(&job->host, number, bytes_span(&entry), why);
        bytes_free(&entry);
        if (code != EXIT_OK)
                return code;
        job->entry_stands = !job->host.dry_run;
        job->numbers[job->n_numbers++] = number;
        return job->host.dry_run ? EXIT_OK : boot_order_without(&job->host, number, why);
}

/* One; of a mirror, one for each member, for firmware sees no RAID. */
static enum exit_code write_entries(struct install_job *job, struct text *why) {
        char buf[512];
        struct text ignored = TEXT_IN(buf);
        struct esp_parts parts;
        bool known = esp_parts_read(&job->host, job->host.esp, &parts, &ignored) && esp_parts_fit(&parts);
        enum exit_code code = EXIT_OK;

        for (size_t i = 0; code == EXIT_OK && i < (known ? parts.n : 1); i++)
                code = write_entry(job, known ? &parts.v[i] : NULL, why);
        if (known && parts.missing > 0)
                names_add(&job->notes,
                          "a member of the ESP's mirror is missing, and has no boot entry: once it is in step again, "
                          "run ukictl install again");
        return code == EXIT_OK && !job->host.dry_run ? drop_doubles(job, why) : code;
}

static enum exit_code write_files(struct install_job *job, struct text *why) {
        enum exit_code code = write_image(job, why);

        if (code == EXIT_OK)
                code = make_pool(job, why);
        if (code == EXIT_OK)
                code = write_menu(job, why);
        if (code == EXIT_OK && !job->host.dry_run && !volume_flush(job->host.esp, why))
                code = EXIT_FAILED;
        return code;
}

/* What did not lie there before and nothing leads to is no installation. */
static void undo(const struct install_job *job) {
        if (job->menu_written)
                (void) root_unlink(job->menu);
        if (job->image_new)
                (void) root_unlink(job->target);
}

/* In this order: until firmware's entry and the menu's lead to the new file, what was installed before stays. */
enum exit_code install_write(struct install_job *job, struct text *why) {
        enum exit_code code = write_files(job, why);

        job->no_entry = job->host.no_variables || (job->update && !boot_entry_ours(&job->entries));
        if (code == EXIT_OK && !job->no_entry)
                code = write_entries(job, why);
        if (code != EXIT_OK && !job->entry_stands && !job->host.dry_run)
                undo(job);
        return code == EXIT_OK ? install_move(job, why) : code;
}
