/* SPDX-License-Identifier: BSD-2-Clause */
/* Device trees: no kernel finds a property `bootargs` in what is let through. The oracle walks the nodes as libfdt does
 * (structure block, tokens, names in the strings block), with no more care than that it does not leave the tree's own bytes. */
#include "dtb.h"
#include "must.h"

static uint32_t be32(const uint8_t *p) {
        return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

struct walk {
        const uint8_t *p;
        uint64_t size, structure, strings;
};

static bool named_bootargs(const struct walk *w, uint32_t name) {
        uint64_t at = w->strings + name;

        return at + 9 <= w->size && memcmp(w->p + at, "bootargs", 9) == 0;
}

/* Skips a node's name, to the next token. */
static uint64_t after_name(const struct walk *w, uint64_t at) {
        while (at < w->size && w->p[at])
                at++;
        return (at + 4) & ~(uint64_t) 3;
}

static bool finds_bootargs(const struct walk *w) {
        for (uint64_t at = w->structure; at + 4 <= w->size;) {
                uint32_t token = be32(w->p + at);

                at += 4;
                if (token == 1)
                        at = after_name(w, at);
                else if (token == 3) {
                        if (at + 8 > w->size)
                                return false;
                        if (named_bootargs(w, be32(w->p + at + 4)))
                                return true;
                        at = (at + 8 + be32(w->p + at) + 3) & ~(uint64_t) 3;
                } else if (token != 2 && token != 4)
                        return false;
        }
        return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span tree = exact_copy(data, size);
        char buf[256];
        struct text why = TEXT_IN(buf);
        bool passes = dtb_without_bootargs(tree, &why);

        MUST(passes == (why.len == 0) && !why.cut);
        if (size >= 40 && be32(data) == 0xd00dfeed) {
                struct walk w = { tree.p, be32(data + 4), be32(data + 8), be32(data + 12) };

                MUST(!passes || w.size <= size);
                if (w.size <= size)
                        MUST(!passes || !finds_bootargs(&w));
        }
        free((void *) (uintptr_t) tree.p);
        return 0;
}
