/* SPDX-License-Identifier: BSD-2-Clause */
#include "dtb.h"

#include <string.h>

static bool has_magic(struct span dtb) {
        static const uint8_t magic[4] = { 0xd0, 0x0d, 0xfe, 0xed };

        return dtb.n >= sizeof(magic) && memcmp(dtb.p, magic, sizeof(magic)) == 0;
}

/* Big-endian, behind the magic. */
static uint32_t total_size(struct span dtb) {
        return (uint32_t) dtb.p[4] << 24 | (uint32_t) dtb.p[5] << 16 | (uint32_t) dtb.p[6] << 8 | dtb.p[7];
}

/* Property names are strings in the tree's own bytes, so that no walk over its nodes is needed, nor agreement with the kernel's
 * on how to walk. */
static bool holds_name(struct span dtb) {
        static const char name[] = "bootargs";

        for (size_t at = 0; at + sizeof(name) <= dtb.n; at++)
                if (memcmp(dtb.p + at, name, sizeof(name)) == 0)
                        return true;
        return false;
}

bool dtb_without_bootargs(struct span dtb, struct text *why) {
        if (has_magic(dtb) && (dtb.n < 8 || total_size(dtb) > dtb.n)) {
                text_str(why, "has a device tree (.dtb) whose header claims more bytes than the section has: make it anew");
                return false;
        }
        if (holds_name(dtb)) {
                text_str(
                        why,
                        "has a device tree (.dtb) with bootargs, a command line that no policy judges: remove the property, and give the words by .cmdline");
                return false;
        }
        return true;
}
