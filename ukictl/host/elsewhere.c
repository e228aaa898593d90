/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/elsewhere.h"

#include <libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpt.h"
#include "host/esp.h"
#include "host/files.h"

/* Whoever is asked for each mounted FAT says true for the one that is looked for. */
typedef bool (*fits)(const struct host *h, const char *dir, const void *arg);

static char *find_fat(const struct host *h, fits fit, const void *arg) {
        char *path = host_path(h, "/proc/self/mountinfo"), *found = NULL;
        struct libmnt_table *table = mnt_new_table_from_file(path);
        struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_BACKWARD); /* what was mounted last is what is seen */
        struct libmnt_fs *fs;

        while (!found && table && iter && mnt_table_next_fs(table, iter, &fs) == 0) {
                const char *type = mnt_fs_get_fstype(fs), *target = mnt_fs_get_target(fs);
                char *dir = type && strcmp(type, "vfat") == 0 && target ? host_path(h, target) : NULL;

                if (dir && fit(h, dir, arg))
                        found = dir;
                else
                        free(dir);
        }
        mnt_free_iter(iter);
        mnt_unref_table(table);
        free(path);
        return found;
}

static bool has_file(const struct host *h, const char *dir, const void *file) {
        char buf[1024];
        struct text name = TEXT_IN(buf);

        (void) h;
        return volume_name(dir, file, &name);
}

static bool guid_of(const struct host *h, const char *dir, uint8_t ret[16]) {
        struct partition p;

        return esp_partition(h, dir, &p) && gpt_guid_read(span_of(p.uuid), ret);
}

static bool has_guid(const struct host *h, const char *dir, const void *guid) {
        uint8_t found[16];

        return guid_of(h, dir, found) && memcmp(found, guid, sizeof(found)) == 0;
}

char *elsewhere_find(const struct host *h, const uint8_t guid[16]) {
        return find_fat(h, has_guid, guid);
}

/* What udev wrote down of a device: it is a partition of that GUID, of a disk that firmware sees too. Of a mapped device, a loop
 * or a RAID it sees the parts. */
static bool is_on_disk(const struct host *h, const char *device, const uint8_t guid[16]) {
        char path[192], db_buf[16384], uuid_buf[64], disk_buf[33];
        uint8_t found[16];
        struct text db = TEXT_IN(db_buf), uuid = TEXT_IN(uuid_buf), disk = TEXT_IN(disk_buf);

        snprintf(path, sizeof(path), "/run/udev/data/%s", device);
        if (device[0] != 'b' || strlen(device) > 32 || !host_read(h, path, &db) ||
            !udev_value(text_span(&db), "ID_PART_ENTRY_UUID", &uuid) ||
            !udev_value(text_span(&db), "ID_PART_ENTRY_DISK", &disk) || !gpt_guid_read(text_span(&uuid), found) ||
            memcmp(found, guid, sizeof(found)) != 0)
                return false;
        snprintf(path, sizeof(path), "/sys/dev/block/%s/device", disk_buf);
        return host_has(h, path);
}

static bool is_there_twice(const struct host *h, const uint8_t guid[16]) {
        char *dir = host_path(h, "/run/udev/data"), buf[1];
        struct text ignored = TEXT_IN(buf);
        struct names devices = { NULL, 0 };
        unsigned n = 0;

        if (names_read(dir, &devices, &ignored))
                for (size_t i = 0; i < devices.n; i++)
                        n += is_on_disk(h, devices.v[i], guid);
        names_free(&devices);
        free(dir);
        return n > 1;
}

enum exit_code elsewhere_of(const struct host *h, const char *file, struct elsewhere *ret, struct text *why) {
        *ret = (struct elsewhere) { find_fat(h, has_file, file), { 0 } };
        if (!ret->dir)
                return EXIT_NO_FIRMWARE;
        if (!guid_of(h, ret->dir, ret->guid))
                text_str(why, "its partition has no GUID (PARTUUID) of a GPT, by which alone ukiload could find it");
        else if (is_there_twice(h, ret->guid))
                text_str(why,
                         "another partition of this machine has the same PARTUUID, and ukiload could not tell which is meant");
        else
                return EXIT_OK;
        free(ret->dir);
        ret->dir = NULL;
        return EXIT_NO_FIRMWARE;
}
