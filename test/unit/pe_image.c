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
                image->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

void image_sign(struct image *image, size_t n) {
        image_put(image, AT_CERT_DIR, (uint32_t)image->n, 4);
        image_put(image, AT_CERT_DIR + 4, (uint32_t)n, 4);
        memset(image->bytes + image->n, 0xcc, n);
        image->n += n;
}

struct span image_span(const struct image *image) {
        return (struct span){ image->bytes, image->n };
}
