/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded into ukictl by test_install.py: libefiboot is not to be asked of the entry "!", whose path has no end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define DESCRIPTION 6 /* behind attributes and the path's length: UEFI 2.10, 3.1.3 */

int efi_loadopt_is_valid(void *opt, size_t size) {
        int (*real)(void *, size_t) = (int (*)(void *, size_t)) dlsym(RTLD_NEXT, "efi_loadopt_is_valid");

        if (size > DESCRIPTION && ((const uint8_t *) opt)[DESCRIPTION] == '!')
                abort();
        return real(opt, size);
}
