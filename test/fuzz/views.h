/* SPDX-License-Identifier: BSD-2-Clause */
/* For targets that hold the file against the image that firmware would make of it. */
#pragma once

#include "must.h"
#include "pe_load.h"

#define IMAGE_MOST (1u << 20)

/* Opens the bytes as a file and, if that goes well and it is not too large to try, what loading makes of it; the caller frees
 * ret_memory->p. A file that opens always loads. */
static inline bool open_views(struct span bytes, struct pe *file, struct pe *image, struct span *ret_memory) {
        char buf[384];
        struct text why = TEXT_IN(buf);

        *ret_memory = (struct span) { 0 };
        if (!pe_open_file(bytes, file, &why)) {
                MUST(why.len > 0 && !why.cut);
                return false;
        }
        MUST(why.len == 0);
        if (file->size_of_image > IMAGE_MOST)
                return false;
        *ret_memory = pe_load(file);
        MUST(pe_open_image(*ret_memory, image, &why));
        return true;
}

static inline void close_views(struct span memory) {
        free((void *) (uintptr_t) memory.p);
}
