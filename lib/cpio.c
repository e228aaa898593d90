/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpio.h"

#include <string.h>

#define MODE_DIRECTORY 0040000u
#define MODE_FILE      0100000u
#define MODE_LEADING   0555u /* of the directories on the way to the last one */
#define TRAILER        "TRAILER!!!"

/* Room for n more bytes; NULL while counting, and if something went wrong. */
static uint8_t *take(struct cpio *c, size_t n) {
        uint8_t *at;

        if (c->bad || n > SIZE_MAX - c->len || (c->p && n > c->cap - c->len)) {
                c->bad = true;
                return NULL;
        }
        at = c->p ? c->p + c->len : NULL;
        c->len += n;
        return at;
}

static void put(struct cpio *c, const void *bytes, size_t n) {
        uint8_t *to = take(c, n);

        if (to)
                memcpy(to, bytes, n);
}

static void pad(struct cpio *c) {
        static const uint8_t zero[4];

        put(c, zero, (4 - c->len % 4) % 4);
}

/* Lower case, but for the trailer's. */
static void put_number(struct cpio *c, uint32_t value) {
        uint8_t digits[8];

        for (unsigned i = 0; i < 8; i++)
                digits[7 - i] = (uint8_t) "0123456789abcdef"[(value >> (4 * i)) & 0xf];
        put(c, digits, sizeof(digits));
}

static void put_numbers(struct cpio *c, uint32_t value, unsigned times) {
        for (unsigned i = 0; i < times; i++)
                put_number(c, value);
}

/* name is what is recorded, the NUL included. */
static void put_header(struct cpio *c, uint32_t inode, uint32_t mode, uint32_t size, size_t name_size) {
        put(c, "070701", 6);
        put_number(c, inode);
        put_number(c, mode);
        put_numbers(c, 0, 2); /* uid, gid */
        put_number(c, 1);     /* nlink */
        put_number(c, 0);     /* mtime */
        put_number(c, size);
        put_numbers(c, 0, 4); /* device of the file, and of a node */
        put_number(c, (uint32_t) name_size);
        put_number(c, 0); /* checksum */
}

static void put_directory(struct cpio *c, struct span path, uint32_t mode) {
        put_header(c, c->inode++, MODE_DIRECTORY | mode, 0, path.n + 1);
        put(c, path.p, path.n);
        put(c, "", 1);
        pad(c);
}

bool cpio_begin(struct cpio *c, uint8_t *p, size_t cap, const char *dir, uint32_t dir_mode, uint32_t file_mode) {
        memset(c, 0, sizeof(*c));
        c->p = p;
        c->cap = cap;
        c->dir = span_of(dir);
        c->file_mode = file_mode;
        c->inode = 1;
        for (size_t i = 0; i < c->dir.n; i++)
                if (dir[i] == '/')
                        put_directory(c, (struct span) { c->dir.p, i }, MODE_LEADING);
        put_directory(c, c->dir, dir_mode);
        c->last = c->len;
        return !c->bad;
}

bool cpio_file(struct cpio *c, struct span name, size_t size, uint8_t **ret_data) {
        uint8_t *data;

        if (!cpio_name_ok(name) || size > UINT32_MAX)
                c->bad = true;
        c->last = c->len;
        put_header(c, c->inode++, MODE_FILE | c->file_mode, (uint32_t) size, c->dir.n + 1 + name.n + 1);
        put(c, c->dir.p, c->dir.n);
        put(c, "/", 1);
        put(c, name.p, name.n);
        put(c, "", 1);
        pad(c);
        data = take(c, size);
        pad(c);
        if (c->bad)
                return false;
        *ret_data = size > 0 ? data : NULL;
        return true;
}

void cpio_drop_file(struct cpio *c) {
        if (c->last == c->len)
                return;
        c->len = c->last;
        c->inode--;
}

bool cpio_end(struct cpio *c) {
        /* clang-format off */
        static const char numbers[] = "070701" "00000000" "00000000" "00000000" "00000000" "00000001" "00000000" "00000000"
                                      "00000000" "00000000" "00000000" "00000000" "0000000B" "00000000";
        /* clang-format on */

        put(c, numbers, sizeof(numbers) - 1);
        put(c, TRAILER, sizeof(TRAILER));
        pad(c);
        return !c->bad;
}

bool cpio_single(uint8_t *p, size_t cap, const char *dir, const char *name, struct span content, size_t *ret_size) {
        struct cpio c;
        uint8_t *data;

        (void) cpio_begin(&c, p, cap, dir, 0555, 0444);
        if (!cpio_file(&c, span_of(name), content.n, &data))
                return false;
        if (data)
                memcpy(data, content.p, content.n);
        if (!cpio_end(&c))
                return false;
        *ret_size = c.len;
        return true;
}

bool cpio_name_ok(struct span name) {
        if (name.n == 0 || name.n > CPIO_NAME_MAX || name.p[0] == '.')
                return false;
        for (size_t i = 0; i < name.n; i++)
                if (name.p[i] == 0 || name.p[i] > 0x7f || name.p[i] == '/')
                        return false;
        return true;
}

bool cpio_name_before(struct span a, struct span b) {
        const size_t n = a.n < b.n ? a.n : b.n;
        const int r = n > 0 ? memcmp(a.p, b.p, n) : 0;

        return r != 0 ? r < 0 : a.n < b.n;
}
