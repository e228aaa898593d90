/* SPDX-License-Identifier: BSD-2-Clause */
/* Images for unit tests: made by pe_write, then bent. */
#pragma once

#include "pe_write.h"

/* Offsets in an image of pe_write. */
/* clang-format off */
enum {
        AT_LFANEW = 0x3c, AT_PE = 0x40, AT_MACHINE = 0x44, AT_N_SECTIONS = 0x46, AT_SYMBOLS = 0x4c, AT_OPT_SIZE = 0x54,
        AT_CHARACTERISTICS = 0x56, AT_MAGIC = 0x58, AT_ENTRY = 0x68, AT_SECTION_ALIGN = 0x78, AT_FILE_ALIGN = 0x7c,
        AT_IMAGE_VERSION = 0x84, AT_SIZE_OF_IMAGE = 0x90, AT_SIZE_OF_HEADERS = 0x94, AT_CHECKSUM = 0x98, AT_SUBSYSTEM = 0x9c,
        AT_N_DIRS = 0xc4, AT_RESOURCE_DIR = 0xd8, AT_CERT_DIR = 0xe8, AT_RELOC_DIR = 0xf0, AT_DEBUG_DIR = 0xf8, AT_TABLE = 0x148,
};
/* clang-format on */
enum { ROW_NAME = 0, ROW_VSIZE = 8, ROW_VADDR = 12, ROW_RAW_SIZE = 16, ROW_RAW_OFF = 20, ROW_FLAGS = 36 };

/* Where a field of row i stands; .text is row 0, .reloc row 1, the given sections follow. */
#define ROW(i, field) (AT_TABLE + 40u * (i) + (field))

#define NO_MACHINE 0x1111u /* of no architecture */

struct image {
        uint8_t bytes[64 * 1024];
        size_t n;
};

/* A section with text. */
/* clang-format off */
#define TEXT_SECTION(section_name, text) { .name = section_name, .data = { (const uint8_t *)(text), sizeof(text) - 1 } }
/* clang-format on */

/* Writes an image with these sections; the test fails if that fails. */
void image_make(struct image *image, uint16_t machine, const struct pe_write_section *sections, size_t n);
void image_put(struct image *image, size_t at, uint32_t value, size_t size);
/* Appends a certificate table of n bytes of 0xcc and points the directory at it. */
void image_sign(struct image *image, size_t n);
/* Puts other base relocations into .reloc: words of 16 bits, at most 256; the first two of a block are its page, the next two its
 * size. The section is then not discardable, so that every loader has it in memory. */
void image_relocate(struct image *image, const uint16_t *words, size_t n);
struct span image_span(const struct image *image);
