/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/esp.h"

#include <blkid.h>
#include <libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/root.h"
#include "host/utf16.h"

#define TYPE_ESP      "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
#define TYPE_MBR_ESP  "0xef"
#define TYPE_XBOOTLDR "bc13c2ff-59e6-4262-a352-b275fd6f7172"
#define BLKID_SECTOR  512u /* libblkid counts in these, whatever the disk has */

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

/* The value in a line "E:KEY=VALUE". */
static bool udev_value(struct span db, const char *key, struct text *ret) {
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

bool esp_partition(const struct host *h, const char *dir, struct partition *ret) {
        struct stat st;

        if (!root_stat(dir, &st))
                return false;
        memset(ret, 0, sizeof(*ret));
        if (probe_partition(st.st_dev, ret))
                return true;
        memset(ret, 0, sizeof(*ret));
        return udev_partition(h, st.st_dev, ret);
}

bool esp_is_esp(const struct partition *p) {
        return strcasecmp(p->type, TYPE_ESP) == 0 || strcasecmp(p->type, TYPE_MBR_ESP) == 0;
}

static struct libmnt_table *mounts(void) {
        return mnt_new_table_from_file("/proc/self/mountinfo");
}

bool esp_is_mount(const char *path) {
        struct libmnt_table *table = mounts();
        bool is = table && mnt_table_find_target(table, path, MNT_ITER_BACKWARD) != NULL;

        mnt_unref_table(table);
        return is;
}

/* Where the loader of this boot came from, in upper case (Boot Loader Interface). */
static void loader_partition(const struct host *h, char uuid[37]) {
        char buf[128];
        struct text t = TEXT_IN(buf);

        uuid[0] = '\0';
        if (utf16_variable(h, "LoaderDevicePartUUID", GUID_LOADER, &t) && t.len == 36)
                memcpy(uuid, buf, 37);
}

struct search {
        const struct host *host;
        char wanted[37]; /* of the boot at hand; empty: not known */
        char esp[512], xbootldr[512];
        char esp_disk[64];
        int esp_rank; /* how well esp fits; the least is best */
};

static int rank_of(const struct search *s, const char *dir, const struct partition *p) {
        if (s->wanted[0] && strcasecmp(s->wanted, p->uuid) == 0)
                return 0;
        return strcmp(dir, "/efi") == 0 ? 1 : strcmp(dir, "/boot/efi") == 0 ? 2 : strcmp(dir, "/boot") == 0 ? 3 : 4;
}

/* A RAID, or a disk without a partition table: nothing has a type there, and the usual place counts. */
static bool is_whole(const char *dir) {
        static const char *const usual[] = { "/efi", "/boot/efi", "/boot" };
        char *efi = volume_find(dir, "\\EFI");
        bool is = false;

        for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
                is = is || (efi && strcmp(dir, usual[i]) == 0);
        free(efi);
        return is;
}

static void consider(struct search *s, const char *dir) {
        struct partition p;

        if (!dir || strlen(dir) >= sizeof(s->esp))
                return;
        bool known = esp_partition(s->host, dir, &p);
        if (known ? !esp_is_esp(&p) : !is_whole(dir))
                return;
        if (!known)
                memset(&p, 0, sizeof(p));
        int rank = known ? rank_of(s, dir, &p) : 5;
        if (s->esp[0] && s->esp_rank <= rank)
                return;
        s->esp_rank = rank;
        snprintf(s->esp, sizeof(s->esp), "%s", dir);
        snprintf(s->esp_disk, sizeof(s->esp_disk), "%s", p.disk);
}

static void consider_xbootldr(struct search *s, const char *dir) {
        struct partition p;

        if (dir && strlen(dir) < sizeof(s->xbootldr) && esp_partition(s->host, dir, &p) &&
            strcasecmp(p.type, TYPE_XBOOTLDR) == 0 && strcmp(p.disk, s->esp_disk) == 0)
                snprintf(s->xbootldr, sizeof(s->xbootldr), "%s", dir);
}

static void each_fat(struct search *s, void (*see)(struct search *s, const char *dir)) {
        struct libmnt_table *table = mounts();
        struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
        struct libmnt_fs *fs;

        while (table && iter && mnt_table_next_fs(table, iter, &fs) == 0) {
                const char *type = mnt_fs_get_fstype(fs);

                if (type && strcmp(type, "vfat") == 0)
                        see(s, mnt_fs_get_target(fs));
        }
        mnt_free_iter(iter);
        mnt_unref_table(table);
}

/* Automounts are mounted by looking inside. */
static void wake_automounts(void) {
        (void) !access("/efi/EFI", F_OK);
        (void) !access("/boot/efi/EFI", F_OK);
        (void) !access("/boot/EFI", F_OK);
}

static void find_mounted(struct host *h) {
        struct search s = { .host = h, .esp_rank = 9 };
        struct partition p;

        wake_automounts();
        loader_partition(h, s.wanted);
        if (!h->esp)
                each_fat(&s, consider);
        else if (esp_partition(h, h->esp, &p))
                snprintf(s.esp_disk, sizeof(s.esp_disk), "%s", p.disk);
        if (!h->esp && s.esp[0])
                h->esp = strdup(s.esp);
        if (!h->xbootldr && s.esp_disk[0])
                each_fat(&s, consider_xbootldr);
        if (s.xbootldr[0])
                h->xbootldr = strdup(s.xbootldr);
}

/* A folder with EFI/ in it; for a plain folder nothing better is known. */
static char *guess(const struct host *h, const char *const *places, const char *inside, const char *but) {
        for (; *places; places++) {
                char *dir = host_path(h, *places);
                char *found = but && strcmp(but, dir) == 0 ? NULL : volume_find(dir, inside);

                if (found) {
                        free(found);
                        return dir;
                }
                free(dir);
        }
        return NULL;
}

void esp_find(struct host *h) {
        static const char *const esp[] = { "/efi", "/boot/efi", "/boot", NULL }, *const boot[] = { "/boot", NULL };

        h->esp = h->esp_path ? strdup(h->esp_path) : NULL;
        h->xbootldr = h->boot_path ? strdup(h->boot_path) : NULL;
        if (!h->alien && !(h->esp && h->xbootldr))
                find_mounted(h);
        /* Of a real machine only what is mounted and has the partition's type: firmware looks at nothing else, and a folder left
         * from a time before the mount is part of the root file system. */
        if (!h->esp && h->alien)
                h->esp = guess(h, esp, "\\EFI", NULL);
        /* On a real machine only the partition's type makes it one: firmware looks at nothing else. */
        if (h->alien && !h->xbootldr && h->esp && !h->esp_path)
                h->xbootldr = guess(h, boot, DIR_IMAGES, h->esp);
        struct partition part;
        if (h->esp && esp_partition(h, h->esp, &part))
                memcpy(h->esp_uuid, part.uuid, sizeof(h->esp_uuid));
}
