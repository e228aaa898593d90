/* SPDX-License-Identifier: BSD-2-Clause */
/* What `ukictl plan` reads from the host's file systems, as ukiload reads it from the volume. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "host/cvm.h"
#include "host/digest.h"
#include "host/once.h"
#include "path.h"
#include "host/root.h"
#include "smbios.h"
#include "stubplace.h"
#include "judge/plan_job.h"

#define ADDON_DIR    "\\EFI\\ukiload\\addons"
#define ADDON_TAIL   ".addon.efi"
#define SMBIOS_TABLE "/sys/firmware/dmi/tables/DMI"

static bool refuse(enum exit_code code, enum exit_code *ret_code) {
        *ret_code = code;
        return false;
}

char *plan_folder_of(const char *file) {
        const char *slash = strrchr(file, '/');
        return slash ? strndup(file, slash == file ? 1 : (size_t) (slash - file)) : strdup(".");
}

/* Firmware names the UKI from the root of its volume. A file elsewhere is taken as if its folder were that root. */
static bool name_image(struct plan_job *job, struct text *why) {
        char buf[PLAN_PATH_MAX];
        struct text name = TEXT_IN(buf), clean = TEXT_IN(job->uki_path);

        job->esp_root = job->esp ? strdup(job->esp) : volume_guess();
        char *other = job->boot ? strdup(job->boot) : volume_of(job->uki);
        job->on_volume = job->esp_root && volume_name(job->esp_root, job->uki, &name);
        if (!job->on_volume && other && volume_name(other, job->uki, &name)) {
                job->on_volume = true;
                job->root = other;
        } else {
                job->root = job->esp_root ? strdup(job->esp_root) : NULL;
                free(other);
        }
        if (!job->on_volume) {
                const char *slash = strrchr(job->uki, '/');
                text_clear(&name);
                text_cat(&name, "\\", slash ? slash + 1 : job->uki, NULL);
        }
        text_cat(why, job->uki, ": firmware cannot be told this path: it ", NULL);
        if (!path_of_file(text_span(&name), &clean, why))
                return false;
        text_clear(why);
        return true;
}

/* As ukiload counts down (efi/counting.c), and systemd-boot before it. */
static void name_start(struct plan_job *job) {
        char buf[PLAN_PATH_MAX];
        struct text name = TEXT_IN(buf), path = TEXT_IN(job->start_path);
        struct span base = path_base(span_of(job->uki_path));

        bool counted = path_count_down(base, &name);
        text_bytes(&path, (struct span) { (const uint8_t *) job->uki_path, strlen(job->uki_path) - base.n });
        text_bytes(&path, counted ? text_span(&name) : base);
        char *taken = counted && job->on_volume && !path.cut ? volume_find(job->root, job->start_path) : NULL;
        if (path.cut || taken)
                memcpy(job->start_path, job->uki_path, sizeof(job->start_path));
        free(taken);
}

bool gather_image(struct plan_job *job, enum exit_code *ret_code, struct text *why) {
        if (!bytes_read(job->uki, FILE_IMAGE_MAX, &job->image, why))
                return refuse(EXIT_FAILED, ret_code);
        if (!name_image(job, why))
                return refuse(EXIT_FORMAT, ret_code);
        name_start(job);
        text_cat(why, job->uki, " ", NULL);
        if (!pe_open_file(bytes_span(&job->image), &job->pe, why))
                return refuse(EXIT_FORMAT, ret_code);
        text_clear(why);
        digest_sha256(bytes_span(&job->image), job->sha256);
        return true;
}

/* `\EFI\Linux\ukiload.efi`, perhaps with a boot counter in its name. */
static char *find_ukiload(const char *root) {
        char *found = volume_find(root, "\\EFI\\Linux\\ukiload.efi");
        char *dir = found ? NULL : volume_find(root, "\\EFI\\Linux");
        char buf[1];
        struct text why = TEXT_IN(buf);
        struct names names = { NULL, 0 };

        if (dir && names_read(dir, &names, &why))
                for (size_t i = 0; i < names.n && !found; i++) {
                        struct span name = span_of(names.v[i]);
                        struct path_counter c = path_counter(name);
                        if (c.counted && c.at == strlen("ukiload") && span_starts(name, "ukiload+"))
                                found = file_join(dir, names.v[i], name.n);
                }
        names_free(&names);
        free(dir);
        if (!found)
                found = volume_find(root, "\\EFI\\ukiload\\ukiloadx64.efi");
        return found ? found : volume_find(root, "\\EFI\\ukiload\\ukiloadaa64.efi");
}

bool gather_policy(struct plan_job *job, enum exit_code *ret_code, struct text *why) {
        job->policy_path = job->policy ? strdup(job->policy) : job->esp_root ? find_ukiload(job->esp_root) : NULL;
        if (!job->policy_path)
                return true;
        struct stat st;
        if (!root_stat(job->policy_path, &st) && job->policy) {
                text_cat(why, job->policy_path, ": there is no such policy file", NULL);
                return refuse(EXIT_FAILED, ret_code);
        }
        if (policy_file_open(job->policy_path, &job->own, why))
                return true;
        text_str(why, "; ukiload starts nothing with it");
        return refuse(EXIT_FORMAT, ret_code);
}

static struct plan_addon *add(struct plan_job *job, enum plan_origin origin, const char *path, struct text *why) {
        if (job->n_found == PLAN_ADDONS_MAX) {
                text_str(why, "more than " LIMIT_TEXT(PLAN_ADDONS_MAX) " addons: ukiload looks at no more; remove some");
                return NULL;
        }
        struct plan_addon *a = &job->found[job->n_found++];
        struct text t = TEXT_IN(a->path);

        a->origin = origin;
        text_str(&t, path);
        return a;
}

static bool add_file(struct plan_job *job, enum plan_origin origin, const char *path, const char *host, struct text *why) {
        struct plan_addon *a = add(job, origin, path, why);
        if (!a)
                return false;
        struct text unread = TEXT_IN(a->unread);

        if (!host)
                text_cat(&unread, "there is no such file", NULL);
        else
                (void) once_read(host, ADDON_FILE_MAX, &a->file, &unread);
        return true;
}

/* Firmware takes no such name, and the stub, which would, is not shown it. */
static bool has_control(const char *name) {
        for (; *name; name++)
                if ((unsigned char) *name < 0x20 || *name == 0x7f)
                        return true;
        return false;
}

static bool add_listed(struct plan_job *job, enum plan_origin origin, const char *root, const char *path,
                       const struct names *names, struct text *why) {
        bool ok = true;

        for (size_t i = 0; ok && i < names->n; i++) {
                if (!path_is_stub_addon(span_of(names->v[i])))
                        continue;
                char shown[PLAN_PATH_MAX];
                struct text t = TEXT_IN(shown);
                text_cat(&t, path, "\\", names->v[i], NULL);
                char *host = volume_find(root, shown);
                ok = add_file(job, origin, shown, host, why);
                if (ok && has_control(names->v[i])) {
                        struct text unread = TEXT_IN(job->found[job->n_found - 1].unread);
                        text_str(&unread, DISK_NAME_FAULT);
                }
                free(host);
        }
        return ok;
}

/* A folder that cannot be read takes a place of its own, as in firmware: it is refused as one, and counts. */
static bool add_folder(struct plan_job *job, enum plan_origin origin, const char *root, const char *path, struct text *why) {
        char *dir = volume_find(root, path);
        struct names names = { NULL, 0 };
        struct stat st;
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);
        bool ok = true;

        if (dir && root_stat(dir, &st) && !S_ISDIR(st.st_mode))
                text_str(&clause, DISK_NOT_FOLDER);
        else if (dir && !files_read(dir, &names, &clause))
                text_str(&clause, ": it cannot be read, by you at least");
        else
                ok = add_listed(job, origin, root, path, &names, why);
        if (clause.len > 0) {
                struct plan_addon *a = add(job, origin, path, why);
                ok = a != NULL;
                if (a)
                        memcpy(a->unread, buf, sizeof(buf));
        }
        names_free(&names);
        free(dir);
        return ok;
}

/* The name in a request: the file's, without what every addon's name ends in. */
static struct span picked_name(const char *addon) {
        const char *slash = strrchr(addon, '/');
        struct span name = span_of(slash ? slash + 1 : addon);
        if (span_ends_nocase(name, ADDON_TAIL))
                name.n -= strlen(ADDON_TAIL);
        else if (slash && span_ends_nocase(name, ".efi"))
                name.n -= strlen(".efi");
        return name;
}

static bool add_picked(struct plan_job *job, const char *addon, struct text *why) {
        char path[PLAN_PATH_MAX];
        struct text t = TEXT_IN(path);
        text_str(&t, ADDON_DIR "\\");
        text_shown(&t, picked_name(addon), REQUEST_ADDON_MAX);
        text_str(&t, ADDON_TAIL);
        char *host = strchr(addon, '/') ? strdup(addon) : job->root ? volume_find(job->root, path) : NULL;
        bool ok = add_file(job, PLAN_PICKED, path, host, why);
        free(host);
        return ok;
}

bool gather_all(struct plan_job *job, enum exit_code *ret_code, struct text *why) {
        char extra[PLAN_PATH_MAX];
        struct text dir = TEXT_IN(extra);
        struct uki uki;
        char *beside = plan_folder_of(job->uki);

        uki_read_stub(&job->pe, &uki);
        stubplace_addons(&uki, span_of(job->start_path), &dir);
        bool ok = (!job->root || add_folder(job, PLAN_GLOBAL, job->root, "\\loader\\addons", why)) &&
                  add_folder(job, PLAN_LOCAL, job->on_volume ? job->root : beside, extra, why);
        for (size_t i = 0; ok && i < job->n_addons; i++)
                ok = add_picked(job, job->addons[i], why);
        free(beside);
        return ok || refuse(EXIT_FAILED, ret_code);
}

/* Through the real parser, so that a request that ukiload would refuse is refused here. */
bool gather_request(struct plan_job *job, enum exit_code *ret_code, struct text *why) {
        char buf[2 * REQUEST_CHARS_MAX];
        struct text line = TEXT_IN(buf);
        static uint8_t options[4 * REQUEST_CHARS_MAX + 2];

        if (job->profile)
                text_cat(&line, "ukiload.profile=", job->profile, " ", NULL);
        for (size_t i = 0; i < job->n_addons; i++) {
                text_str(&line, "ukiload.addon=");
                text_bytes(&line, picked_name(job->addons[i]));
                text_char(&line, ' ');
        }
        if (job->append)
                text_str(&line, job->append);
        while (line.len > 0 && line.p[line.len - 1] == ' ')
                line.len--;
        if (line.len == 0)
                return true;
        for (size_t i = 0; i < line.len; i++) {
                options[2 * i] = (uint8_t) line.p[i];
                options[2 * i + 1] = 0;
        }
        options[2 * line.len] = options[2 * line.len + 1] = 0;
        struct span raw = { options, 2 * line.len + 2 };
        text_str(why, "the request is refused: ");
        if (line.cut) {
                text_str(why, "it is longer than a request may be");
                return refuse(EXIT_REFUSED, ret_code);
        }
        enum request_kind kind = request_from_options(raw, (struct span) { NULL, 0 }, &job->request, why);
        if (kind != REQUEST_OK)
                return refuse(EXIT_REFUSED, ret_code);
        text_clear(why);
        job->has_request = true;
        return true;
}

void gather_machine(struct plan_job *job) {
        char buf[1];
        struct text why = TEXT_IN(buf);
        /* A machine without the table has nothing to read. */
        job->smbios_read = access(SMBIOS_TABLE, F_OK) != 0 || bytes_read(SMBIOS_TABLE, FILE_TEXT_MAX, &job->smbios, &why);
        /* There the host is not believed, and the stub takes no words of its. */
        job->confidential = maybe_confidential_vm();
        if (job->confidential ||
            !smbios_vendor_string(bytes_span(&job->smbios), "io.systemd.stub.kernel-cmdline-extra=", &job->smbios_extra))
                job->smbios_extra = (struct span) { NULL, 0 };
}
