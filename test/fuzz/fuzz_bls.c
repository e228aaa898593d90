/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot entries: file names and os-release texts, two entries and three versions from one input, its parts separated by NUL. */
#include <stdlib.h>
#include <string.h>

#include "bls.h"

static void must(bool holds) {
        if (!holds)
                abort();
}

static int sign(int r) {
        return (r > 0) - (r < 0);
}

static struct span take(struct span *rest) {
        struct span part = { rest->p, 0 };

        while (part.n < rest->n && part.p[part.n] != 0)
                part.n++;
        if (part.n < rest->n)
                *rest = (struct span) { rest->p + part.n + 1, rest->n - part.n - 1 };
        else
                rest->n = 0;
        return part;
}

static void check_versions(struct span a, struct span b) {
        must(bls_version_compare(a, a) == 0);
        must(sign(bls_version_compare(a, b)) == -sign(bls_version_compare(b, a)));
        if (span_eq(a, b))
                must(bls_version_compare(a, b) == 0);
}

static bool inside(struct span part, struct span whole) {
        return part.n == 0 || (part.p >= whole.p && part.n <= whole.n && (size_t) (part.p - whole.p) <= whole.n - part.n);
}

static void open_entry(struct span osrel, struct span name, char *buf, size_t cap, struct bls_entry *ret) {
        bls_entry_open(osrel, name, buf, cap, ret);
        must(inside(ret->sort_key, osrel) && inside(ret->version, osrel));
        must(ret->id.n + ret->tries.len == name.n);
        for (size_t i = 0; i < ret->id.n; i++)
                must(ret->id.p[i] < 'A' || ret->id.p[i] > 'Z');
        must(memchr(ret->version.p ? ret->version.p : osrel.p, '\n', ret->version.n) == NULL);
}

static void check_lines(struct span text) {
        struct span rest = text, key, value;

        while (bls_next_line(&rest, &key, &value))
                must(key.n > 0 && value.n > 0 && inside(key, text) && inside(value, text) && key.p + key.n < value.p);
        (void) bls_entry_starts(text, "\\x.efi");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span rest = { data, size }, name_a, name_b, osrel_a, osrel_b;
        static char id_a[4096], id_b[4096];
        struct bls_entry a, b;

        if (size > sizeof(id_a))
                return 0;
        name_a = take(&rest);
        name_b = take(&rest);
        osrel_a = take(&rest);
        osrel_b = rest;
        check_versions(name_a, name_b);
        check_versions(osrel_a, name_a);
        check_lines((struct span) { data, size });
        open_entry(osrel_a, name_a, id_a, sizeof(id_a), &a);
        open_entry(osrel_b, name_b, id_b, sizeof(id_b), &b);
        must(bls_compare(&a, &a) == 0);
        must(sign(bls_compare(&a, &b)) == -sign(bls_compare(&b, &a)));
        if (a.tries.counted && a.tries.left == 0 && !(b.tries.counted && b.tries.left == 0))
                must(bls_compare(&a, &b) > 0);
        return 0;
}
