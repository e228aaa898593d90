/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verb/install_inside.h"
#include "host/bootorder.h"
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

static enum exit_code write_image(struct install_job *job, struct text *why) {
        bool made = false;
        char *path = volume_find(job->host.esp, IMAGE_FILE), *dir = NULL;

        if (!path && !job->host.dry_run && !(dir = volume_folder(job->host.esp, DIR_IMAGES, &made, why)))
                return EXIT_FAILED;
        if (!path && asprintf(&path, "%s/ukiload.efi", dir ? dir : job->host.esp) < 0)
                return EXIT_FAILED;
        enum exit_code code = check_target(path, why);
        job->image_written = !file_holds(path, bytes_span(&job->image));
        if (code == EXIT_OK && job->image_written && !job->host.dry_run)
                code = file_put(path, bytes_span(&job->image), why);
        free(path);
        free(dir);
        return code;
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

static enum exit_code drop_doubles(const struct install_job *job, struct text *why) {
        enum exit_code code = EXIT_OK;

        for (size_t i = 0; code == EXIT_OK && i < job->entries.n; i++)
                if (job->entries.v[i].ours && job->entries.v[i].number != job->number)
                        code = boot_entry_delete(&job->host, job->entries.v[i].number, why);
        return code;
}

static enum exit_code write_entry(struct install_job *job, struct text *why) {
        const struct boot_entry *ours = boot_entry_ours(&job->entries);
        struct bytes entry;

        if (!boot_entry_build(&job->host, job->through_shim ? job->shim : NULL, &entry, why))
                return EXIT_NO_FIRMWARE;
        enum exit_code code = EXIT_OK;
        job->entry_new = !ours;
        job->number = ours ? ours->number : boot_entry_free_number(&job->host, &job->entries);
        job->entry_written = !entry_is(&job->host, job->number, bytes_span(&entry));
        if (!job->host.dry_run) {
                code = boot_entry_write(&job->host, job->number, bytes_span(&entry), why);
                if (code == EXIT_OK)
                        code = drop_doubles(job, why);
                if (code == EXIT_OK)
                        code = boot_order_without(&job->host, job->number, why);
        }
        bytes_free(&entry);
        return code;
}

enum exit_code install_write(struct install_job *job, struct text *why) {
        enum exit_code code = write_image(job, why);

        if (code == EXIT_OK)
                code = make_pool(job, why);
        if (code == EXIT_OK && !job->host.dry_run)
                volume_flush(job->host.esp);
        job->no_entry = job->host.no_variables || (job->update && !boot_entry_ours(&job->entries));
        return code == EXIT_OK && !job->no_entry ? write_entry(job, why) : code;
}
