/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader_line.h"

#include "loaderline.h"
#include "measure.h"
#include "vars.h"

/* LoaderInfo as ASCII. Only what is volatile was made in this boot. */
static void loader_info(struct text *ret) {
        static const EFI_GUID guid = LOADER_GUID;
        struct var v;

        if (vars_get(L"LoaderInfo", &guid, &v) != EFI_SUCCESS)
                return;
        for (size_t i = 0; v.attributes == VARS_BS_RT && i + 1 < v.data.n && v.data.p[i] && v.data.p[i + 1] == 0; i += 2)
                text_char(ret, (char) v.data.p[i]);
        vars_free(&v);
}

void loader_line_find(struct boot *b) {
        char buf[128];
        struct text info = TEXT_IN(buf), told = TEXT_IN(b->told_buf);

        if (!b->named.name[0]) /* of other disks it knows nothing */
                loader_info(&info);
        b->is_told = loaderline_make(text_span(&info), span_of(b->start_path), &b->pe, &told);
        b->told = text_span(&told);
}

void loader_line_measure(const struct boot *b) {
        if (b->is_told)
                (void) measure_options(b->told);
}

struct span loader_line_for_stub(const struct boot *b) {
        if (b->is_told && loaderline_for_stub(&b->plan.uki, b->trust.secure_boot, b->confidential, b->told))
                return b->told;
        return (struct span) { 0 };
}
