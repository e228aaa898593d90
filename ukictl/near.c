/* SPDX-License-Identifier: BSD-2-Clause */
#include "near.h"

#include <string.h>

#define LETTERS_MAX 32u /* longer words are no slip of the finger */

struct near near_begin(const char *asked) {
        /* A third of the letters may be wrong; a single letter could be anything. */
        return (struct near) { .asked = asked, .best = NULL, .distance = (strlen(asked) + 1) / 3 + 1 };
}

static size_t least(size_t a, size_t b, size_t c) {
        size_t ab = a < b ? a : b;

        return ab < c ? ab : c;
}

/* Optimal string alignment, line by line of its table; the two lines before are all that a new one asks for. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b) {
        size_t rows[3][LETTERS_MAX + 1];

        for (size_t k = 0; k <= n_b; k++)
                rows[0][k] = k;
        for (size_t i = 1; i <= n_a; i++) {
                size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

                now[0] = i;
                for (size_t k = 1; k <= n_b; k++) {
                        now[k] = least(last[k] + 1, now[k - 1] + 1, last[k - 1] + (a[i - 1] != b[k - 1]));
                        if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] && before[k - 2] + 1 < now[k])
                                now[k] = before[k - 2] + 1;
                }
        }
        return rows[n_a % 3][n_b];
}

void near_try(struct near *near, const char *word) {
        size_t n = strlen(near->asked), n_word = strlen(word);

        if (n < 2 || n > LETTERS_MAX || n_word > LETTERS_MAX)
                return;
        size_t d = strncmp(word, near->asked, n) == 0 ? 0 : distance(near->asked, n, word, n_word);
        if (d >= near->distance)
                return;
        near->distance = d;
        near->best = word;
}
