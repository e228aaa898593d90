/* SPDX-License-Identifier: BSD-2-Clause */
/* SMBIOS tables of a hostile host, against a reader that looks for pairs of NULs. */
#include "must.h"
#include "smbios.h"

static const char key[] = "io.systemd.x=";

/* The first structure of a type, walking as systemd-stub does; NULL: there is none, or the table ends before it. */
static const uint8_t *first_of(const uint8_t *p, size_t left, uint8_t type) {
        while (left >= 4 && p[0] != 127 && p[1] <= left) {
                size_t skip = p[1];

                if (p[0] == type)
                        return p;
                if (left - skip >= 2 && memcmp(p + skip, "\0", 2) == 0)
                        skip += 2;
                else
                        for (skip += 1;; skip++) {
                                /* the first byte may be a NUL by itself: an empty first string does not end a set */
                                if (skip >= left)
                                        return NULL;
                                if (p[skip - 1] == 0 && p[skip] == 0)
                                        break;
                        }
                if (skip < left && p[skip - 1] == 0 && p[skip] == 0 && !(left - p[1] >= 2 && memcmp(p + p[1], "\0", 2) == 0))
                        skip++;
                p += skip;
                left -= skip;
        }
        return NULL;
}

static bool oracle(struct span t, struct span *ret) {
        const uint8_t *oem = first_of(t.p, t.n, 11), *s, *nul, *limit;

        if (!oem || oem[1] < 5)
                return false;
        limit = t.p + t.n - (oem[1] - 5);
        for (s = oem + 5; s < limit && (nul = memchr(s, 0, (size_t) (limit - s))) && nul > s; s = nul + 1)
                if (strncmp((const char *) s, key, strlen(key)) == 0) {
                        *ret = span_of((const char *) s + strlen(key));
                        return true;
                }
        return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span table = exact_copy(data, size), have = { 0 }, want = { 0 };
        struct smbios_table where;
        bool found = smbios_vendor_string(table, key, &have), wanted = oracle(table, &want);

        MUST(found == wanted);
        MUST(!found || (have.p == want.p && have.n == want.n));
        if (smbios_entry_point(table, &where))
                MUST(where.address != 0 && where.size > 0 && where.size <= 1u << 20);
        free((void *) (uintptr_t) table.p);
        return 0;
}
