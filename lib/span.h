/* SPDX-License-Identifier: BSD-2-Clause */
/* A borrowed run of bytes, and what cuts it: an offset from a file becomes a pointer here and nowhere else. (Loops over the bytes
 * of one span index them by themselves.) Whoever holds a span may read all of it and nothing else. It never owns memory; it lives
 * as long as the buffer that it was cut from. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
        const uint8_t *p; /* may be NULL only if n is 0 */
        size_t n;         /* bytes */
};

/* The bytes [off, off + len) of s. False, and nothing written, if they do not all lie in s. */
bool span_sub(struct span s, size_t off, size_t len, struct span *ret);

/* What is left from byte `from` on, or up to byte `to`: for walks over a text, which know where they are. Beyond the end there is
 * nothing; an empty result stands where it was cut. */
struct span span_from(struct span s, size_t from);
struct span span_between(struct span s, size_t from, size_t to);

/* Takes the next line off *rest, without its newline. False at the end. */
bool span_line(struct span *rest, struct span *ret);

/* Little-endian numbers at byte offset off. False if they reach past the end. */
bool span_u16(struct span s, size_t off, uint16_t *ret);
bool span_u32(struct span s, size_t off, uint32_t *ret);
bool span_u64(struct span s, size_t off, uint64_t *ret);

/* The n bytes that s says in hex, two digits each, of either case. False if it does not, or says more; ret may then be half
 * written. */
bool span_hex(struct span s, uint8_t *ret, size_t n);

/* Same length and same bytes. */
bool span_eq(struct span a, struct span b);
/* Same bytes as the NUL-terminated string, the NUL not counted. */
bool span_eq_str(struct span s, const char *str);
/* Begins / ends with the string. */
bool span_starts(struct span s, const char *str);
bool span_ends(struct span s, const char *str);
/* ASCII letters compare without case, as FAT and UEFI file names do. */
bool span_eq_nocase(struct span a, struct span b);
bool span_ends_nocase(struct span s, const char *str);

/* A NUL-terminated string as a span without its NUL. */
struct span span_of(const char *str);
/* s without the NUL bytes at its end (a section's padding). */
struct span span_trim_nul(struct span s);
