/* SPDX-License-Identifier: BSD-2-Clause */
/* The picture: drawn whole in the middle of a black screen, or the screen stays as it is. */
#include "inside.h"

#include "splash.h"

#define BLACK 0x000000u
#define WHITE 0xffffffffu

/* Two pixels beside each other, 0x112233 and 0x445566. */
static const uint8_t picture[62] = {
        'B', 'M', 62, [10] = 54, [14] = 40, [18] = 2, [22] = 1, [26] = 1, [28] = 24, [54] = 0x33, 0x22, 0x11, 0x66, 0x55, 0x44,
};

static struct {
        EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info;
        EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode;
        EFI_GRAPHICS_OUTPUT_PROTOCOL gop;
        uint32_t pixels[8][8];
        EFI_GRAPHICS_OUTPUT_BLT_OPERATION fails;
        bool does_fail;
} screen;

static EFI_STATUS EFIAPI blt(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, EFI_GRAPHICS_OUTPUT_BLT_PIXEL *buffer,
                             EFI_GRAPHICS_OUTPUT_BLT_OPERATION operation, UINTN from_x, UINTN from_y, UINTN to_x, UINTN to_y,
                             UINTN width, UINTN height, UINTN delta) {
        const bool reads = operation == EfiBltVideoToBltBuffer;
        const UINTN left = reads ? from_x : to_x, top = reads ? from_y : to_y;

        assert_ptr_equal(this, &screen.gop);
        assert_int_equal(delta, 0);
        assert_true(left + width <= screen.info.HorizontalResolution && top + height <= screen.info.VerticalResolution);
        if (screen.does_fail && screen.fails == operation)
                return EFI_DEVICE_ERROR;
        for (UINTN y = 0; y < height; y++)
                for (UINTN x = 0; x < width; x++) {
                        uint32_t *pixel = &screen.pixels[top + y][left + x];
                        EFI_GRAPHICS_OUTPUT_BLT_PIXEL *p = operation == EfiBltVideoFill ? buffer : &buffer[y * width + x];

                        if (reads)
                                *p = (EFI_GRAPHICS_OUTPUT_BLT_PIXEL) { (UINT8) *pixel, (UINT8) (*pixel >> 8),
                                                                       (UINT8) (*pixel >> 16), 0 };
                        else
                                *pixel = (uint32_t) p->Red << 16 | (uint32_t) p->Green << 8 | p->Blue;
                }
        return EFI_SUCCESS;
}

/* A machine with a white screen of that size. */
static struct machine *white(UINT32 width, UINT32 height) {
        static const EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
        struct machine *m = machine_new();

        machine_start(m);
        memset(&screen, 0, sizeof(screen));
        screen.info.HorizontalResolution = width;
        screen.info.VerticalResolution = height;
        screen.mode.Info = &screen.info;
        screen.gop = (EFI_GRAPHICS_OUTPUT_PROTOCOL) { .Blt = blt, .Mode = &screen.mode };
        memset(screen.pixels, 0xff, sizeof(screen.pixels));
        handle_add(handle_new(m), &guid, &screen.gop);
        return m;
}

/* Every pixel of that colour but the picture, whose left end is at (x, y); x 8: it is nowhere. The machine is gone. */
static void shows(struct machine *m, uint32_t colour, UINTN x, UINTN y) {
        for (UINTN row = 0; row < screen.info.VerticalResolution; row++)
                for (UINTN column = 0; column < screen.info.HorizontalResolution; column++) {
                        const uint32_t should = row != y || column < x || column > x + 1 ? colour
                                                : column == x                            ? 0x112233
                                                                                         : 0x445566;

                        if (screen.pixels[row][column] != should)
                                fail_msg("%zu,%zu: %06x, not %06x", column, row, screen.pixels[row][column], should);
                }
        assert_int_equal(m->in->n_blocks, 0);
        machine_free(m);
}

static void show(void) {
        splash_show((struct span) { picture, sizeof(picture) });
}

static void a_picture_stands_in_the_middle_of_a_black_screen(void **state) {
        static const struct {
                UINT32 width, height;
                UINTN x, y;
        } sizes[] = { { 8, 7, 3, 3 }, { 2, 1, 0, 0 }, { 2, 7, 0, 3 }, { 7, 1, 2, 0 } };

        (void) state;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                struct machine *m = white(sizes[i].width, sizes[i].height);

                show();
                shows(m, BLACK, sizes[i].x, sizes[i].y);
        }
}

static void a_picture_that_does_not_fit_or_is_none_leaves_the_screen_as_it_is(void **state) {
        struct machine *m = white(1, 8);

        (void) state;
        show();
        shows(m, WHITE, 8, 8);
        m = white(8, 0);
        show();
        shows(m, WHITE, 8, 8);
        m = white(8, 8);
        splash_show((struct span) { picture, sizeof(picture) - 5 });
        shows(m, WHITE, 8, 8);
}

static void a_machine_without_a_screen_shows_nothing(void **state) {
        struct machine *m = machine_new();

        (void) state;
        machine_start(m);
        show(); /* there is no such protocol */
        machine_free(m);
        m = white(8, 8);
        screen.gop.Mode = NULL;
        show();
        shows(m, WHITE, 8, 8);
        m = white(8, 8);
        screen.mode.Info = NULL;
        show();
        shows(m, WHITE, 8, 8);
}

static void a_picture_is_not_drawn_over_what_is_not_known(void **state) {
        struct machine *m = white(8, 8);

        (void) state;
        screen.fails = EfiBltVideoFill;
        screen.does_fail = true;
        show();
        shows(m, WHITE, 8, 8);
        m = white(8, 8);
        screen.fails = EfiBltVideoToBltBuffer;
        screen.does_fail = true;
        show();
        shows(m, BLACK, 8, 8);
        m = white(8, 8);
        memset(m->calls, 0, sizeof(m->calls));
        machine_fault(m, CALL_ALLOCATE_POOL, 1, 1, EFI_OUT_OF_RESOURCES);
        show();
        shows(m, BLACK, 8, 8);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_picture_stands_in_the_middle_of_a_black_screen),
                T(a_picture_that_does_not_fit_or_is_none_leaves_the_screen_as_it_is),
                T(a_machine_without_a_screen_shows_nothing),
                T(a_picture_is_not_drawn_over_what_is_not_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
