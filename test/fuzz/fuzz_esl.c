/* SPDX-License-Identifier: BSD-2-Clause */
/* Signature lists: what opens is walked to its end, entry by entry, each where arithmetic from the front says. */
#include "esl.h"
#include "must.h"

static size_t u32(const uint8_t *p) {
        return (size_t) p[0] | (size_t) p[1] << 8 | (size_t) p[2] << 16 | (size_t) p[3] << 24;
}

/* Walks by the list heads alone, and asks esl_next for the same. False: the lists are not in order. */
static bool walk(struct span lists, struct esl *at) {
        struct esl_entry entry;

        for (size_t from = 0; from < lists.n;) {
                const uint8_t *head = lists.p + from;

                if (lists.n - from < 28)
                        return false;
                size_t size = u32(head + 16), header = u32(head + 20), each = u32(head + 24);
                if (size < 28 || size > lists.n - from || header > size - 28 || each <= 16 || (size - 28 - header) % each != 0)
                        return false;
                for (size_t i = 28 + header; at && i < size; i += each) {
                        MUST(esl_next(at, &entry));
                        MUST(entry.owner.p == head + i && entry.owner.n == 16 && entry.data.p == head + i + 16 &&
                             entry.data.n == each - 16);
                        MUST(entry.kind != ESL_SHA256 || entry.data.n == 32);
                        MUST(entry.kind != ESL_X509_SHA256 || entry.data.n == 48);
                }
                from += size;
        }
        return !at || !esl_next(at, &entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span lists = exact_copy(data, size);
        char buf[200];
        struct text why = TEXT_IN(buf);
        struct esl at;

        if (esl_open(lists, &at, &why))
                MUST(why.len == 0 && walk(lists, &at));
        else
                MUST(why.len > 0 && !why.cut);
        /* Broken sizes are never let through; sizes that a type forbids are refused as well, which the walk does not know. */
        if (!walk(lists, NULL))
                MUST(!esl_open(lists, &at, &why));
        free((void *) (uintptr_t) lists.p);
        return 0;
}
