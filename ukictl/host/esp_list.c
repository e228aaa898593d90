/* SPDX-License-Identifier: BSD-2-Clause */
/* All ESPs of a machine. What somebody has plugged in and mounted is none of them: /etc/fstab has those that are here to stay. */
#include <fcntl.h>
#include <libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/esp.h"
#include "host/installed.h"
#include "host/root.h"

#define LIST_MAX 32u

struct listing {
        const struct host *host;
        struct esp_list *list;
        dev_t seen[LIST_MAX]; /* 0: not to be compared */
};

static bool begins(const char *s, const char *with) {
        return strncmp(s, with, strlen(with)) == 0;
}

static void add(struct listing *l, const char *dir, const char *why, dev_t dev) {
        if (l->list->dirs.n >= LIST_MAX)
                return;
        l->seen[l->list->dirs.n] = dev;
        (void) names_add(&l->list->dirs, dir);
        (void) names_add(&l->list->whys, why);
}

/* Mounted twice, or the one that is in the list already. */
static bool is_seen(const struct listing *l, const char *dir, dev_t dev) {
        for (size_t i = 0; i < l->list->dirs.n; i++)
                if (strcmp(l->list->dirs.v[i], dir) == 0 || (dev && l->seen[i] == dev))
                        return true;
        return false;
}

/* A disk that was copied whole has the PARTUUIDs of the other one. */
static const char *holder_of(const struct listing *l, const struct esp_parts *parts) {
        for (size_t i = 0; i < l->list->uuids.n; i++)
                if (esp_parts_have(parts, l->list->uuids.v[i]))
                        return l->list->uuids.v[i];
        return NULL;
}

static void consider(struct listing *l, const char *dir, bool is_named_so) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        struct esp_parts parts;
        struct stat st;

        if (is_seen(l, dir, 0))
                return;
        esp_wake(dir);
        if (!root_stat(dir, &st) || !S_ISDIR(st.st_mode) || (!l->host->alien && !esp_is_mount(dir))) {
                text_cat(&why, dir, ": is in /etc/fstab, but nothing is mounted there: mount ", dir, NULL);
                if (is_named_so)
                        add(l, dir, buf, 0);
                return;
        }
        bool known = esp_parts_read(l->host, dir, &parts, &why);
        /* two plain folders of one file system stand for an ESP each */
        dev_t dev = known || !l->host->alien ? st.st_dev : 0;
        if (is_seen(l, dir, dev))
                return;
        const char *twice = known ? holder_of(l, &parts) : NULL;
        if (known ? !esp_parts_fit(&parts) : !is_named_so)
                return; /* a vfat for other things */
        if (twice)
                text_cat(&why, dir, ": has the PARTUUID ", twice,
                         ", and so has another ESP of this machine, as after a copy of the whole disk; "
                         "firmware cannot tell them apart: give it one of its own with sgdisk --partition-guid",
                         NULL);
        for (size_t i = 0; i < parts.n && !twice; i++)
                (void) names_add(&l->list->uuids, parts.v[i].uuid);
        add(l, dir, buf, dev);
}

static void consider_fstab(struct listing *l) {
        char *path = host_path(l->host, "/etc/fstab");
        int fd = root_open(path, O_RDONLY, 0);
        FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
        struct libmnt_table *table = mnt_new_table();
        struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
        struct libmnt_fs *fs;

        if (file && table && iter && mnt_table_parse_stream(table, file, path) == 0)
                while (mnt_table_next_fs(table, iter, &fs) == 0) {
                        const char *type = mnt_fs_get_fstype(fs), *target = mnt_fs_get_target(fs);
                        char *dir = type && target && strcmp(type, "vfat") == 0 ? host_path(l->host, target) : NULL;

                        if (dir)
                                consider(l, dir, begins(target, "/efi") || begins(target, "/boot/efi"));
                        free(dir);
                }
        mnt_free_iter(iter);
        mnt_unref_table(table);
        if (file)
                fclose(file);
        free(path);
}

void esp_list_read(const struct host *h, struct esp_list *ret) {
        struct listing l = { .host = h, .list = ret };

        memset(ret, 0, sizeof(*ret));
        if (h->esp)
                consider(&l, h->esp, true);
        consider_fstab(&l);
}

void esp_list_turn(const struct esp_list *list, size_t i, struct host *h) {
        h->esp_path = list->dirs.v[i];
        h->esp_why = list->whys.v[i];
        h->other_uuids = &list->uuids;
}

void esp_others(const struct host *h, struct names *ret) {
        struct esp_list list;

        *ret = (struct names) { NULL, 0 };
        esp_list_read(h, &list);
        for (size_t i = 0; i < list.dirs.n; i++) {
                bool is_another = !h->esp || strcmp(list.dirs.v[i], h->esp) != 0;
                char *image = is_another && !list.whys.v[i][0] ? installed_find(list.dirs.v[i], ARCH_NATIVE) : NULL;

                if (image)
                        (void) names_add(ret, image);
                free(image);
        }
        esp_list_free(&list);
}

void esp_list_free(struct esp_list *list) {
        names_free(&list->dirs);
        names_free(&list->whys);
        names_free(&list->uuids);
}
