/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_image.h"

#include <stdlib.h>
#include <string.h>

void image_make(struct image *image, uint16_t machine, const struct pe_write_section *sections, size_t n) {
        if (!pe_write(machine, sections, n, image->bytes, sizeof(image->bytes), &image->n))
                abort();
}

void image_put(struct image *image, size_t at, uint32_t value, size_t size) {
        for (size_t i = 0; i < size; i++)
                image->bytes[at + i] = (uint8_t) (value >> (8 * i));
}

void image_sign(struct image *image, size_t n) {
        image_put(image, AT_CERT_DIR, (uint32_t) image->n, 4);
        image_put(image, AT_CERT_DIR + 4, (uint32_t) n, 4);
        memset(image->bytes + image->n, 0xcc, n);
        image->n += n;
}

void image_relocate(struct image *image, const uint16_t *words, size_t n) {
        const size_t at = image->bytes[ROW(1, ROW_RAW_OFF)] | (size_t) image->bytes[ROW(1, ROW_RAW_OFF) + 1] << 8;

        for (size_t i = 0; i < n; i++)
                image_put(image, at + 2 * i, words[i], 2);
        image_put(image, ROW(1, ROW_VSIZE), (uint32_t) (2 * n), 4);
        image_put(image, AT_RELOC_DIR + 4, (uint32_t) (2 * n), 4);
        image_put(image, ROW(1, ROW_FLAGS), 0x40000040, 4);
}

struct span image_span(const struct image *image) {
        return (struct span) { image->bytes, image->n };
}
