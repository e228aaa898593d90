/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "path.h"
#include "plan.h"

static int span_compare(struct span a, struct span b) {
        size_t n = a.n < b.n ? a.n : b.n;
        int r = n == 0 ? 0 : memcmp(a.p, b.p, n);

        return r != 0 ? r : (a.n > b.n) - (a.n < b.n);
}

static bool addon_before(const struct plan_addon *a, const struct plan_addon *b) {
        if (a->origin != b->origin)
                return a->origin < b->origin;
        struct span path_a = span_of(a->path), path_b = span_of(b->path);
        int r = span_compare(path_base(path_a), path_base(path_b));
        return r != 0 ? r < 0 : span_compare(path_a, path_b) < 0;
}

/* In small pieces: a whole addon would be most of a firmware stack frame. */
static void swap_addons(struct plan_addon *a, struct plan_addon *b) {
        uint8_t *p = (uint8_t *) a, *q = (uint8_t *) b, piece[64];

        for (size_t left = sizeof(*a); left > 0;) {
                size_t n = left < sizeof(piece) ? left : sizeof(piece);

                memcpy(piece, p, n);
                memcpy(p, q, n);
                memcpy(q, piece, n);
                p += n;
                q += n;
                left -= n;
        }
}

void plan_sort(struct plan_addon *addons, size_t n) {
        for (size_t i = 0; i + 1 < n; i++) {
                size_t first = i;

                for (size_t j = i + 1; j < n; j++)
                        if (addon_before(&addons[j], &addons[first]))
                                first = j;
                if (first != i)
                        swap_addons(&addons[i], &addons[first]);
        }
}
