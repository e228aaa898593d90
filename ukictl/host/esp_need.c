/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the folder that is to be written to is what firmware reads: said before anything is written. */
#include <errno.h>
#include <fcntl.h>
#include <libmount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "host/esp.h"
#include "host/root.h"

static bool is_usual(const char *target) {
        return target && (strcmp(target, "/efi") == 0 || strcmp(target, "/boot/efi") == 0 || strcmp(target, "/boot") == 0);
}

/* The line of /etc/fstab that would mount it. */
static bool in_fstab(struct text *ret_target, struct text *ret_source) {
        struct libmnt_table *table = mnt_new_table_from_file("/etc/fstab");
        struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
        struct libmnt_fs *fs;
        bool found = false;

        while (!found && table && iter && mnt_table_next_fs(table, iter, &fs) == 0) {
                const char *type = mnt_fs_get_fstype(fs), *source = mnt_fs_get_source(fs);

                found = type && strcmp(type, "vfat") == 0 && is_usual(mnt_fs_get_target(fs));
                if (found) {
                        text_str(ret_target, mnt_fs_get_target(fs));
                        text_str(ret_source, source ? source : "?");
                }
        }
        mnt_free_iter(iter);
        mnt_unref_table(table);
        return found;
}

static void say_not_mounted(const struct host *h, struct text *why) {
        char target_buf[64], source_buf[256];
        struct text target = TEXT_IN(target_buf), source = TEXT_IN(source_buf);

        if (!h->alien && in_fstab(&target, &source))
                text_cat(why, "the EFI system partition is not mounted, and /etc/fstab has it on ", target_buf, " (", source_buf,
                         "): mount ", target_buf, NULL);
        else
                text_str(
                        why,
                        "the EFI system partition is not mounted on /efi, /boot/efi or /boot: mount it, or name its folder with --esp-path");
}

/* A folder that somebody named on a real machine. A disk without a partition table and a RAID have no types to look at. */
static bool is_esp(const struct host *h, struct text *why) {
        struct esp_parts parts;
        bool known = esp_parts_read(h, h->esp, &parts, why);

        if (why->len > 0)
                return false;
        if (h->alien || !h->esp_path || (known ? esp_parts_fit(&parts) : esp_is_mount(h->esp)))
                return true;
        text_cat(
                why, h->esp,
                ": is not on an EFI system partition, and firmware reads no other: mount that, or name its folder with --esp-path",
                NULL);
        return false;
}

/* An ESP is often mounted for root alone: what cannot be read is not absent. */
static bool is_closed(const char *dir) {
        int fd = root_open(dir, O_RDONLY | O_DIRECTORY, 0);
        bool closed = fd < 0 && (errno == EACCES || errno == EPERM);

        if (fd >= 0)
                close(fd);
        return closed;
}

enum exit_code host_need_readable(const struct host *h, struct text *why) {
        static const char *const usual[] = { "/efi", "/boot/efi", "/boot" };
        char *dir = h->esp ? strdup(h->esp) : NULL;

        for (size_t i = 0; !h->esp && i < sizeof(usual) / sizeof(usual[0]) && !(dir && is_closed(dir)); i++) {
                free(dir);
                dir = host_path(h, usual[i]);
        }
        bool closed = dir && is_closed(dir);
        if (closed)
                text_cat(why, dir, ": only root can read it: do it as root", NULL);
        free(dir);
        return closed ? EXIT_PRIVILEGE : EXIT_OK;
}

enum exit_code host_need_esp(const struct host *h, struct text *why) {
        struct stat st;

        if (h->esp_why && h->esp_why[0]) {
                text_str(why, h->esp_why);
                return EXIT_NO_FIRMWARE;
        }
        if (host_need_readable(h, why) != EXIT_OK)
                return EXIT_PRIVILEGE;
        if (!h->esp)
                say_not_mounted(h, why);
        else if (!root_stat(h->esp, &st) || !S_ISDIR(st.st_mode))
                text_cat(why, h->esp, ": there is no such folder: name the EFI system partition's with --esp-path", NULL);
        else if (is_esp(h, why))
                return EXIT_OK;
        return EXIT_NO_FIRMWARE;
}

enum exit_code host_need_writable(const struct host *h, struct text *why) {
        struct statvfs st;

        if (h->dry_run || statvfs(h->esp, &st) < 0 || (st.f_flag & ST_RDONLY) == 0)
                return EXIT_OK;
        text_cat(why, h->esp, ": is mounted read-only, and nothing was changed: mount -o remount,rw ", h->esp, NULL);
        return EXIT_FAILED;
}
