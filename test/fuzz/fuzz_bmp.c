/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures: what opens can be read to its last pixel, and the plain depths give the bytes that stand there. */
#include "bmp.h"
#include "must.h"

#define PIXELS_MAX 4096u

static uint32_t u32(struct span s, size_t at) {
        MUST(at + 4 <= s.n);
        return (uint32_t) s.p[at] | (uint32_t) s.p[at + 1] << 8 | (uint32_t) s.p[at + 2] << 16 | (uint32_t) s.p[at + 3] << 24;
}

/* Where the pixel's bytes stand in the file, counted from the header again. */
static const uint8_t *place(struct span file, uint32_t width, uint32_t height, unsigned depth, uint32_t x, uint32_t y) {
        size_t row = ((size_t) width * depth / 8 + ((size_t) width * depth % 8 > 0) + 3) & ~(size_t) 3;
        size_t at = u32(file, 10) + row * (height - 1 - y) + (size_t) x * depth / 8;

        MUST(at < file.n);
        return file.p + at;
}

static void check_pixel(struct span file, const struct bmp *b, uint32_t x, uint32_t y) {
        const uint8_t *at = place(file, b->width, b->height, b->depth, x, y);
        struct bmp_colour c = bmp_pixel(b, x, y);

        if (b->depth == 24)
                MUST(c.blue == at[0] && c.green == at[1] && c.red == at[2] && c.alpha == 255);
        if (b->depth == 8) {
                size_t colour = 14 + (size_t) u32(file, 14) + 4 * (size_t) at[0];

                if (at[0] < b->palette.n / 4)
                        MUST(c.blue == file.p[colour] && c.green == file.p[colour + 1] && c.red == file.p[colour + 2]);
                else
                        MUST(c.blue == 0 && c.green == 0 && c.red == 0);
        }
        if (b->depth <= 8)
                MUST(c.alpha == 255);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span file = exact_copy(data, size);
        struct bmp b;

        if (bmp_open(file, &b)) {
                MUST(lies_in(b.pixels, file) && lies_in(b.palette, file) && b.width > 0 && b.height > 0);
                MUST(b.width <= 32768 && b.height <= 32768 && b.pixels.n == b.row_bytes * b.height &&
                     b.pixels.n <= BMP_BYTES_MAX);
                MUST(u32(file, 2) == size && u32(file, 18) == b.width && u32(file, 22) == b.height);
                for (uint32_t i = 0; i < PIXELS_MAX && i / b.width < b.height; i++)
                        check_pixel(file, &b, i % b.width, i / b.width);
                check_pixel(file, &b, b.width - 1, 0);
                check_pixel(file, &b, b.width - 1, b.height - 1);
        }
        free((void *) (uintptr_t) file.p);
        return 0;
}
