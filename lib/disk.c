/* SPDX-License-Identifier: BSD-2-Clause */
#include "disk.h"

#include "path.h"
#include "utf8.h"

bool disk_own_name(const char *name, const char *path, bool folder, struct text *why) {
        if (span_eq_nocase(span_of(name), path_base(span_of(path))))
                return true;
        text_str(why, folder ? "is not a folder's own name, but the short name of another one"
                             : "is not a file's own name, but the short name of another one");
        if (name[0] != 0) {
                text_str(why, ", ");
                text_quoted(why, span_of(name));
        }
        text_str(why, folder ? ": give that one another name" : ": ask for it by that one");
        return false;
}

bool disk_size_fits(uint64_t size, size_t max, struct text *why) {
        if (size > 0 && size <= max)
                return true;
        if (size == 0) {
                text_str(why, "is an empty file");
                return false;
        }
        text_str(why, "is larger than the limit of ");
        text_dec(why, max);
        text_str(why, " bytes");
        return false;
}

bool disk_name(struct span name, struct text *ret) {
        bool usable = name.n > 0 && name.n <= NAME_MAX_BYTES;
        uint16_t c;

        while (name.n > 0) {
                if (!utf8_next(&name, &c)) {
                        usable = false;
                        text_str(ret, "\\x");
                        text_hex(ret, span_between(name, 0, 1));
                        name = span_from(name, 1);
                } else if (c < 0x20 || c == 0x7f) {
                        usable = false;
                        text_str(ret, "\\u00");
                        text_hex(ret, (struct span) { (const uint8_t[]) { (uint8_t) c }, 1 });
                } else
                        utf8_put(ret, c);
        }
        return usable && !ret->cut;
}
