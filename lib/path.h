/* SPDX-License-Identifier: BSD-2-Clause */
/* File names on the EFI system partition, in UTF-8 without what UCS-2 has not; UEFI 2.10, 13.5: backslashes, no case. */
#pragma once

#include "contract.h"
#include "span.h"
#include "text.h"

/* The path in a request: `/` to `\`, repeated separators to one, a leading `\` added. False with a clause: empty, `.` or `..` as
 * a part, a byte outside 0x20..0x7e or one of " * : < > ? |, a part that ends in a blank or dot, a part that may be the 8.3 alias
 * of another name (at most eight characters of which the last are `~` and digits, at most one dot, at most three characters
 * behind it), longer than PATH_MAX_BYTES. */
bool path_normalise(struct span in, struct text *ret, struct text *why);
/* The same for a file that lies there under this very name, which nobody has to type: any character but control characters, and
 * any `~`. */
bool path_of_file(struct span in, struct text *ret, struct text *why);

/* The last part of a normalised path. */
struct span path_base(struct span path);
/* The tries in a file name `name+LEFT[-DONE].efi` (UAPI.1 "Boot Loader Specification", boot counting), as
 * systemd-boot reads them. What a stub cuts off is another question: stubplace.h. */
struct path_counter {
        bool counted;
        unsigned left, done;
        size_t at, len; /* where "+LEFT-DONE" stands in the name */
};
struct path_counter path_counter(struct span name);
/* Ends in ".addon.efi", without case. */
bool path_is_addon(struct span name);
/* What the stub takes from an addon folder: ASCII, does not begin with a dot, at most 255 bytes, ends in ".addon.efi". */
bool path_is_stub_addon(struct span name);
/* The other name of a counted file after one boot, `name+LEFT-1-DONE+1.efi`; false if not counted or no tries are left. */
bool path_count_down(struct span name, struct text *ret);
