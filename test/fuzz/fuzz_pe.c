/* SPDX-License-Identifier: BSD-2-Clause */
/* Whatever opens has one meaning: its sections lie in the file, apart from each other, and are the same bytes when firmware has
 * loaded them; what is hashed is as much as all but the checksum, the directory entry and the certificates; a section appended to
 * it changes no other. */
#include "pe_write.h"
#include "views.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pe file, image, appended;

/* The one pair that may overlap in memory (see pe_sections.c); there only .sbat is damaged. */
static bool may_differ(const struct pe_section *s) {
        return pe_named(s, ".sbat");
}

static bool apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size) {
        return a_size == 0 || b_size == 0 || a + a_size <= b || b + b_size <= a;
}

static void check_sections(void) {
        for (size_t i = 0; i < file.n_sections; i++) {
                const struct pe_section *s = &file.sections[i];
                struct span bytes = pe_bytes(&file, s);

                MUST(bytes.n <= s->vsize && bytes.n <= s->raw_size);
                MUST(bytes.n == 0 || (bytes.p == file.bytes.p + s->raw_off && s->raw_off + bytes.n <= file.bytes.n));
                MUST(apart(0, file.size_of_headers, s->raw_off, s->raw_size));
                MUST(apart(0, file.size_of_headers, s->vaddr, s->vsize));
                MUST(apart(file.cert_off, file.cert_size, s->raw_off, s->raw_size));
                MUST(strlen(s->name) <= 8 && pe_count(&file, s->name) >= 1);
                for (size_t j = 0; j < i; j++) {
                        const struct pe_section *t = &file.sections[j];

                        MUST(apart(s->raw_off, s->raw_size, t->raw_off, t->raw_size));
                        MUST(apart(s->vaddr, s->vsize, t->vaddr, t->vsize) || (may_differ(t) && pe_named(s, ".sdmagic")));
                }
        }
}

static void check_hashed(void) {
        struct pe_hashed h;
        size_t sum = 0;

        pe_hashed_ranges(&file, &h);
        MUST(h.n >= 1 && h.n <= PE_SECTIONS_MAX + 4);
        for (size_t i = 0; i < h.n; i++) {
                MUST(h.range[i].p >= file.bytes.p && h.range[i].p + h.range[i].n <= file.bytes.p + file.bytes.n);
                sum += h.range[i].n;
        }
        MUST(sum == file.bytes.n - 4 - (file.cert_dir_off > 0 ? 8 : 0) - file.cert_size);
}

static void check_loaded(void) {
        MUST(image.mapped && image.n_sections == file.n_sections);
        for (size_t i = 0; i < file.n_sections; i++) {
                struct span a = pe_bytes(&file, &file.sections[i]), b = pe_bytes(&image, &image.sections[i]);

                MUST(b.n == file.sections[i].vsize && a.n <= b.n);
                if (may_differ(&file.sections[i]))
                        continue;
                MUST(a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
                for (size_t at = a.n; at < b.n; at++)
                        MUST(b.p[at] == 0);
        }
}

static void check_append(void) {
        static uint8_t out[256 * 1024];
        const struct pe_write_section section = { .name = ".ukipol", .data = { (const uint8_t *) "@version 1\n", 11 } };
        char buf[384];
        struct text why = TEXT_IN(buf);
        const struct pe_section *last;
        size_t n;

        if (!pe_append_section(file.bytes, &section, out, sizeof(out), &n, &why)) {
                MUST(why.len > 0);
                return;
        }
        MUST(pe_open_file((struct span) { out, n }, &appended, &why));
        last = &appended.sections[appended.n_sections - 1];
        MUST(pe_named(last, ".ukipol") && span_eq(pe_bytes(&appended, last), section.data));
        MUST(appended.n_sections - file.n_sections == (pe_count(&file, ".ukipol") == 0));
        for (size_t i = 0; i + 1 < appended.n_sections; i++)
                MUST(span_eq(pe_bytes(&file, &file.sections[i]), pe_bytes(&appended, &appended.sections[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span bytes = { data, size }, memory;
        char buf[384];
        struct text why = TEXT_IN(buf);

        if (open_views(bytes, &file, &image, &memory))
                check_loaded();
        close_views(memory);
        if (pe_open_file(bytes, &file, &why)) {
                check_sections();
                check_hashed();
                check_append();
        }
        text_clear(&why);
        if (pe_open_image(bytes, &image, &why)) /* bytes that no loader made must do no harm either */
                for (size_t i = 0; i < image.n_sections; i++) {
                        struct span s = pe_bytes(&image, &image.sections[i]);

                        MUST(s.n == 0 || (s.p >= data && s.p + s.n <= data + size));
                }
        return 0;
}
