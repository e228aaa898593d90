/* SPDX-License-Identifier: BSD-2-Clause */
#include "esl.h"

#define LIST_HEAD  28u /* type GUID, list size, header size, entry size */
#define OWNER_SIZE 16u
#define TIME_SIZE  16u
#define DIGEST     32u

/* GUIDs as they lie in memory: the first three fields little-endian. */
static const uint8_t guid_x509[16] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
                                       0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 };
static const uint8_t guid_sha256[16] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
                                         0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };
static const uint8_t guid_x509_sha256[16] = { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40,
                                              0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed };

static bool is_guid(struct span type, const uint8_t guid[16]) {
        return span_eq(type, (struct span) { guid, 16 });
}

static enum esl_kind kind_of(struct span type) {
        if (is_guid(type, guid_x509))
                return ESL_X509;
        if (is_guid(type, guid_sha256))
                return ESL_SHA256;
        return is_guid(type, guid_x509_sha256) ? ESL_X509_SHA256 : ESL_OTHER;
}

static bool entry_size_fits(enum esl_kind kind, uint32_t size) {
        switch (kind) {
        case ESL_SHA256: return size == OWNER_SIZE + DIGEST;
        case ESL_X509_SHA256: return size == OWNER_SIZE + DIGEST + TIME_SIZE;
        case ESL_X509:
        case ESL_OTHER: break;
        }
        return size > OWNER_SIZE;
}

static bool bad(struct text *why, const char *clause, uint32_t number) {
        text_str(why, clause);
        text_dec(why, number);
        return false;
}

/* Takes one list off the front. */
static bool take_list(struct span *lists, struct esl *ret, struct text *why) {
        struct span type, list, entries = { 0 };
        uint32_t size, head, entry;

        if (!span_sub(*lists, 0, 16, &type) || !span_u32(*lists, 16, &size) || !span_u32(*lists, 20, &head) ||
            !span_u32(*lists, 24, &entry))
                return bad(why, "ends inside of a list's head, bytes left: ", (uint32_t) lists->n);
        if (size < LIST_HEAD || !span_sub(*lists, 0, size, &list))
                return bad(why, "has a list of a size that cannot be, of bytes: ", size);
        if (head > size - LIST_HEAD)
                return bad(why, "has a list whose header does not fit, of bytes: ", head);
        enum esl_kind kind = kind_of(type);
        if (!entry_size_fits(kind, entry))
                return bad(why, "has a list with an entry size that its type cannot have: ", entry);
        if ((size - LIST_HEAD - head) % entry != 0)
                return bad(why, "has a list that is no whole number of entries, of bytes: ", size);
        (void) span_sub(list, LIST_HEAD + (size_t) head, size - LIST_HEAD - head, &entries); /* as was seen above */
        (void) span_sub(*lists, size, lists->n - size, lists);
        *ret = (struct esl) { *lists, entries, entry, kind };
        return true;
}

bool esl_open(struct span lists, struct esl *ret, struct text *why) {
        struct esl at;

        for (struct span rest = lists; rest.n > 0;)
                if (!take_list(&rest, &at, why))
                        return false;
        *ret = (struct esl) { lists, { NULL, 0 }, 0, ESL_OTHER };
        return true;
}

bool esl_next(struct esl *at, struct esl_entry *ret) {
        char buf[1];
        struct text why = TEXT_IN(buf);

        while (at->entries.n == 0) {
                struct span rest = at->lists;

                if (!take_list(&rest, at, &why)) /* none is left */
                        return false;
        }
        struct esl_entry entry = { .kind = at->kind };
        if (!span_sub(at->entries, 0, OWNER_SIZE, &entry.owner) ||
            !span_sub(at->entries, OWNER_SIZE, at->entry_size - OWNER_SIZE, &entry.data) ||
            !span_sub(at->entries, at->entry_size, at->entries.n - at->entry_size, &at->entries))
                return false;
        *ret = entry;
        return true;
}
