/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of the words that there are was meant by one that there is not. */
#pragma once

#include <stddef.h>

struct near {
        const char *asked;
        const char *best; /* NULL: none is near enough to be worth a question */
        size_t distance;  /* of best: letters that are wrong, missing, too many, or two that changed places */
};

struct near near_begin(const char *asked);
/* One of the words that there are; kept by the pointer. */
void near_try(struct near *near, const char *word);
