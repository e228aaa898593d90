/* SPDX-License-Identifier: BSD-2-Clause */
/* A sound image for tests that bend it, and how they open it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pe_image.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* .text 0x1000 at 0x400, .reloc 0x2000 at 0x600, then these at 0x3000.. and 0x800..; SizeOfImage 0x6000, 0xe00 bytes of file. */
static const struct pe_write_section sections[] = {
        TEXT_SECTION(".osrel", "ID=test\n"),
        TEXT_SECTION(".cmdline", "quiet"),
        TEXT_SECTION(".linux", "kernel"),
};
enum { TEXT, RELOC, OSREL, CMDLINE, LINUX, N_ROWS };

static struct image image;
static struct pe pe;
static char buf[384];
static struct text why;

static int make(void **state) {
        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, COUNT(sections));
        why = TEXT_IN(buf);
        return 0;
}

/* A copy on the heap of exactly that size, so that the sanitizer sees every byte too far. */
static bool open_exactly(const struct image *of, bool mapped) {
        uint8_t *copy = malloc(of->n + 1);
        bool ok;

        assert_non_null(copy);
        memcpy(copy + 1, of->bytes, of->n); /* and at an odd address */
        text_clear(&why);
        ok = mapped ? pe_open_image((struct span) { copy + 1, of->n }, &pe, &why)
                    : pe_open_file((struct span) { copy + 1, of->n }, &pe, &why);
        if (ok) {
                struct pe_hashed h;

                for (size_t i = 0; i < pe.n_sections; i++) {
                        struct span s = pe_bytes(&pe, &pe.sections[i]);

                        assert_true(s.n == 0 || (s.p > copy && s.p + s.n <= copy + 1 + of->n));
                }
                pe_hashed_ranges(&pe, &h);
                assert_true(h.n >= 2 && h.n <= 4 + pe.n_sections);
        }
        free(copy);
        return ok;
}
