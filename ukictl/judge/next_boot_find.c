/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/next_boot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "path.h"
#include "judge/named.h"
#include "host/installed.h"
#include "ucs2.h"

#define FEATURE_ONESHOT 3u /* LoaderFeatures, Boot Loader Interface */

static bool options_right(const struct boot_entry *entry) {
        char buf[PATH_MAX_BYTES];
        struct text want = TEXT_IN(buf);

        if (boot_entry_through_shim(entry))
                text_cat(&want, entry->image, " ", NULL);
        text_str(&want, BOOTENTRY_WORD);
        /* Without the NUL at its end shim takes the text for something else and starts its default loader. */
        return strcmp(entry->options, buf) == 0 && entry->options_bytes == 2 * (want.len + 1);
}

/* What the entry leads to may be older than what lies in ukiload's place: an update was cut short, and is judged as it is. */
static enum exit_code check_entry(struct next_boot *job, const struct boot_entry *entry, struct text *why) {
        char name[16];
        char *shim = volume_find(job->host.esp, entry->file);

        free(job->ukiload);
        job->ukiload = volume_find(job->host.esp, entry->image);
        const char *clause = !entry->active           ? "is switched off"
                             : !options_right(entry)  ? "has other optional data than ukictl gave it"
                             : !shim || !job->ukiload ? "starts a file that is not there"
                                                      : NULL;

        free(shim);
        if (!clause)
                return EXIT_OK;
        snprintf(name, sizeof(name), "Boot%04X", entry->number);
        text_cat(why, name, ", ukiload's boot entry, ", clause, ": repair it with ukictl install", NULL);
        return EXIT_NO_FIRMWARE;
}

/* Whether systemd-boot listed what is installed; job->loader_id is its name there. 252 keeps a boot counter in it. */
static bool loader_lists_us(struct next_boot *job) {
        char buf[256];
        struct text ignored = TEXT_IN(buf), own = TEXT_IN(job->loader_id);
        struct bytes b;
        bool listed = false, as_file = false;

        installed_entry_id(job->host.esp, false, &own);
        if (efivar_read(job->host.efivars, "LoaderEntries", GUID_LOADER, &b, &ignored) != EFIVAR_READ)
                return true; /* it does not say */
        const char *tail = strrchr(job->loader_id, '.');
        for (struct span rest = bytes_span(&b); rest.n > 0;) {
                char id[256];
                struct text t = TEXT_IN(id);

                if (!ucs2_take_ascii(&rest, &t) || !installed_is_name(id, tail))
                        continue;
                listed = true;
                as_file = strcasecmp(id, job->loader_id) != 0;
        }
        bytes_free(&b);
        text_clear(&own);
        installed_entry_id(job->host.esp, as_file, &own);
        return listed;
}

static enum exit_code check_loader(struct next_boot *job, struct text *why) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct bytes b;
        bool can = false;

        if (efivar_read(job->host.efivars, "LoaderFeatures", GUID_LOADER, &b, &ignored) == EFIVAR_READ) {
                can = b.n == 8 && (b.p[0] >> FEATURE_ONESHOT & 1);
                bytes_free(&b);
        }
        if (!can)
                text_str(why,
                         "no boot loader ran in this boot that knows LoaderEntryOneShot (LoaderFeatures): use --method=bootnext");
        else if (!loader_lists_us(job))
                text_cat(why, "systemd-boot did not list ", job->loader_id,
                         " in this boot: reboot once after ukictl install, or use --method=bootnext", NULL);
        else
                return EXIT_OK;
        return EXIT_NO_FIRMWARE;
}

static void say_alike(const struct next_boot *job, struct text *why) {
        const struct boot_entries *all = &job->arming.entries;

        for (size_t i = 0; i < all->n; i++)
                if (all->v[i].alike) {
                        text_str(why, " (");
                        boot_entry_say_alike(&job->host, &all->v[i], why);
                        text_str(why, ")");
                        return;
                }
}

enum exit_code next_boot_find_entry(struct next_boot *job, struct text *why) {
        job->ukiload = installed_find(job->host.esp, ARCH_NATIVE);
        if (!job->ukiload) {
                text_cat(why, job->host.esp, ": ukiload is not installed there (" IMAGE_FILE "): run ukictl install", NULL);
                return EXIT_NO_FIRMWARE;
        }
        if (job->by_loader)
                return check_loader(job, why);
        if (!job->arming.ours) {
                text_str(why, "no Boot#### entry of firmware starts ukiload: run ukictl install");
                say_alike(job, why);
                return EXIT_NO_FIRMWARE;
        }
        return check_entry(job, job->arming.ours, why);
}

static bool lies_on(const char *volume, const char *file) {
        char buf[1024];
        struct text t = TEXT_IN(buf);

        return volume && volume_name(volume, file, &t);
}

static enum exit_code say_unread(const struct next_boot *job, const char *clause, struct text *why) {
        text_cat(why, job->uki_file, ": ", NULL);
        if (clause[0])
                text_str(why, clause);
        else {
                text_cat(why, "firmware reads only FAT: the ESP (", job->host.esp, ")", NULL);
                if (job->host.xbootldr)
                        text_cat(why, ", XBOOTLDR (", job->host.xbootldr, ")", NULL);
                text_str(why, " and partitions that are mounted as vfat");
        }
        text_cat(why, "; copy the image into ", job->host.esp, "/EFI/Linux", NULL);
        return EXIT_NO_FIRMWARE;
}

/* The ESP and XBOOTLDR are known by themselves, every other volume by its partition. */
static enum exit_code find_volume(struct next_boot *job, struct text *why) {
        char buf[256];
        struct text clause = TEXT_IN(buf);

        job->volume = lies_on(job->host.esp, job->uki_file)        ? job->host.esp
                      : lies_on(job->host.xbootldr, job->uki_file) ? job->host.xbootldr
                                                                   : NULL;
        if (job->volume)
                return EXIT_OK;
        if (elsewhere_of(&job->host, job->uki_file, &job->elsewhere, &clause) != EXIT_OK)
                return say_unread(job, buf, why);
        if (!job->any_volume)
                return say_unread(job, "lies neither on the ESP nor on XBOOTLDR, and only there ukictl keeps addons", why);
        job->volume = job->elsewhere.dir;
        job->plan->uncounted = true;
        return EXIT_OK;
}

/* A request has the path alone, and ukiload looks on its own volume first. */
static bool hidden_by_esp(const struct next_boot *job) {
        char *other = job->volume != job->host.xbootldr ? NULL : volume_find(job->host.esp, job->plan->uki_path);
        bool hidden = other != NULL;

        free(other);
        return hidden;
}

enum exit_code next_boot_can_name(const struct next_boot *job, struct text *why) {
        char buf[PLAN_PATH_MAX];
        struct text clean = TEXT_IN(buf);
        const char *path = job->plan->uki_path;

        if (strchr(path, ' ')) {
                text_cat(why, path, ": a request cannot name a file with a blank in its path: rename it", NULL);
                return EXIT_FORMAT;
        }
        text_cat(why, path, ": ", NULL);
        if (!path_normalise(span_of(path), &clean, why)) {
                text_str(why, ": rename it");
                return EXIT_FORMAT;
        }
        text_clear(why);
        if (hidden_by_esp(job)) {
                text_cat(why, path, " exists on the ESP too, and ukiload takes that one: rename one of them", NULL);
                return EXIT_FAILED;
        }
        return EXIT_OK;
}

static enum exit_code find_named(struct next_boot *job, struct text *why) {
        struct named named;
        enum exit_code code = named_find(&job->host, job->uki, &named, why);

        if (code == EXIT_OK)
                code = named_profile(&named, job->profile, &job->profile, why);
        if (code != EXIT_OK)
                return code;
        job->uki_file = named.file;
        job->uki_profile = named.profile;
        return find_volume(job, why);
}

enum exit_code next_boot_find_uki(struct next_boot *job, struct text *why) {
        enum exit_code code = find_named(job, why);

        if (code != EXIT_OK)
                return code;
        job->plan->uki = job->uki_file;
        job->plan->esp = job->volume;
        job->plan->policy = job->ukiload;
        if (!gather_image(job->plan, &code, why))
                return code;
        plan_job_digest(job->plan, true, job->checks_on);
        return gather_policy(job->plan, &code, why) ? EXIT_OK : code;
}

enum exit_code next_boot_find_profile(struct next_boot *job, struct text *why) {
        unsigned number = 0;

        if (!job->profile)
                return EXIT_OK;
        text_cat(why, job->plan->uki_path, ": ", NULL);
        enum exit_code code = named_profile_number(&job->plan->pe, job->profile, &number, why);
        if (code != EXIT_OK)
                return code;
        text_clear(why);
        snprintf(job->profile_text, sizeof(job->profile_text), "%u", number);
        job->plan->profile = job->profile_text;
        return EXIT_OK;
}
