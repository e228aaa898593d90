/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives of whatever names lie on a volume: what is counted is what is written, and a plain reader finds every file again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpio.h"

#define FILES_MAX   16u
#define CONTENT_MAX 200u

static void must(bool holds) {
        if (!holds)
                abort();
}

struct file {
        struct span name;
        size_t size;
        bool dropped, taken;
};

static struct file files[FILES_MAX];

/* name, NUL, size byte, name, NUL, ... */
static size_t parse(struct span in) {
        size_t n = 0;

        while (in.n > 0 && n < FILES_MAX) {
                const uint8_t *end = memchr(in.p, 0, in.n);
                size_t len = end ? (size_t) (end - in.p) : in.n;
                uint8_t size = len + 1 < in.n ? in.p[len + 1] : 0;

                files[n++] = (struct file) { { in.p, len }, size % CONTENT_MAX, size >= CONTENT_MAX, false };
                if (len + 2 >= in.n)
                        break;
                in = (struct span) { in.p + len + 2, in.n - len - 2 };
        }
        return n;
}

/* A name that is not allowed spoils an archive, so the caller leaves it out. */
static size_t write_archive(uint8_t *p, size_t cap, const char *dir, size_t n) {
        struct cpio c;
        uint8_t *data;

        must(cpio_begin(&c, p, cap, dir, 0555, 0444));
        for (size_t i = 0; i < n; i++) {
                size_t before = c.len;

                files[i].taken = cpio_name_ok(files[i].name);
                if (!files[i].taken)
                        continue;
                must(cpio_file(&c, files[i].name, files[i].size, &data));
                must((data != NULL) == (p && files[i].size > 0) && c.len % 4 == 0);
                if (data)
                        memset(data, 'a' + (int) i, files[i].size);
                if (files[i].dropped) {
                        cpio_drop_file(&c);
                        must(c.len == before);
                }
        }
        must(cpio_end(&c) && c.len % 4 == 0);
        return c.len;
}

static unsigned number(const uint8_t *p) {
        char digits[9] = "";
        char *end;

        memcpy(digits, p, 8);
        unsigned long value = strtoul(digits, &end, 16);
        must(*end == 0);
        return (unsigned) value;
}

/* Reads one entry as the kernel's init/initramfs.c would. */
static size_t read_entry(struct span archive, size_t at, unsigned inode, const char *name, size_t size) {
        struct span rest;
        size_t name_size;

        must(span_sub(archive, at, archive.n - at, &rest) && rest.n >= 110 && memcmp(rest.p, "070701", 6) == 0);
        name_size = number(rest.p + 94);
        must(number(rest.p + 6) == inode && number(rest.p + 54) == size && number(rest.p + 38) == 1);
        must(name_size == strlen(name) + 1 && rest.n >= 110 + name_size && memcmp(rest.p + 110, name, name_size) == 0);
        at += (110 + name_size + 3) / 4 * 4 + (size + 3) / 4 * 4;
        must(at <= archive.n);
        return at;
}

static void read_archive(struct span archive, const char *dir, size_t n) {
        char name[600];
        unsigned inode = 1;
        size_t at = 0;

        for (const char *slash = dir; (slash = strchr(slash, '/')); slash++) {
                snprintf(name, sizeof(name), "%.*s", (int) (slash - dir), dir);
                at = read_entry(archive, at, inode++, name, 0);
        }
        at = read_entry(archive, at, inode++, dir, 0);
        for (size_t i = 0; i < n; i++) {
                if (!files[i].taken || files[i].dropped)
                        continue;
                snprintf(name, sizeof(name), "%s/%.*s", dir, (int) files[i].name.n, (const char *) files[i].name.p);
                size_t next = read_entry(archive, at, inode++, name, files[i].size);
                const uint8_t *data = archive.p + next - (files[i].size + 3) / 4 * 4;
                for (size_t k = 0; k < files[i].size; k++)
                        must(data[k] == 'a' + i);
                at = next;
        }
        must(read_entry(archive, at, 0, "TRAILER!!!", 0) == archive.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char dirs[][32] = { ".extra", ".extra/credentials", "a/b/c/d", "x" };
        static uint8_t buf[16384];
        const char *dir = dirs[size > 0 ? data[0] % 4 : 0];
        size_t n = parse((struct span) { data, size > 4096 ? 4096 : size }), len;

        len = write_archive(NULL, 0, dir, n);
        if (len > sizeof(buf))
                return 0;
        memset(buf, 0xee, sizeof(buf));
        must(write_archive(buf, sizeof(buf), dir, n) == len);
        for (size_t i = 0; i < n; i++)
                if (files[i].dropped && files[i].taken)
                        return read_archive((struct span) { buf, len }, dir, n), 0; /* what was taken back may be there */
        must(len == sizeof(buf) || buf[len] == 0xee);
        read_archive((struct span) { buf, len }, dir, n);
        return 0;
}
