/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of any length, and the text of stubrole_ucs2, which turns unauthenticated bytes into what is measured. */
#include <stdlib.h>
#include <string.h>

#include "initrd.h"
#include "stubrole.h"

static void must(bool holds) {
        if (!holds)
                abort();
}

static struct initrd list;
static uint8_t whole[8192], again[8192];

/* Each piece: a length byte, then so many bytes. */
static void fill(struct span in) {
        list.n = 0;
        while (in.n > 0) {
                size_t n = in.p[0] < in.n ? in.p[0] : in.n - 1;

                if (!initrd_add(&list, (struct span) { in.p + 1, n }))
                        must(list.n == INITRD_PIECES_MAX);
                in = (struct span) { in.p + 1 + n, in.n - 1 - n };
        }
}

static void check_initrd(void) {
        struct span part;
        size_t size, at = 0, k;

        must(initrd_size(&list, &size));
        if (size > sizeof(whole))
                return;
        must(list.n < 2 || size % 4 == 0);
        must((size == 0) == (list.n == 0));
        memset(whole, 0xee, sizeof(whole));
        must(initrd_read(&list, whole, sizeof(whole)) && (size == sizeof(whole) || whole[size] == 0xee));
        must(size == 0 || !initrd_read(&list, again, size - 1));
        for (k = 0; initrd_part(&list, k, &part); k++) {
                must(at + part.n <= size && (part.n == 0 || memcmp(whole + at, part.p, part.n) == 0));
                must(k % 2 == 0 || part.n < 4);
                at += part.n;
                must(list.n < 2 || k % 2 == 0 || at % 4 == 0);
        }
        must(at == size && k == 2 * list.n);
}

static void check_ucs2(struct span in) {
        size_t size = stubrole_ucs2(in, NULL, 0);

        must(size % 2 == 0 && size >= 2 && size <= 2 * (in.n + 1));
        if (size > sizeof(whole))
                return;
        memset(whole, 0xee, sizeof(whole));
        must(stubrole_ucs2(in, whole, size) == size && whole[size - 1] == 0 && whole[size - 2] == 0);
        must(size == sizeof(whole) || whole[size] == 0xee);
        for (size_t i = 0; i + 2 < size; i += 2) {
                unsigned c = whole[i] | (unsigned) whole[i + 1] << 8;

                must(c != 0 && (c < 0xd800 || c > 0xdfff));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span in = { data, size };

        fill(in);
        check_initrd();
        check_ucs2(in);
        return 0;
}
