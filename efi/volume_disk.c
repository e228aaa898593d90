/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume of firmware as lib/disk.h asks it. */
#include "volume.h"

static enum disk_listing list(void *arg, const char *dir, disk_each each, void *each_arg, struct text *why) {
        return volume_list(arg, dir, each, each_arg, why);
}

static bool size(void *arg, const char *path, uint64_t *ret) {
        return volume_file_size(arg, path, ret);
}

static bool part(void *arg, const char *path, uint64_t off, uint8_t *to, size_t n, size_t *ret_n) {
        return volume_read_part(arg, path, off, to, n, ret_n);
}

static bool read(void *arg, const char *path, size_t max, struct span *ret, struct text *why) {
        struct volume_file file = { 0 };

        if (!volume_read(arg, path, max, &file, why))
                return false;
        *ret = file.bytes;
        return true;
}

static uint8_t *take(void *arg, size_t n) {
        (void) arg;
        return fw_alloc(n);
}

static void give(void *arg, struct span bytes) {
        (void) arg;
        fw_free((void *) (uintptr_t) bytes.p);
}

struct disk volume_disk(const struct volume *v) {
        struct disk disk = { .name = volume_name(v), .arg = (void *) (uintptr_t) v };

        disk.list = list; /* not as initialisers: see cvm.c */
        disk.size = size;
        disk.part = part;
        disk.read = read;
        disk.take = take;
        disk.give = give;
        return disk;
}
