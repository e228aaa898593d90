/* SPDX-License-Identifier: BSD-2-Clause */
/* What `ukictl plan` reads from the host's file systems, as ukiload reads it from the volume. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cvm.h"
#include "host/installed.h"
#include "path.h"
#include "host/root.h"
#include "smbios.h"
#include "judge/kind.h"
#include "judge/plan_job.h"

#define SMBIOS_TABLE "/sys/firmware/dmi/tables/DMI"

static bool refuse(enum exit_code code, enum exit_code *ret_code) {
        *ret_code = code;
        return false;
}

static char *folder_of(const char *file) {
        const char *slash = strrchr(file, '/');

        return slash ? strndup(file, slash == file ? 1 : (size_t) (slash - file)) : strdup(".");
}

/* The ESP, XBOOTLDR, or what else is mounted there. */
static void find_root(struct plan_job *job, struct text *ret_name) {
        char *roots[] = { job->esp_root ? strdup(job->esp_root) : NULL, job->boot ? strdup(job->boot) : NULL,
                          volume_of(job->uki) };
        char *found = NULL;

        for (size_t i = 0; i < 3 && !found; i++) {
                text_clear(ret_name);
                if (roots[i] && volume_name(roots[i], job->uki, ret_name)) {
                        job->uncounted = job->uncounted || (i == 2 && job->esp_root);
                        found = roots[i];
                        roots[i] = NULL;
                }
        }
        for (size_t i = 0; i < 3; i++)
                free(roots[i]);
        job->on_volume = found != NULL;
        job->root = found || !job->esp_root ? found : strdup(job->esp_root);
}

/* Firmware names the UKI from the root of its volume. A file elsewhere is taken as if its folder were that root. */
static bool name_image(struct plan_job *job, struct text *why) {
        char buf[PLAN_PATH_MAX];
        struct text name = TEXT_IN(buf), clean = TEXT_IN(job->uki_path);

        job->beside = folder_of(job->uki);
        job->esp_root = job->esp ? strdup(job->esp) : NULL;
        find_root(job, &name);
        if (!job->on_volume) {
                const char *slash = strrchr(job->uki, '/');

                text_clear(&name);
                text_cat(&name, "\\", slash ? slash + 1 : job->uki, NULL);
        }
        text_cat(why, job->uki, ": firmware cannot be told this path: ", NULL);
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

        bool counted = !job->uncounted && path_count_down(base, &name);

        text_bytes(&path, (struct span) { (const uint8_t *) job->uki_path, strlen(job->uki_path) - base.n });
        text_bytes(&path, counted ? text_span(&name) : base);
        char *taken = counted && job->on_volume && !path.cut ? volume_find(job->root, job->start_path) : NULL;
        if (path.cut || taken)
                memcpy(job->start_path, job->uki_path, sizeof(job->start_path));
        free(taken);
}

bool gather_image(struct plan_job *job, enum exit_code *ret_code, struct text *why) {
        if (!job->image.p && !bytes_read(job->uki, FILE_IMAGE_MAX, &job->image, why))
                return refuse(EXIT_FAILED, ret_code);
        const char *other = kind_refusal(kind_of(bytes_span(&job->image)));
        if (other[0]) {
                text_cat(why, job->uki, " ", other, NULL);
                return refuse(EXIT_FORMAT, ret_code);
        }
        if (!name_image(job, why))
                return refuse(EXIT_FORMAT, ret_code);
        name_start(job);
        text_cat(why, job->uki, " ", NULL);
        if (!pe_open_file(bytes_span(&job->image), &job->pe, why))
                return refuse(EXIT_FORMAT, ret_code);
        text_clear(why);
        return true;
}

bool gather_policy(struct plan_job *job, enum exit_code *ret_code, struct text *why) {
        job->policy_path = job->policy ? strdup(job->policy) : job->esp_root ? installed_find(job->esp_root, job->machine) : NULL;
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

static void stand_for(struct host_disk *disk, const char *path, const char *file) {
        struct text t = TEXT_IN(disk->instead[disk->n_instead].path);

        text_str(&t, path);
        disk->instead[disk->n_instead++].file = file;
}

/* A file that was named is taken for that of the pool. */
static void put_in_pool(struct host_disk *disk, const char *file) {
        char buf[PLAN_PATH_MAX];
        struct text path = TEXT_IN(buf);

        text_str(&path, DIR_POOL "\\");
        text_bytes(&path, picked_name(file));
        text_str(&path, ADDON_TAIL);
        stand_for(disk, buf, file);
}

static void open_volume(struct plan_job *job) {
        host_disk_open(&job->disk, "the volume", job->root);
        job->disk.beside = job->on_volume ? NULL : job->beside;
        if (job->placed_path)
                stand_for(&job->disk, job->placed_path, job->placed_file);
        for (size_t i = 0; i < job->n_addons && job->disk.n_instead < HOST_DISK_FILES; i++)
                if (strchr(job->addons[i], '/'))
                        put_in_pool(&job->disk, job->addons[i]);
}

bool gather_found(struct plan_job *job, enum exit_code *ret_code, struct text *why) {
        open_volume(job);
        text_cat(why, job->uki_path, " ", NULL);
        if (!gather_addons(&job->disk.disk, &job->pe, job->start_path, job->has_request ? &job->request : NULL, job->found,
                           &job->n_found, why))
                return refuse(EXIT_FAILED, ret_code);
        text_clear(why);
        return true;
}

static void write_request(const struct plan_job *job, struct text *ret) {
        if (job->profile)
                text_cat(ret, "ukiload.profile=", job->profile, " ", NULL);
        for (size_t i = 0; i < job->n_addons; i++) {
                text_str(ret, "ukiload.addon=");
                text_bytes(ret, picked_name(job->addons[i]));
                text_char(ret, ' ');
        }
        if (job->append)
                text_str(ret, job->append);
        while (ret->len > 0 && ret->p[ret->len - 1] == ' ')
                ret->len--;
}

/* As firmware has them: UCS-2, with a NUL. */
static struct span load_options(const struct text *line) {
        static uint8_t options[4 * REQUEST_CHARS_MAX + 2];

        for (size_t i = 0; i < line->len; i++) {
                options[2 * i] = (uint8_t) line->p[i];
                options[2 * i + 1] = 0;
        }
        options[2 * line->len] = options[2 * line->len + 1] = 0;
        return (struct span) { options, 2 * line->len + 2 };
}

/* A blank in a name would be the end of it, and what follows another word of the request. */
static bool names_addons(const struct plan_job *job, struct text *why) {
        for (size_t i = 0; i < job->n_addons; i++) {
                struct span name = picked_name(job->addons[i]);

                if (request_can_name(name))
                        continue;
                text_str(why, "ukiload.addon=");
                text_quoted(why, name);
                text_str(why, PLAN_ADDON_NAME);
                return false;
        }
        return true;
}

/* Through the real parser, so that a request that ukiload would refuse is refused here. */
bool gather_request(struct plan_job *job, enum exit_code *ret_code, struct text *why) {
        char buf[2 * REQUEST_CHARS_MAX];
        struct text line = TEXT_IN(buf);

        write_request(job, &line);
        if (line.len == 0)
                return true;
        text_str(why, "the request is refused: ");
        if (!names_addons(job, why))
                return refuse(EXIT_REFUSED, ret_code);
        if (line.cut) {
                text_str(why, "it is longer than a request may be");
                return refuse(EXIT_REFUSED, ret_code);
        }
        if (request_from_options(load_options(&line), (struct span) { NULL, 0 }, &job->request, why) != REQUEST_OK)
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
