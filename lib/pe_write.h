/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing PE images that hold data: addons (`ukictl addon make`) and the seeds of fuzzers and tests.
 *
 * The image satisfies shim 15.8 and 16.1, strict NX firmware and systemd-stub's addon loader: 4 KiB section alignment, a
 * tiny .text with the entry point (it returns EFI_UNSUPPORTED), one .reloc, NX_COMPAT, no gaps, timestamp 0. */
#pragma once

#include "pe.h"

/* Written out in this order everywhere; a few bytes of padding cost nothing.
 * NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct pe_write_section {
        char name[9];
        struct span data; /* VirtualSize is data.n exactly; the file pads with zeros to 512 bytes */
        uint32_t flags;   /* 0: initialised data, readable */
};

/* Bytes that pe_write will need for these sections, or 0 if they do not fit 32-bit offsets or PE_SECTIONS_MAX, or one has no data
 * or a name without NUL (shim refuses empty sections). */
size_t pe_write_size(const struct pe_write_section *sections, size_t n);
/* Writes the image to out[0..cap). .text and .reloc are added by the function. False if cap is too small, pe_write_size says 0,
 * or ukiload is not for the machine (arch.h). */
bool pe_write(uint16_t machine, const struct pe_write_section *sections, size_t n, uint8_t *out, size_t cap, size_t *ret_size);
/* Appends a section at the end of an existing unsigned image whose headers have room (`ukictl policy embed`), or replaces the
 * data of a section of that name if it is the last one. `in` is a file that pe_open_file accepts; in and out must not overlap.
 * The checksum becomes 0. why: one clause on failure, out is then undefined. */
bool pe_append_section(struct span in, const struct pe_write_section *section, uint8_t *out, size_t cap, size_t *ret_size,
                       struct text *why);
