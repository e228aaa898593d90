/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads what was accepted by both loaders at several addresses, in memory of several contents: each load must succeed where
 * another of the same loader does, and the sections that are judged must hold the same bytes. */
#pragma once

#include "loaders.h"
#include "views.h"

/* What the caller asks of each image in memory besides. */
typedef void twice_fn(const struct pe *image, void *arg);

static inline bool twice_judged(const struct pe_section *s, const char (*judged)[9], size_t n) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(s->name, judged[i]) == 0)
                        return s->vsize > 0;
        return false;
}

static inline void twice_same(const struct pe *file, const uint8_t *a, const uint8_t *b, const char (*judged)[9], size_t n) {
        for (size_t i = 0; i < file->n_sections; i++) {
                const struct pe_section *s = &file->sections[i];

                if (twice_judged(s, judged, n))
                        MUST(memcmp(a + s->vaddr, b + s->vaddr, s->vsize) == 0);
        }
}

static inline void twice_load(const struct pe *file, const char (*judged)[9], size_t n, twice_fn *fn, void *arg) {
        static const struct {
                uint64_t offset;
                uint8_t before;
        } loads[] = {
                { 0, 0 },
                { 0x12345000, 0xaf },
                { (uint64_t) 0 - 0x7ffe9000, 0x20 },
                { 0x100000000, 0xff },
        };
        static struct pe image;
        uint8_t *first = NULL; /* of either loader: where both load it, they agree */

        for (enum loader who = LOADER_EDK2; who <= LOADER_SHIM; who++) {
                bool taken = false;

                for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
                        uint8_t *memory = loader_load(who, file->bytes.p, file->bytes.n, loads[i].offset, loads[i].before);
                        char buf[384];
                        struct text why = TEXT_IN(buf);

                        MUST(i == 0 || taken == (memory != NULL));
                        taken = memory != NULL;
                        if (!memory)
                                continue;
                        MUST(pe_open_image((struct span) { memory, file->size_of_image }, &image, &why));
                        fn(&image, arg);
                        if (first)
                                twice_same(file, first, memory, judged, n);
                        if (!first)
                                first = memory;
                        else
                                free(memory);
                }
        }
        free(first);
}
