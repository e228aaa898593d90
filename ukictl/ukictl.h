/* SPDX-License-Identifier: BSD-2-Clause */
/* The exit codes that scripts rely on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_code {
        EXIT_OK = 0,
        EXIT_FAILED = 1, /* a file cannot be read or written, or anything that has no code of its own */
        EXIT_USAGE = 2,
        EXIT_NOT_ARMED = 3,
        EXIT_PRIVILEGE = 4,   /* has to be done as root */
        EXIT_FORMAT = 5,      /* the image is refused for what it is */
        EXIT_UNTRUSTED = 6,   /* signature or SBAT */
        EXIT_REFUSED = 7,     /* policy, or a request that does not hold */
        EXIT_NO_FIRMWARE = 8, /* no EFI variables, no ESP, no Boot#### entry */
        EXIT_NVRAM = 9,       /* a variable cannot be written */
        EXIT_FOREIGN = 10,    /* somebody else armed the next boot */
        EXIT_BYPASS = 11,     /* the next boot would not come to ukiload */
};
