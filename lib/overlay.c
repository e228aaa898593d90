/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlay.h"

#include <string.h>

#include "overlay_inside.h"


static struct span trim_blanks(struct span s) {
        while (s.n > 0 && s.p[0] == ' ')
                s = (struct span) { s.p + 1, s.n - 1 };
        while (s.n > 0 && s.p[s.n - 1] == ' ')
                s.n--;
        return s;
}

bool overlay_begin(struct overlay *o, struct span signed_line, const struct policy *own, const struct policy *uki,
                   struct text *why) {
        memset(o, 0, sizeof(*o));
        o->own = own;
        o->uki = uki;
        o->signed_line = signed_line;
        o->line = TEXT_IN(o->text);
        o->splits = cmdline_find_dashes(signed_line, &o->dashes_at);
        if (cmdline_balanced(signed_line))
                return true;
        text_str(why, "the signed command line opens a quote and does not close it, so nothing can be added to it");
        return false;
}

static bool name_in(struct span line, struct span name) {
        struct cmdline_word w;

        while (cmdline_next(&line, &w))
                if (cmdline_name_eq(w.name, name))
                        return true;
        return false;
}

static bool admit_word(struct overlay *o, const struct cmdline_word *w, bool unauthenticated, struct text *why) {
        const struct policy_query q = {
                .word = *w,
                .again = name_in(text_span(&o->line), w->name),
                .in_signed = name_in(overlay_signed_parameters(o), w->name),
                .unauthenticated = unauthenticated,
        };

        if (!w->has_value && span_eq_str(w->name, "--")) {
                text_str(why, "\"--\" refused: what follows it would go to init, and an overlay has no say there");
                return false;
        }
        if (!o->own) {
                text_quoted(why, w->whole);
                text_str(why, " refused: ukiload has no policy, so nothing is allowed");
                return false;
        }
        return policy_admits(o->own, "", &q, why) && (!o->uki || policy_admits(o->uki, "the UKI's ", &q, why));
}

/* Words become visible to the next word's judgement at once, so that repeats inside one line count too. */
static bool append_words(struct overlay *o, struct span line, bool unauthenticated, struct text *why) {
        struct span rest = line;
        struct cmdline_word w;
        const size_t base = o->line.len > 0 ? o->line.len + 1 : 0;

        while (cmdline_next(&rest, &w)) {
                const size_t at = (size_t) (w.whole.p - line.p);

                if (!admit_word(o, &w, unauthenticated, why))
                        return false;
                if (o->n_words == OVERLAY_WORDS_MAX) {
                        text_quoted(why, w.whole);
                        text_str(why, " refused: it would be word 65 of the overlay; all addons together may add 64");
                        return false;
                }
                while (o->line.len < base + at)
                        text_char(&o->line, ' ');
                text_bytes(&o->line, w.whole);
                o->words[o->n_words].off = (uint16_t) (base + at);
                o->words[o->n_words++].len = (uint16_t) w.whole.n;
        }
        return true;
}

static bool may_add(const struct overlay *o, struct span line, bool unauthenticated, struct text *why) {
        const size_t before = o->line.len > 0 ? o->line.len + 1 : 0;

        if (line.n > ADDON_CMDLINE_MAX) {
                text_str(why, "its line has ");
                text_dec(why, line.n);
                text_str(why, " bytes; an addon may have 4096");
                return false;
        }
        if (!cmdline_bytes_ok(line, why))
                return false;
        if (!cmdline_balanced(o->signed_line)) {
                text_str(why, "the signed command line opens a quote and does not close it, so nothing can be added to it");
                return false;
        }
        if (!unauthenticated && o->n_words > o->n_signed_words) {
                text_str(why, "signed words must be added before those of a request");
                return false;
        }
        if (line.n > OVERLAY_BYTES_MAX || before + line.n > OVERLAY_BYTES_MAX) {
                text_str(why, "the overlay would have ");
                text_dec(why, before + line.n);
                text_str(why, " bytes; all addons together may add 1024");
                return false;
        }
        return true;
}

bool overlay_add(struct overlay *o, struct span line, bool unauthenticated, struct text *why) {
        const size_t n_words = o->n_words, len = o->line.len;

        line = trim_blanks(line);
        if (line.n == 0)
                return true;
        if (!may_add(o, line, unauthenticated, why))
                return false;
        if (!append_words(o, line, unauthenticated, why)) {
                memset(o->words + n_words, 0, (o->n_words - n_words) * sizeof(o->words[0]));
                memset(o->text + len, 0, sizeof(o->text) - len);
                o->n_words = n_words;
                o->line.len = len;
                return false;
        }
        if (!unauthenticated) {
                o->n_signed_words = o->n_words;
                o->signed_len = o->line.len;
        }
        return true;
}

/* systemd-stub puts one blank between parts that both hold something; before a `--` there is one already. */
static void join(struct text *line, struct span part) {
        if (line->len > 0 && part.n > 0 && line->p[line->len - 1] != ' ')
                text_char(line, ' ');
        text_bytes(line, part);
}

/* Returns where in line the stub's own words begin. */
static size_t write_line(const struct overlay *o, struct span extra, struct text *line) {
        const struct span overlay = text_span(&o->line);
        const size_t cut = o->splits && overlay.n > 0 ? o->dashes_at : o->signed_line.n;
        const struct span head = { o->signed_line.p, cut };
        const struct span tail = { cut < o->signed_line.n ? o->signed_line.p + cut : NULL, o->signed_line.n - cut };
        size_t at;

        text_bytes(line, head);
        join(line, overlay);
        join(line, tail);

        at = line->len;
        if (at > 0 && extra.n > 0)
                text_char(line, ' ');
        cmdline_normalise(extra, line);
        if (at > 0 && line->len == at + 1)
                line->p[line->len = at] = '\0';
        return at;
}

bool overlay_compose(const struct overlay *o, struct span extra, size_t max, struct text *ret_line, struct text *why) {
        struct span line, added;
        size_t at;

        text_clear(ret_line);
        at = write_line(o, extra, ret_line);
        line = text_span(ret_line);
        added = (struct span) { line.p + at, line.n - at };
        if (ret_line->cut || line.n > max) {
                text_str(why, "the command line would be longer than the ");
                text_dec(why, max);
                text_str(why, " bytes that the kernel takes; it is never cut");
        } else if (o->n_words == 0 || overlay_judge(o, added, line, why))
                return true;
        text_clear(ret_line);
        return false;
}
