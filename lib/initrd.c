/* SPDX-License-Identifier: BSD-2-Clause */
#include "initrd.h"

#include <string.h>

static const uint8_t zero[4];

bool initrd_add(struct initrd *list, struct span piece) {
        if (piece.n == 0)
                return true;
        if (list->n == INITRD_PIECES_MAX)
                return false;
        list->piece[list->n++] = piece;
        return true;
}

static size_t padding(const struct initrd *list, size_t i) {
        return list->n > 1 ? (4 - list->piece[i].n % 4) % 4 : 0;
}

bool initrd_size(const struct initrd *list, size_t *ret) {
        size_t sum = 0;

        for (size_t i = 0; i < list->n; i++) {
                const size_t pad = padding(list, i);

                if (list->piece[i].n > SIZE_MAX - pad - sum)
                        return false;
                sum += list->piece[i].n + pad;
        }
        *ret = sum;
        return true;
}

bool initrd_read(const struct initrd *list, uint8_t *dst, size_t cap) {
        struct span part;
        size_t size;

        if (!initrd_size(list, &size) || size > cap)
                return false;
        for (size_t i = 0; initrd_part(list, i, &part); i++) {
                if (part.n > 0)
                        memcpy(dst, part.p, part.n);
                dst += part.n;
        }
        return true;
}

bool initrd_part(const struct initrd *list, size_t i, struct span *ret) {
        if (i / 2 >= list->n)
                return false;
        *ret = i % 2 == 0 ? list->piece[i / 2] : (struct span) { zero, padding(list, i / 2) };
        return true;
}
