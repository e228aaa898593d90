/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl remove: whatever install and load have made, and nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/bootorder.h"
#include "host/nvram.h"
#include "host/root.h"
#include "host/arming.h"
#include "judge/install.h"
#include "host/installed.h"
#include "verb/remove_inside.h"

static enum exit_code remove_armed(struct removal *m, const struct arming *a, struct text *why) {
        if ((!a->has_request || a->state == ARMING_FOREIGN) && !a->next_ours && !a->oneshot_ours)
                return EXIT_OK;
        names_add(&m->gone, "what was armed");
        return m->call.host.dry_run ? EXIT_OK : arming_clear(&m->call.host, a, why);
}

static enum exit_code remove_entries(struct removal *m, const struct arming *a, struct text *why) {
        enum exit_code code = EXIT_OK;

        for (size_t i = 0; code == EXIT_OK && i < a->entries.n; i++) {
                char name[9];

                if (!a->entries.v[i].ours)
                        continue;
                snprintf(name, sizeof(name), "Boot%04X", a->entries.v[i].number);
                names_add(&m->gone, name);
                /* BootOrder first: an entry that it names and that is not there confuses some firmware. */
                if (!m->call.host.dry_run)
                        code = boot_order_without(&m->call.host, a->entries.v[i].number, why);
                if (code == EXIT_OK && !m->call.host.dry_run)
                        code = boot_entry_delete(&m->call.host, a->entries.v[i].number, why);
        }
        return code;
}

static enum exit_code remove_variable(struct removal *m, const char *name, struct text *why) {
        struct nvram_var v;
        char buf[256];
        struct text ignored = TEXT_IN(buf);

        if (nvram_get(&m->call.host, name, GUID_UKILOAD, &v, &ignored) != EFIVAR_READ)
                return EXIT_OK;
        bytes_free(&v.data);
        if ((v.attributes & NVRAM_NV) == 0)
                return EXIT_OK; /* of this boot, and gone with it: nothing of it lies in NVRAM */
        names_add(&m->gone, name);
        return m->call.host.dry_run ? EXIT_OK : nvram_delete(&m->call.host, name, GUID_UKILOAD, why);
}

static enum exit_code unlink_file(struct removal *m, const char *path, struct text *why) {
        names_add(&m->gone, path);
        if (m->call.host.dry_run || root_unlink(path))
                return EXIT_OK;
        enum exit_code code = errno == EACCES || errno == EPERM ? EXIT_PRIVILEGE : EXIT_FAILED;
        text_cat(why, path, ": cannot be removed: ", strerror(errno), file_advice(errno),
                 "; what is left goes with another ukictl remove", NULL);
        return code;
}

static enum exit_code remove_image(struct removal *m, const char *path, struct text *why) {
        struct bytes b;

        if (!bytes_read(path, FILE_IMAGE_MAX, &b, why))
                return EXIT_FAILED;
        bool ours = install_is_ukiload(bytes_span(&b));
        bytes_free(&b);
        if (ours)
                return unlink_file(m, path, why);
        names_add(&m->kept, path);
        return EXIT_OK;
}

static enum exit_code remove_entry(struct removal *m, const char *path, struct text *why) {
        if (installed_entry_starts(path, IMAGE_FILE))
                return unlink_file(m, path, why);
        names_add(&m->kept, path);
        return EXIT_OK;
}

/* With a boot counter in its name or without, for systemd-boot may have renamed it. */
static enum exit_code remove_files(struct removal *m, const char *dir, const char *tail,
                                   enum exit_code (*remove)(struct removal *, const char *, struct text *), struct text *why) {
        struct names names = { NULL, 0 };
        enum exit_code code = installed_files(m->call.host.esp, dir, tail, &names, why) ? EXIT_OK : EXIT_FAILED;

        for (size_t i = 0; code == EXIT_OK && i < names.n; i++)
                code = remove(m, names.v[i], why);
        names_free(&names);
        return code;
}

/* The folder of menu entries, where install has made it: systemd-boot has more than that in loader. */
static void remove_menu_folder(const struct removal *m) {
        struct names names = { NULL, 0 };
        char *loader = volume_find(m->call.host.esp, "\\loader"), buf[256];
        char *entries = volume_find(m->call.host.esp, DIR_ENTRIES);
        struct text ignored = TEXT_IN(buf);

        if (entries && names_read(loader, &names, &ignored) && names.n == 1 && root_rmdir(entries))
                (void) root_rmdir(loader);
        names_free(&names);
        free(entries);
        free(loader);
}

static void sweep(const struct removal *m, const char *path) {
        char *dir = m->call.host.dry_run ? NULL : volume_find(m->call.host.esp, path);

        if (dir)
                folder_sweep(dir);
        free(dir);
}

/* The menu entry first: at no moment does one lead nowhere. */
static enum exit_code remove_installed(struct removal *m, struct text *why) {
        char *image = volume_find(m->call.host.esp, IMAGE_FILE);
        size_t before = m->gone.n;

        sweep(m, DIR_ENTRIES);
        sweep(m, DIR_OWN);
        sweep(m, DIR_POOL);
        enum exit_code code = remove_files(m, DIR_ENTRIES, ENTRY_TAIL, remove_entry, why);

        if (code == EXIT_OK && m->gone.n > before && !m->call.host.dry_run)
                remove_menu_folder(m);
        if (code == EXIT_OK && image)
                code = remove_image(m, image, why);
        free(image);
        return code == EXIT_OK ? remove_files(m, DIR_IMAGES, UKI_TAIL, remove_image, why) : code;
}

static bool has(const struct names *names, const char *name) {
        for (size_t i = 0; i < names->n; i++)
                if (strcmp(names->v[i], name) == 0)
                        return true;
        return false;
}

/* For a dry run: nothing is in it but what would go. */
static bool would_be_empty(const struct removal *m, const char *dir) {
        struct names names = { NULL, 0 };
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        bool empty = names_read(dir, &names, &ignored);

        for (size_t i = 0; empty && i < names.n; i++) {
                char *path = file_join(dir, names.v[i], strlen(names.v[i]));

                empty = has(&m->gone, path);
                free(path);
        }
        names_free(&names);
        return empty;
}

static void remove_folder(struct removal *m, const char *path) {
        char *dir = volume_find(m->call.host.esp, path);

        if (!dir)
                return;
        bool goes = m->call.host.dry_run ? would_be_empty(m, dir) : root_rmdir(dir);
        names_add(goes ? &m->gone : &m->kept, dir);
        free(dir);
}

static enum exit_code remove_all(struct removal *m, struct text *why) {
        struct arming *a = need(sizeof(*a));
        enum exit_code code = arming_read(&m->call.host, a, why);

        if (code == EXIT_OK)
                code = remove_armed(m, a, why);
        if (code == EXIT_OK)
                code = remove_entries(m, a, why);
        bool shared = code == EXIT_OK && remove_keep_alike(m, a);
        if (code == EXIT_OK && !shared)
                code = remove_variable(m, "UkiloadLast", why);
        if (code == EXIT_OK && !shared)
                code = remove_variable(m, "UkiloadStatus", why);
        if (code == EXIT_OK)
                code = remove_installed(m, why);
        if (code == EXIT_OK) {
                remove_folder(m, DIR_POOL);
                remove_folder(m, DIR_OWN);
                remove_keep_others(m);
        }
        arming_free(a);
        free(a);
        return code;
}

static void say(const struct removal *m) {
        if (m->call.host.json) {
                struct json_object *o = json_object_new_object();

                out_add_bool(o, "written", !m->call.host.dry_run);
                json_object_object_add(o, "removed", out_list(&m->gone));
                json_object_object_add(o, "kept", out_list(&m->kept));
                out_json(o);
                return;
        }
        if (m->gone.n == 0 && !m->call.host.quiet)
                puts("nothing of ukiload is here");
        /* Of a dry run with --quiet, too: whoever removes a package asks whether there is anything. */
        for (size_t i = 0; i < m->gone.n && (m->call.host.dry_run || !m->call.host.quiet); i++)
                out_field_span(i > 0 ? "" : m->call.host.dry_run ? "would go" : "removed", span_of(m->gone.v[i]));
        for (size_t i = 0; i < m->kept.n && !m->call.host.quiet; i++)
                out_field_span(i > 0 ? "" : "kept", span_of(m->kept.v[i]));
}

static enum exit_code run(void *work, struct text *why) {
        struct removal *m = work;
        /* The variables go first, and an image that stays behind would have nothing that leads to it. */
        enum exit_code code = host_need_writable(&m->call.host, why);

        if (code == EXIT_OK)
                code = remove_all(m, why);
        if (code == EXIT_OK)
                say(m);
        return code;
}

static void finish(void *work) {
        struct removal *m = work;

        names_free(&m->gone);
        names_free(&m->kept);
}

static const struct option_row options[] = { OPTION_ALL_ESPS(DO_IT_ON_EACH), OPTIONS_HOST, OPTIONS_END };

const struct verb verb_remove = {
        .name = "remove",
        .summary = "take ukiload off the machine",
        .usage = "[OPTION]...",
        .about = "Takes ukiload off the machine: its boot entries, what is armed, its variables,\n"
                 "its image, and the folder of addons if it is empty; your addons are yours.",
        .end = "Exit codes: 0 nothing of ukiload is left, 1 failure, 2 usage, 4 not root,\n"
               "8 no firmware or ESP, 9 NVRAM.",
        .options = options,
        .miscounted = "remove takes no argument",
        .writes = true,
        .needs = NEEDS_ESP,
        .files_alone = true,
        .size = sizeof(struct removal),
        .run = run,
        .finish = finish,
};
