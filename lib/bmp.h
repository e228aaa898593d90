/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the picture of a UKI's .splash section: Windows BMP with a BITMAPINFOHEADER or newer, uncompressed, 1, 4, 8, 16, 24 or
 * 32 bits a pixel, 16 and 32 with channel masks: what systemd-stub shows. */
#pragma once

#include "span.h"

#define BMP_BYTES_MAX (64u << 20) /* of pixels */

struct bmp_channel {
        uint32_t mask;
        unsigned shift, max; /* max: the mask moved down; 0: no such channel */
};

struct bmp {
        uint32_t width, height; /* pixels, both at least 1 */
        unsigned depth;         /* bits a pixel */
        size_t row_bytes;       /* rows are padded to 4 bytes and stand bottom up */
        struct span pixels;     /* height rows */
        struct span palette;    /* 4 bytes a colour: blue, green, red, unused; a pixel without one is black */
        struct bmp_channel red, green, blue, alpha;
};

struct bmp_colour {
        uint8_t red, green, blue, alpha; /* alpha 255: opaque */
};

/* ret borrows file. False: not such a picture, or its sizes contradict each other. */
bool bmp_open(struct span file, struct bmp *ret);
/* The pixel in column x from the left and row y from the top; both less than width and height. */
struct bmp_colour bmp_pixel(const struct bmp *bmp, uint32_t x, uint32_t y);
