/* SPDX-License-Identifier: BSD-2-Clause */
/* Partitions as the disk has them, else as udev saw them; and those of a mirror. */
#include <blkid.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/sysmacros.h>

#include "host/esp.h"
#include "host/root.h"

#define TYPE_ESP     "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
#define TYPE_MBR_ESP "0xef"
#define BLKID_SECTOR 512u /* libblkid counts in these, whatever the disk has */

static bool read_partition(blkid_probe probe, dev_t dev, struct partition *ret) {
        if (blkid_probe_enable_partitions(probe, 1) != 0)
                return false;
        blkid_partlist list = blkid_probe_get_partitions(probe);
        blkid_partition part = list ? blkid_partlist_devno_to_partition(list, dev) : NULL;
        const char *uuid = part ? blkid_partition_get_uuid(part) : NULL,
                   *type = part ? blkid_partition_get_type_string(part) : NULL;
        unsigned block = blkid_probe_get_sectorsize(probe);
        if (!uuid || block < BLKID_SECTOR || block % BLKID_SECTOR != 0)
                return false;
        ret->number = (unsigned) blkid_partition_get_partno(part);
        ret->start = (uint64_t) blkid_partition_get_start(part) / (block / BLKID_SECTOR);
        ret->blocks = (uint64_t) blkid_partition_get_size(part) / (block / BLKID_SECTOR);
        snprintf(ret->uuid, sizeof(ret->uuid), "%s", uuid);
        snprintf(ret->type, sizeof(ret->type), "%s", type ? type : "");
        return true;
}

static bool probe_partition(dev_t dev, struct partition *ret) {
        char name[48];

        dev_t disk;

        if (blkid_devno_to_wholedisk(dev, name, sizeof(name), &disk) != 0 || disk == dev)
                return false;
        snprintf(ret->disk, sizeof(ret->disk), "/dev/%s", name);
        blkid_probe probe = blkid_new_probe_from_filename(ret->disk);
        if (!probe)
                return false;
        bool ok = read_partition(probe, dev, ret);
        blkid_free_probe(probe);
        return ok;
}

bool udev_value(struct span db, const char *key, struct text *ret) {
        size_t n = strlen(key);
        struct span line;

        while (span_line(&db, &line))
                if (line.n > n + 3 && memcmp(line.p, "E:", 2) == 0 && memcmp(line.p + 2, key, n) == 0 && line.p[2 + n] == '=') {
                        text_bytes(ret, span_from(line, n + 3));
                        return !ret->cut;
                }
        return false;
}

static uint64_t udev_number(struct span db, const char *key) {
        char buf[32];
        struct text t = TEXT_IN(buf);

        return udev_value(db, key, &t) ? strtoull(buf, NULL, 10) : 0;
}

/* Who is not root cannot open the disk, but udev has written down what it found there. */
static bool udev_partition(const struct host *h, dev_t dev, struct partition *ret) {
        char path[64], db_buf[16384], block_buf[32];
        struct text db = TEXT_IN(db_buf), block = TEXT_IN(block_buf), uuid = TEXT_IN(ret->uuid), type = TEXT_IN(ret->type),
                    disk = TEXT_IN(ret->disk);

        snprintf(path, sizeof(path), "/run/udev/data/b%u:%u", major(dev), minor(dev));
        if (!host_read(h, path, &db) || !udev_value(text_span(&db), "ID_PART_ENTRY_UUID", &uuid))
                return false;
        (void) udev_value(text_span(&db), "ID_PART_ENTRY_TYPE", &type);
        (void) udev_value(text_span(&db), "ID_PART_ENTRY_DISK", &disk);
        snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../queue/logical_block_size", major(dev), minor(dev));
        uint64_t sectors = host_read(h, path, &block) ? strtoull(block_buf, NULL, 10) / BLKID_SECTOR : 1;
        ret->number = (unsigned) udev_number(text_span(&db), "ID_PART_ENTRY_NUMBER");
        ret->start = udev_number(text_span(&db), "ID_PART_ENTRY_OFFSET") / (sectors > 0 ? sectors : 1);
        ret->blocks = udev_number(text_span(&db), "ID_PART_ENTRY_SIZE") / (sectors > 0 ? sectors : 1);
        return true;
}

static bool partition_of(const struct host *h, dev_t dev, struct partition *ret) {
        memset(ret, 0, sizeof(*ret));
        if (probe_partition(dev, ret))
                return true;
        memset(ret, 0, sizeof(*ret));
        return udev_partition(h, dev, ret);
}

bool esp_partition(const struct host *h, const char *dir, struct partition *ret) {
        struct stat st;

        return root_stat(dir, &st) && partition_of(h, st.st_dev, ret);
}

/* What /sys says of a block device. */
static bool sys_says(const struct host *h, dev_t dev, struct text *ret, const char *first, const char *second,
                     const char *third) {
        char number[32], buf[384];
        struct text path = TEXT_IN(buf);

        snprintf(number, sizeof(number), "%u:%u", major(dev), minor(dev));
        text_cat(&path, "/sys/dev/block/", number, "/", first, second, third, NULL);
        return !path.cut && host_read(h, buf, ret);
}

/* A member's superblock has to lie behind the file system, where firmware does not see it. md: its folder in /sys. */
static bool raid_fits(const struct host *h, const char *dir, dev_t dev, const char *md, struct text *why) {
        char level_buf[32], version_buf[32];
        struct text level = TEXT_IN(level_buf), version = TEXT_IN(version_buf);

        (void) sys_says(h, dev, &level, md, "level", "");
        (void) sys_says(h, dev, &version, md, "metadata_version", "");
        if (strcmp(level_buf, "raid1") != 0)
                text_cat(
                        why, dir,
                        ": lies on a RAID that firmware cannot read, which reads the members of a mirror, but this one's level is \"",
                        level_buf, "\": make it with mdadm --level=1 --metadata=1.0", NULL);
        else if (strcmp(version_buf, "1.0") != 0 && strcmp(version_buf, "0.90") != 0)
                text_cat(why, dir, ": lies on a RAID that firmware cannot read, for before its file system there is metadata \"",
                         version_buf, "\": make it with mdadm --level=1 --metadata=1.0", NULL);
        return why->len == 0;
}

/* As sysfs writes it, "259:1". */
static bool number_of(const char *text, dev_t *ret) {
        char *colon, *end;
        unsigned long high = strtoul(text, &colon, 10), low;

        if (colon == text || *colon != ':')
                return false;
        low = strtoul(colon + 1, &end, 10);
        if (end == colon + 1 || *end != 0 || high > UINT_MAX || low > UINT_MAX)
                return false;
        *ret = makedev((unsigned) high, (unsigned) low);
        return true;
}

static bool read_member(const struct host *h, dev_t raid, const char *name, struct partition *ret) {
        char state_buf[128], dev_buf[32];
        struct text state = TEXT_IN(state_buf), dev = TEXT_IN(dev_buf);
        dev_t number;

        /* a spare, or one that is being filled, has not got these files */
        return sys_says(h, raid, &state, "md/dev-", name, "/state") && strstr(state_buf, "in_sync") &&
               sys_says(h, raid, &dev, "slaves/", name, "/dev") && number_of(dev_buf, &number) && partition_of(h, number, ret);
}

static void read_members(const struct host *h, dev_t raid, struct esp_parts *ret) {
        char number[48], buf[256], disks_buf[32];
        struct text ignored = TEXT_IN(buf), disks = TEXT_IN(disks_buf);
        struct names names = { NULL, 0 };
        size_t in_step = 0;

        snprintf(number, sizeof(number), "/sys/dev/block/%u:%u/slaves", major(raid), minor(raid));
        char *dir = host_path(h, number);
        if (names_read(dir, &names, &ignored))
                for (size_t i = 0; i < names.n && ret->n < ESP_MEMBERS_MAX; i++)
                        if (read_member(h, raid, names.v[i], &ret->v[ret->n])) {
                                in_step++;
                                /* of a partition table that was copied: one entry leads to whichever disk is there */
                                ret->n += !esp_parts_have(ret, ret->v[ret->n].uuid);
                        }
        names_free(&names);
        free(dir);
        size_t want = sys_says(h, raid, &disks, "md/raid_disks", "", "") ? strtoul(disks_buf, NULL, 10) : 0;
        ret->missing = want > in_step ? want - in_step : 0;
}

/* A partition of a RAID of whole disks. What firmware assembles itself (its metadata is "external") is a disk to it. */
static bool read_single(const struct host *h, const char *dir, dev_t dev, struct partition *ret, struct text *why) {
        char buf[64];
        struct text version = TEXT_IN(buf);
        bool is_raid = sys_says(h, dev, &version, "../md/metadata_version", "", "") && strncmp(buf, "external:", 9) != 0;

        return (!is_raid || raid_fits(h, dir, dev, "../md/", why)) && partition_of(h, dev, ret);
}

bool esp_parts_read(const struct host *h, const char *dir, struct esp_parts *ret, struct text *why) {
        char buf[32];
        struct text level = TEXT_IN(buf);
        struct stat st;

        memset(ret, 0, sizeof(*ret));
        if (!root_stat(dir, &st))
                return false;
        if (!sys_says(h, st.st_dev, &level, "md/level", "", ""))
                ret->n = read_single(h, dir, st.st_dev, &ret->v[0], why);
        else if (raid_fits(h, dir, st.st_dev, "md/", why))
                read_members(h, st.st_dev, ret);
        return ret->n > 0;
}

bool esp_is_esp(const struct partition *p) {
        return strcasecmp(p->type, TYPE_ESP) == 0 || strcasecmp(p->type, TYPE_MBR_ESP) == 0;
}

bool esp_parts_have(const struct esp_parts *parts, const char *uuid) {
        for (size_t i = 0; i < parts->n; i++)
                if (strcasecmp(parts->v[i].uuid, uuid) == 0)
                        return true;
        return false;
}

bool esp_parts_fit(const struct esp_parts *parts) {
        bool fit = parts->n > 0;

        for (size_t i = 0; i < parts->n; i++)
                fit = fit && esp_is_esp(&parts->v[i]);
        return fit;
}
