/* SPDX-License-Identifier: BSD-2-Clause */
#include "loaderline.h"

#include "contract.h"
#include "path.h"
#include "stubline.h"
#include "stubs.h"

/* "systemd-boot 252.39-1~deb12u2" */
static bool tells_lines(struct span info) {
        static const char head[] = "systemd-boot ";
        unsigned version = 0;

        if (!span_starts(info, head))
                return false;
        info = span_from(info, sizeof(head) - 1);
        for (size_t i = 0; i < info.n && i < 6 && info.p[i] >= '0' && info.p[i] <= '9'; i++)
                version = version * 10 + (unsigned) (info.p[i] - '0');
        return version >= STUB_OLDEST && version <= LOADERLINE_LAST;
}

/* It reads files: a section that is nothing but zeros of memory is empty to it. */
static struct span in_file(const struct pe *pe, const struct pe_section *s) {
        return s && s->raw_size > 0 ? pe_bytes(pe, s) : (struct span) { 0 };
}

/* It has an entry for each such file, with .osrel. */
static bool is_entry(struct span path, const struct pe *pe) {
        const struct span name = path_base(path), folder = { path.p, path.n - name.n };

        return span_eq_nocase(folder, span_of(DIR_IMAGES "\\")) && span_ends_nocase(name, ".efi") && !span_starts(name, ".") &&
               !span_starts(name, "auto-") && in_file(pe, pe_find(pe, ".osrel", 0)).n > 0;
}

/* It knows no profiles: of several sections the last one counts. */
static struct span line_of(const struct pe *pe) {
        const struct pe_section *last = NULL, *next = pe_find(pe, ".cmdline", 0);

        for (; next; next = pe_find(pe, ".cmdline", (size_t) (next - pe->sections) + 1))
                last = next;
        return in_file(pe, last);
}

bool loaderline_make(struct span info, struct span path, const struct pe *pe, struct text *ret) {
        const struct stubline rules = stubline_rules(LOADERLINE_LAST, false); /* the stub of that time has the same code */
        const struct span line = line_of(pe);

        if (!tells_lines(info) || !is_entry(path, pe) || line.n == 0)
                return false;
        stubline_section(&rules, line, ret);
        return !ret->cut;
}

bool loaderline_for_stub(const struct uki *uki, bool secure_boot, bool confidential, struct span options) {
        return !secure_boot && !confidential && uki->n_profiles == 0 && uki->profile == 0 && options.n > 0 &&
               !span_starts(options, "@");
}
