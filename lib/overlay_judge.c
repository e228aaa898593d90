/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlay_inside.h"

static bool take(bool early, struct span *rest, struct span *ret) {
        struct cmdline_word w;

        if (early)
                return cmdline_next_early(rest, ret);
        if (!cmdline_next(rest, &w))
                return false;
        *ret = w.whole;
        return true;
}

/* want comes next in *line, byte for byte. */
static bool expect(bool early, struct span want, struct span *line, struct text *why) {
        struct span have;

        if (take(early, line, &have) && span_eq(want, have))
                return true;
        text_quoted(why, want);
        text_cat(why, " would not stand unchanged in the composed line as ", early ? "the kernel's early scan" : "the kernel",
                 " reads it", NULL);
        return false;
}

static bool expect_all(bool early, struct span part, struct span *line, struct text *why) {
        struct span want;

        while (take(early, &part, &want))
                if (!expect(early, want, line, why))
                        return false;
        return true;
}

/* The signed line is cut as a whole, not in the two pieces around the overlay: where the tokenizers disagree about the place,
 * a piece would look sound and the line is not. */
static bool same_words(const struct overlay *o, bool early, struct span extra, struct span line, struct text *why) {
        const size_t cut = o->splits ? o->dashes_at : o->signed_line.n;
        struct span rest = o->signed_line, want;
        bool placed = false;

        while (take(early, &rest, &want)) {
                if (!placed && (size_t) (want.p - o->signed_line.p) >= cut) {
                        placed = true;
                        if (!expect_all(early, text_span(&o->line), &line, why))
                                return false;
                }
                if (!expect(early, want, &line, why))
                        return false;
        }
        if (!placed && !expect_all(early, text_span(&o->line), &line, why))
                return false;
        if (!expect_all(early, extra, &line, why))
                return false;
        if (!take(early, &line, &want))
                return true;
        text_quoted(why, want);
        text_str(why, " would appear in the composed line without standing in any of its parts");
        return false;
}

bool overlay_judge(const struct overlay *o, struct span extra, struct span line, struct text *why) {
        return same_words(o, false, extra, line, why) && same_words(o, true, extra, line, why);
}
