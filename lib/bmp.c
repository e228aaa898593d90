/* SPDX-License-Identifier: BSD-2-Clause */
#include "bmp.h"

#define FILE_HEADER 14u
#define INFO_HEADER 40u
#define MASKS_RGB   12u /* bytes of three masks behind the info header */

/* What the headers say, before it is believed. */
struct head {
        uint32_t file_size, pixels_at, header_size, width, height, compression, colours;
        uint16_t depth;
};

static bool read_head(struct span file, struct head *h) {
        return span_starts(file, "BM") && span_u32(file, 2, &h->file_size) && span_u32(file, 10, &h->pixels_at) &&
               span_u32(file, 14, &h->header_size) && span_u32(file, 18, &h->width) && span_u32(file, 22, &h->height) &&
               span_u16(file, 28, &h->depth) && span_u32(file, 30, &h->compression) && span_u32(file, 46, &h->colours);
}

static bool depth_ok(const struct head *h) {
        switch (h->depth) {
        case 1:
        case 4:
        case 8:
        case 24: return h->compression == 0;
        case 16:
        case 32: return h->compression == 0 || h->compression == 3; /* 3: BI_BITFIELDS */
        default: return false;
        }
}

static struct bmp_channel channel(uint32_t mask) {
        struct bmp_channel c = { mask, 0, 0 };

        if (mask == 0)
                return c;
        while (!((mask >> c.shift) & 1u))
                c.shift++;
        c.max = mask >> c.shift;
        return c;
}

static void read_masks(struct span file, const struct head *h, struct bmp *ret) {
        uint32_t red = h->depth == 16 ? 0x7c00 : 0xff0000, green = h->depth == 16 ? 0x03e0 : 0x00ff00;
        uint32_t blue = h->depth == 16 ? 0x001f : 0x0000ff, alpha = 0;

        if (h->header_size >= INFO_HEADER + MASKS_RGB) {
                (void) span_u32(file, FILE_HEADER + INFO_HEADER, &red);
                (void) span_u32(file, FILE_HEADER + INFO_HEADER + 4, &green);
                (void) span_u32(file, FILE_HEADER + INFO_HEADER + 8, &blue);
        }
        if (h->header_size >= INFO_HEADER + MASKS_RGB + 4)
                (void) span_u32(file, FILE_HEADER + INFO_HEADER + MASKS_RGB, &alpha);
        ret->red = channel(red);
        ret->green = channel(green);
        ret->blue = channel(blue);
        ret->alpha = channel(alpha);
}

static bool read_palette(struct span file, const struct head *h, struct bmp *ret) {
        const size_t at = (size_t) FILE_HEADER + h->header_size;
        const uint32_t all = h->depth <= 8 ? 1u << h->depth : 0, colours = h->colours ? h->colours : all;

        ret->palette = (struct span) { 0 };
        if (h->depth > 8)
                return h->pixels_at >= at;
        return colours <= all && h->pixels_at >= at + 4u * (size_t) colours &&
               span_sub(file, at, 4u * (size_t) colours, &ret->palette);
}

static bool read_pixels(struct span file, const struct head *h, struct bmp *ret) {
        uint64_t row = ((uint64_t) h->width * h->depth + 31) / 32 * 4;

        if (h->width == 0 || h->height == 0 || h->width > 32768 || h->height > 32768 || row * h->height > BMP_BYTES_MAX)
                return false;
        ret->row_bytes = (size_t) row;
        return span_sub(file, h->pixels_at, (size_t) (row * h->height), &ret->pixels);
}

bool bmp_open(struct span file, struct bmp *ret) {
        struct head h;

        if (!read_head(file, &h) || h.file_size != file.n || h.header_size < INFO_HEADER || !depth_ok(&h))
                return false;
        if (!read_palette(file, &h, ret) || !read_pixels(file, &h, ret))
                return false;
        ret->width = h.width;
        ret->height = h.height;
        ret->depth = h.depth;
        read_masks(file, &h, ret);
        return true;
}

static uint8_t scaled(const struct bmp_channel *c, uint32_t pixel, uint8_t absent) {
        if (c->max == 0)
                return absent;
        return (uint8_t) ((uint64_t) ((pixel & c->mask) >> c->shift) * 255 / c->max);
}

static struct bmp_colour from_palette(const struct bmp *bmp, const uint8_t *row, uint32_t x) {
        const unsigned per_byte = 8u / bmp->depth, shift = 8u - bmp->depth * (x % per_byte + 1u);
        const size_t index = ((uint32_t) row[x / per_byte] >> shift) & ((1u << bmp->depth) - 1u);
        struct span colour;

        if (!span_sub(bmp->palette, 4 * index, 4, &colour))
                return (struct bmp_colour) { 0, 0, 0, 255 }; /* the palette may be shorter than the depth allows */
        return (struct bmp_colour) { colour.p[2], colour.p[1], colour.p[0], 255 };
}

struct bmp_colour bmp_pixel(const struct bmp *bmp, uint32_t x, uint32_t y) {
        const uint8_t *row = bmp->pixels.p + (size_t) (bmp->height - 1 - y) * bmp->row_bytes;
        const uint8_t *at = row + (size_t) x * (bmp->depth / 8);
        uint32_t pixel;

        if (bmp->depth <= 8)
                return from_palette(bmp, row, x);
        if (bmp->depth == 24)
                return (struct bmp_colour) { at[2], at[1], at[0], 255 };
        pixel = (uint32_t) (at[0] | at[1] << 8);
        if (bmp->depth == 32)
                pixel |= (uint32_t) at[2] << 16 | (uint32_t) at[3] << 24;
        return (struct bmp_colour) { scaled(&bmp->red, pixel, 0), scaled(&bmp->green, pixel, 0), scaled(&bmp->blue, pixel, 0),
                                     scaled(&bmp->alpha, pixel, 255) };
}
