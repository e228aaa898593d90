/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* UKILOAD_TEST=NAME runs one test of a program: what mk/unit.py does for CASES=REGEX. */
__attribute__((constructor)) static void choose(void) {
        const char *name = getenv("UKILOAD_TEST");

        if (name && *name)
                cmocka_set_test_filter(name);
}
