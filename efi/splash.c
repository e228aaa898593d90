/* SPDX-License-Identifier: BSD-2-Clause */
#include "splash.h"

#include "bmp.h"

static void blend(EFI_GRAPHICS_OUTPUT_BLT_PIXEL *to, struct bmp_colour c) {
        unsigned a = c.alpha, b = 255u - c.alpha;

        to->Red = (UINT8) ((to->Red * b + c.red * a) / 255);
        to->Green = (UINT8) ((to->Green * b + c.green * a) / 255);
        to->Blue = (UINT8) ((to->Blue * b + c.blue * a) / 255);
}

static void draw(EFI_GRAPHICS_OUTPUT_PROTOCOL *gop, const struct bmp *bmp, UINTN left, UINTN top) {
        FW_POOL EFI_GRAPHICS_OUTPUT_BLT_PIXEL *pixels = fw_alloc((size_t) bmp->width * bmp->height * sizeof(*pixels));

        if (!pixels || gop->Blt(gop, pixels, EfiBltVideoToBltBuffer, left, top, 0, 0, bmp->width, bmp->height, 0) != EFI_SUCCESS)
                return;
        for (uint32_t y = 0; y < bmp->height; y++)
                for (uint32_t x = 0; x < bmp->width; x++)
                        blend(&pixels[(size_t) y * bmp->width + x], bmp_pixel(bmp, x, y));
        (void) gop->Blt(gop, pixels, EfiBltBufferToVideo, 0, 0, left, top, bmp->width, bmp->height, 0);
}

void splash_show(struct span file) {
        static const EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
        EFI_GRAPHICS_OUTPUT_PROTOCOL *gop = fw_locate(&guid);
        EFI_GRAPHICS_OUTPUT_BLT_PIXEL black = { 0 };
        UINTN width, height;
        struct bmp bmp;

        if (!gop || !gop->Mode || !gop->Mode->Info || !bmp_open(file, &bmp))
                return;
        width = gop->Mode->Info->HorizontalResolution;
        height = gop->Mode->Info->VerticalResolution;
        if (bmp.width > width || bmp.height > height)
                return;
        if (gop->Blt(gop, &black, EfiBltVideoFill, 0, 0, 0, 0, width, height, 0) != EFI_SUCCESS)
                return;
        draw(gop, &bmp, (width - bmp.width) / 2, (height - bmp.height) / 2);
}
