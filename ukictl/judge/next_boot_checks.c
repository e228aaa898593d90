/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/next_boot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/nvram.h"
#include "host/root.h"
#include "host/utf16.h"

#define NVRAM_NEED 4096 /* request, UkiloadLast, and what firmware keeps beside each */

static bool has_variable(const struct host *h, const char *name) {
        char *path = NULL;
        bool has = asprintf(&path, "%s/%s-%s", h->efivars, name, GUID_SHIM) > 0 && root_there(path);

        free(path);
        return has;
}

/* Any of these makes shim start MokManager, which waits for a human (shim's check_mok_request). */
static const char *mok_request(const struct host *h) {
        static const char *const names[] = { "MokNew", "MokSB",   "MokPW",   "MokAuth",  "MokDel",
                                             "MokDB",  "MokXNew", "MokXDel", "MokXAuth", "MokListTrustedNew" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (has_variable(h, names[i]))
                        return names[i];
        return NULL;
}

enum exit_code next_boot_check_bypass(struct next_boot *job, struct text *why) {
        const struct host *h = &job->host;
        const char *mok = job->through_shim ? mok_request(h) : NULL;

        if (host_flag(h, "/sys/kernel/kexec_loaded") || host_flag(h, "/sys/kernel/kexec/loaded"))
                text_str(
                        why,
                        "a kernel is loaded for kexec, and systemctl reboot would start it without firmware: unload it with kexec -u");
        else if (host_mounted(h, "/run/nextroot"))
                text_str(
                        why,
                        "/run/nextroot is mounted, and systemctl reboot would become a soft reboot without firmware: unmount it");
        else if (mok)
                text_cat(
                        why, "shim has a request for MokManager (", mok,
                        ") and would ask at the console instead of starting ukiload: answer it by a reboot, or take it back with mokutil",
                        NULL);
        else
                return EXIT_OK;
        return EXIT_BYPASS;
}

static void name_entry(const struct arming *a, uint16_t number, struct text *t) {
        char name[16];
        const struct boot_entry *entry = boot_entry_find(&a->entries, number);

        snprintf(name, sizeof(name), "Boot%04X", number);
        text_cat(t, name, entry && entry->title[0] ? ", \"" : "", entry ? entry->title : "", entry && entry->title[0] ? "\"" : "",
                 NULL);
}

enum exit_code next_boot_check_owner(struct next_boot *job, struct text *why) {
        const struct arming *a = &job->arming;

        if (a->has_next && !a->next_ours) {
                text_str(why, "BootNext is set to ");
                name_entry(a, a->next, why);
                text_str(why, ", and not by ukictl: let that boot happen first, or clear it with efibootmgr -N");
                return EXIT_FOREIGN;
        }
        if (job->by_loader && a->has_oneshot && !a->oneshot_ours) {
                text_cat(why, "LoaderEntryOneShot is set to ", a->oneshot,
                         ", and not by ukictl: let that boot happen first, or clear it with bootctl set-oneshot ''", NULL);
                return EXIT_FOREIGN;
        }
        if (!job->by_loader && a->has_oneshot && !a->oneshot_ours)
                next_boot_note(job, "LoaderEntryOneShot is set to ", a->oneshot,
                               ": systemd-boot will obey it in the boot after this reload", NULL);
        return EXIT_OK;
}

/* With efibc the kernel itself writes the one-shot entry if reboot has an argument. */
static bool has_efibc(const struct host *h) {
        char *path = NULL;
        bool has = host_has(h, "/sys/module/efibc") ||
                   (asprintf(&path, "%s/LoaderEntryRebootReason-" GUID_LOADER, h->efivars) > 0 && root_there(path));

        free(path);
        return has;
}

/* "timeout 5" of loader.conf; the variable, which the menu itself sets, goes first. */
static void menu_timeout(const struct next_boot *job, struct text *ret) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct bytes b = { NULL, 0 };

        if (utf16_variable(&job->host, "LoaderConfigTimeout", GUID_LOADER, ret) && ret->len > 0)
                return;
        char *conf = volume_find(job->host.esp, "\\loader\\loader.conf");
        if (conf && bytes_read(conf, FILE_TEXT_MAX, &b, &ignored))
                for (size_t i = 0; i + 8 < b.n; i++)
                        if ((i == 0 || b.p[i - 1] == '\n') && memcmp(b.p + i, "timeout", 7) == 0)
                                for (i += 7; i < b.n && b.p[i] != '\n'; i++)
                                        if (b.p[i] != ' ' && b.p[i] != '\t')
                                                text_char(ret, (char) b.p[i]);
        bytes_free(&b);
        free(conf);
}

static void note_menu(struct next_boot *job) {
        char buf[64];
        struct text timeout = TEXT_IN(buf);

        menu_timeout(job, &timeout);
        if (timeout.len == 0 || strcmp(buf, "0") == 0)
                next_boot_note(job, "systemd-boot is in between; without a timeout it shows no menu", NULL);
        else
                next_boot_note(job, "systemd-boot shows its menu on the way (timeout ", buf, "); --method=bootnext has none",
                               NULL);
}

enum exit_code next_boot_check_room(struct next_boot *job, struct text *why) {
        uint64_t room;
        char buf[24];
        struct text t = TEXT_IN(buf);

        if (job->by_loader)
                note_menu(job);
        if (job->by_loader && has_efibc(&job->host))
                next_boot_note(
                        job,
                        "this kernel overwrites LoaderEntryOneShot if a reboot has an argument (efibc): reboot with ukictl exec, or use --method=bootnext",
                        NULL);
        if (!nvram_room(&job->host, &room) || room >= NVRAM_NEED)
                return EXIT_OK;
        text_dec(&t, room);
        text_cat(why, job->host.efivars, ": NVRAM has ", buf, " bytes left, and a request needs ", LIMIT_TEXT(NVRAM_NEED),
                 ": delete what is not needed, say crash dumps (dump-type0-*)", NULL);
        return EXIT_NVRAM;
}
