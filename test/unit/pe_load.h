/* SPDX-License-Identifier: BSD-2-Clause */
/* What firmware does with a file (EDK2 BasePeCoffLib, PeCoffLoaderLoadImage), for tests that compare the two views of an
 * image. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "pe.h"

/* The image in memory, SizeOfImage bytes; the caller frees it. pe is the opened file. */
static inline struct span pe_load(const struct pe *pe) {
        uint8_t *memory = calloc(1, pe->size_of_image);

        if (!memory)
                abort();
        memset(memory, 0xa5, pe->size_of_image); /* pages that nothing defines are not zero */
        memcpy(memory, pe->bytes.p, pe->size_of_headers);
        for (size_t i = 0; i < pe->n_sections; i++) {
                const struct pe_section *s = &pe->sections[i];
                uint32_t copied = s->vsize == 0 || s->vsize > s->raw_size ? s->raw_size : s->vsize;

                if (copied > 0)
                        memcpy(memory + s->vaddr, pe->bytes.p + s->raw_off, copied);
                if (copied < s->vsize)
                        memset(memory + s->vaddr + copied, 0, s->vsize - copied);
        }
        return (struct span) { memory, pe->size_of_image };
}
