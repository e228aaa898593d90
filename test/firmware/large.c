/* SPDX-License-Identifier: BSD-2-Clause */
/* Large pieces of memory, which each start takes and gives back: the allocator would fetch them from the kernel anew each time.
 * Poisoned by hand, so that the address sanitizer sees as much as it does elsewhere. */
#include <sanitizer/asan_interface.h>

#include "inside.h"

#define SMALL  (96u << 10)
#define ROOM   (512u << 10)
#define ROOMS  8u
#define MARGIN 64u /* in front: never used */

static struct {
        bool taken;
        _Alignas(64) uint8_t bytes[MARGIN + ROOM];
} rooms[ROOMS];
static unsigned turn;

void *large_take(size_t n) {
        if (n > SMALL && n <= ROOM)
                for (unsigned i = 0; i < ROOMS; i++, turn++)
                        if (!rooms[turn % ROOMS].taken) {
                                uint8_t *p = rooms[turn % ROOMS].bytes;

                                rooms[turn++ % ROOMS].taken = true;
                                ASAN_POISON_MEMORY_REGION(p, MARGIN + ROOM);
                                ASAN_UNPOISON_MEMORY_REGION(p + MARGIN, n);
                                return p + MARGIN;
                        }
        return malloc(n);
}

void large_give(void *p) {
        for (unsigned i = 0; i < ROOMS; i++)
                if (p == rooms[i].bytes + MARGIN) {
                        ASAN_POISON_MEMORY_REGION(rooms[i].bytes, MARGIN + ROOM);
                        rooms[i].taken = false;
                        return;
                }
        free(p);
}
