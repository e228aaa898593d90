/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bmp.h"

/* One picture of two by two pixels, made for each depth. */
static uint8_t file[2048];
static size_t n;

static void put(size_t at, uint64_t value, size_t bytes) {
        for (size_t i = 0; i < bytes; i++)
                file[at + i] = (uint8_t) (value >> (8 * i));
}

static void head(uint32_t header, uint32_t width, uint32_t height, unsigned depth, uint32_t palette) {
        memset(file, 0, sizeof(file));
        memcpy(file, "BM", 2);
        put(10, 14 + header + 4 * palette, 4);
        put(14, header, 4);
        put(18, width, 4);
        put(22, height, 4);
        put(26, 1, 2);
        put(28, depth, 2);
        n = 14 + header + 4 * palette + ((size_t) width * depth + 31) / 32 * 4 * height;
        put(2, n, 4);
}

static bool open_file(struct bmp *ret) {
        static uint8_t *exact;

        free(exact);
        exact = malloc(n);
        assert_non_null(exact);
        memcpy(exact, file, n);
        return bmp_open((struct span) { exact, n }, ret);
}

static void is(const struct bmp *b, uint32_t x, uint32_t y, unsigned r, unsigned g, unsigned bl, unsigned a) {
        struct bmp_colour c = bmp_pixel(b, x, y);

        assert_int_equal(c.red, r);
        assert_int_equal(c.green, g);
        assert_int_equal(c.blue, bl);
        assert_int_equal(c.alpha, a);
}

static void a_picture_of_24_bits_is_read(void **state) {
        struct bmp b;

        (void) state;
        head(40, 2, 2, 24, 0);
        put(54, 0x030201, 3);         /* bottom left: blue 1, green 2, red 3 */
        put(54 + 8 + 3, 0x0c0b0a, 3); /* top right, behind a padded row */
        assert_true(open_file(&b));
        assert_int_equal(b.width, 2);
        assert_int_equal(b.height, 2);
        is(&b, 0, 1, 3, 2, 1, 255);
        is(&b, 1, 0, 12, 11, 10, 255);
        is(&b, 0, 0, 0, 0, 0, 255);
}

static void a_picture_of_32_bits_with_masks_is_read(void **state) {
        struct bmp b;

        (void) state;
        head(56, 2, 1, 32, 0);
        put(30, 3, 4);
        put(54, 0x000000ff, 4);
        put(58, 0x0000ff00, 4);
        put(62, 0x00ff0000, 4);
        put(66, 0xff000000, 4);
        put(70, 0x80332211, 4);
        assert_true(open_file(&b));
        is(&b, 0, 0, 0x11, 0x22, 0x33, 0x80);
        is(&b, 1, 0, 0, 0, 0, 0);
}

static void a_picture_of_16_bits_is_read(void **state) {
        struct bmp b;

        (void) state;
        head(40, 2, 1, 16, 0);
        put(54, 0x7c00 | 0x10, 2); /* red all, blue about half */
        assert_true(open_file(&b));
        is(&b, 0, 0, 255, 0, 131, 255);
}

static void a_picture_with_a_palette_is_read(void **state) {
        static const unsigned depths[] = { 1, 4, 8 };
        struct bmp b;

        (void) state;
        for (size_t i = 0; i < 3; i++) {
                uint32_t colours = 1u << depths[i];

                head(40, 2, 2, depths[i], colours);
                put(54 + 4, 0x030201, 3);                                   /* colour 1 */
                file[54 + 4 * colours] = (uint8_t) (1u << (8 - depths[i])); /* bottom left is colour 1 */
                assert_true(open_file(&b));
                is(&b, 0, 1, 3, 2, 1, 255);
                is(&b, 1, 1, 0, 0, 0, 255);
                put(46, 1, 4); /* colour 1 is not in the palette */
                assert_true(open_file(&b));
                is(&b, 0, 1, 0, 0, 0, 255);
                put(46, colours + 1, 4);
                assert_false(open_file(&b));
        }
}

static void each_false_field_is_refused(void **state) {
        static const struct {
                size_t at;
                uint64_t value;
                size_t bytes;
        } breaks[] = {
                { 0, 'X', 1 }, { 2, 1, 4 },  { 14, 39, 4 },         { 14, 0xffffffff, 4 },
                { 18, 0, 4 },  { 22, 0, 4 }, { 22, 0xfffffffe, 4 }, { 18, 0xffffffff, 4 },
                { 28, 7, 2 },  { 30, 1, 4 }, { 10, 0xffffffff, 4 }, { 10, 20, 4 },
        };
        struct bmp b;

        (void) state;
        for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
                head(40, 2, 2, 24, 0);
                put(breaks[i].at, breaks[i].value, breaks[i].bytes);
                assert_false(open_file(&b));
        }
        head(40, 2, 2, 32, 0);
        put(30, 1, 4);
        assert_false(open_file(&b));
        head(40, 2, 2, 24, 0);
        for (size_t whole = n; n > 0; n--) {
                if (n < whole)
                        assert_false(open_file(&b));
        }
}

/* Both at their most, one too many, and one pixel more in memory than there is room for. */
static void sides_of_32768_and_no_more(void **state) {
        static const struct {
                uint32_t width, height;
                bool fits;
        } sizes[] = {
                { 32768, 1, true },
                { 32769, 1, false },
                { 1, 32768, true },
                { 1, 32769, false },
        };
        static uint8_t large[54 + 8 + 4 * 32770];
        struct bmp b;

        (void) state;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                size_t size = 54 + 8 + ((size_t) sizes[i].width + 31) / 32 * 4 * sizes[i].height;

                head(40, sizes[i].width, 0, 1, 2);
                put(22, sizes[i].height, 4);
                put(2, size, 4);
                memcpy(large, file, 62);
                assert_true(bmp_open((struct span) { large, size }, &b) == sizes[i].fits);
        }
}

static void a_palette_of_more_colours_than_the_depth_has_is_refused(void **state) {
        struct bmp b;

        (void) state;
        head(40, 2, 1, 4, 17); /* room for all 17 */
        put(46, 17, 4);
        assert_false(open_file(&b));
        put(46, 16, 4);
        assert_true(open_file(&b));
}

static void colours_of_a_picture_without_palette_do_not_matter(void **state) {
        struct bmp b;

        (void) state;
        head(40, 2, 2, 24, 0);
        put(46, 5, 4);
        assert_true(open_file(&b));
        assert_int_equal(b.palette.n, 0);
}

static void pixels_begin_behind_the_palette(void **state) {
        struct bmp b;

        (void) state;
        head(40, 2, 2, 4, 16);
        assert_true(open_file(&b));
        put(10, 54 + 4 * 16 - 1, 4);
        assert_false(open_file(&b));
}

/* Only the head is read, so that a picture of this size need not be there. */
static void pixels_have_a_limit(void **state) {
        const uint32_t row = 32768, rows = BMP_BYTES_MAX / row;
        struct bmp b;

        (void) state;
        for (uint32_t more = 0; more < 2; more++) {
                head(40, row / 4, 0, 32, 0);
                put(22, rows + more, 4);
                put(2, 54 + (uint64_t) row * (rows + more), 4);
                assert_true(bmp_open((struct span) { file, 54 + (size_t) row * (rows + more) }, &b) == (more == 0));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_picture_of_24_bits_is_read),
                cmocka_unit_test(a_picture_of_32_bits_with_masks_is_read),
                cmocka_unit_test(a_picture_of_16_bits_is_read),
                cmocka_unit_test(a_picture_with_a_palette_is_read),
                cmocka_unit_test(each_false_field_is_refused),
                cmocka_unit_test(colours_of_a_picture_without_palette_do_not_matter),
                cmocka_unit_test(pixels_begin_behind_the_palette),
                cmocka_unit_test(pixels_have_a_limit),
                cmocka_unit_test(sides_of_32768_and_no_more),
                cmocka_unit_test(a_palette_of_more_colours_than_the_depth_has_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
