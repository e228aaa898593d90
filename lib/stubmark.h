/* SPDX-License-Identifier: BSD-2-Clause */
/* What an image's stub says of itself. It is text like any other: whoever signed the image vouches for it. */
#pragma once

#include "span.h"

#define STUBMARK_MAX 79u /* bytes of the text; who says more is not known */

struct stubmark {
        unsigned version, minor;     /* 252 and 39, 257 and 0, ... */
        char text[STUBMARK_MAX + 1]; /* "systemd-stub 257.13-1~deb13u1", printable ASCII */
};

/* magic: the bytes of .sdmagic, "#### LoaderInfo: systemd-stub 257.13-1~deb13u1 ####". False if it says anything else. */
bool stubmark_of_section(struct span magic, struct stubmark *ret);

/* code: a section of an image without .sdmagic. systemd 252 and 253 name the section for x86 only: elsewhere it lies behind
 * what their PE header covers, where no signature does. But each stub has the same text, in UCS-2 and with a NUL, for the
 * variable StubInfo, among its constants. False if there is none, or one of a version that would have the section. */
bool stubmark_of_code(struct span code, struct stubmark *ret);
