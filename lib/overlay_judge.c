/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlay_judge.h"

static bool take(bool early, struct span *rest, struct span *ret) {
        struct cmdline_word w;

        if (early)
                return cmdline_next_early(rest, ret);
        if (!cmdline_next(rest, &w))
                return false;
        *ret = w.whole;
        return true;
}

/* Every word of part comes next in *rest, byte for byte. */
static bool follows(bool early, struct span part, struct span *rest, struct text *why) {
        struct span want, have;

        while (take(early, &part, &want)) {
                if (take(early, rest, &have) && span_eq(want, have))
                        continue;
                text_quoted(why, want);
                text_cat(why, " would not stand unchanged in the composed line as ",
                         early ? "the kernel's early scan" : "the kernel", " reads it", NULL);
                return false;
        }
        return true;
}

static bool same_words(const struct overlay *o, bool early, struct span extra, struct span line, struct text *why) {
        const size_t cut = o->splits ? o->dashes_at : o->signed_line.n;
        const struct span head = { o->signed_line.p, cut };
        const struct span tail = { cut < o->signed_line.n ? o->signed_line.p + cut : NULL, o->signed_line.n - cut };
        struct span more;

        if (!follows(early, head, &line, why) || !follows(early, text_span(&o->line), &line, why) ||
            !follows(early, tail, &line, why) || !follows(early, extra, &line, why))
                return false;
        if (!take(early, &line, &more))
                return true;
        text_quoted(why, more);
        text_str(why, " would appear in the composed line without standing in any of its parts");
        return false;
}

bool overlay_judge(const struct overlay *o, struct span extra, struct span line, struct text *why) {
        return same_words(o, false, extra, line, why) && same_words(o, true, extra, line, why);
}
