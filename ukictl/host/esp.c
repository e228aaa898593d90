/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/esp.h"

#include <libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "host/root.h"
#include "host/utf16.h"

#define TYPE_XBOOTLDR "bc13c2ff-59e6-4262-a352-b275fd6f7172"

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

static int rank_of(const struct search *s, const char *dir, const struct esp_parts *parts) {
        if (s->wanted[0] && esp_parts_have(parts, s->wanted))
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
        struct esp_parts parts;
        char buf[512];
        struct text ignored = TEXT_IN(buf); /* host_need_esp says it of the folder that is taken */

        if (!dir || strlen(dir) >= sizeof(s->esp))
                return;
        bool known = esp_parts_read(s->host, dir, &parts, &ignored);
        if (known ? !esp_parts_fit(&parts) : !is_whole(dir))
                return;
        int rank = known ? rank_of(s, dir, &parts) : 5;
        if (s->esp[0] && s->esp_rank <= rank)
                return;
        s->esp_rank = rank;
        snprintf(s->esp, sizeof(s->esp), "%s", dir);
        snprintf(s->esp_disk, sizeof(s->esp_disk), "%s", parts.v[0].disk);
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

void esp_wake(const char *dir) {
        char *efi = NULL;

        if (asprintf(&efi, "%s/EFI", dir) >= 0)
                (void) root_there(efi);
        free(efi);
}

static void wake_usual(void) {
        esp_wake("/efi");
        esp_wake("/boot/efi");
        esp_wake("/boot");
}

static void find_mounted(struct host *h) {
        struct search s = { .host = h, .esp_rank = 9 };
        struct esp_parts parts;
        char buf[512];
        struct text ignored = TEXT_IN(buf);

        wake_usual();
        loader_partition(h, s.wanted);
        if (!h->esp)
                each_fat(&s, consider);
        else if (esp_parts_read(h, h->esp, &parts, &ignored))
                snprintf(s.esp_disk, sizeof(s.esp_disk), "%s", parts.v[0].disk);
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
        if (h->esp)
                esp_wake(h->esp);
        if (!h->alien && !(h->esp && h->xbootldr))
                find_mounted(h);
        /* Of a real machine only what is mounted and has the partition's type: firmware looks at nothing else, and a folder left
         * from a time before the mount is part of the root file system. */
        if (!h->esp && h->alien)
                h->esp = guess(h, esp, "\\EFI", NULL);
        /* On a real machine only the partition's type makes it one: firmware looks at nothing else. */
        if (h->alien && !h->xbootldr && h->esp && !h->esp_path)
                h->xbootldr = guess(h, boot, DIR_IMAGES, h->esp);
        struct esp_parts parts;
        char buf[512];
        struct text ignored = TEXT_IN(buf); /* host_need_esp says it */
        if (h->esp && esp_parts_read(h, h->esp, &parts, &ignored))
                for (size_t i = 0; i < parts.n; i++)
                        memcpy(h->esp_uuid[i], parts.v[i].uuid, sizeof(h->esp_uuid[i]));
}
