/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlay.h"

#include <string.h>

#include "overlay_inside.h"
#include "stubs.h"

static bool signed_line_closes(struct span signed_line, struct text *why) {
        if (cmdline_balanced(signed_line))
                return true;
        text_str(why, "the signed command line opens a quote and does not close it, so nothing can be added to it");
        return false;
}

bool overlay_begin(struct overlay *o, struct span signed_line, const struct policy *own, const struct policy *uki,
                   struct text *why) {
        memset(o, 0, sizeof(*o));
        o->own = own;
        o->uki = uki;
        o->signed_line = signed_line;
        o->stub = stubline_rules(STUB_MODEL, false);
        o->line = TEXT_IN(o->text);
        o->splits = cmdline_find_dashes(signed_line, &o->dashes_at);
        return signed_line_closes(signed_line, why);
}

static bool name_in(struct span line, struct span name) {
        struct cmdline_word w;

        while (cmdline_next(&line, &w))
                if (cmdline_name_eq(w.name, name))
                        return true;
        return false;
}

/* Where pattern begins in the word at or behind its second byte; 0: nowhere. */
static size_t find_inside(struct span word, struct span pattern) {
        for (size_t i = 1; i + pattern.n <= word.n; i++)
                if (memcmp(word.p + i, pattern.p, pattern.n) == 0)
                        return i;
        return 0;
}

bool overlay_word_ok(const struct cmdline_word *w, struct text *why) {
        static const char searched[][8] = { "initrd=", "dtb=" };

        if (!w->has_value && span_eq_str(w->name, "--")) {
                text_str(why, "what follows it would go to init, and an overlay has no say there");
                return false;
        }
        for (size_t i = 0; i < sizeof(searched) / sizeof(searched[0]); i++) {
                if (find_inside(w->whole, span_of(searched[i])) == 0)
                        continue;
                text_cat(why, "the kernel's EFI stub searches the whole line for \"", searched[i],
                         "\" and would load the file named behind it; no rule can allow that inside another word", NULL);
                return false;
        }
        return true;
}

static bool admit_word(struct overlay *o, const struct cmdline_word *w, bool unauthenticated, struct text *why) {
        const struct policy_query q = {
                .word = *w,
                .again = name_in(text_span(&o->line), w->name),
                .in_signed = name_in(overlay_signed_parameters(o), w->name),
                .unauthenticated = unauthenticated,
        };

        char buf[256];
        struct text clause = TEXT_IN(buf);

        if (!overlay_word_ok(w, &clause)) {
                text_quoted(why, w->whole);
                text_cat(why, " refused: ", buf, NULL);
                return false;
        }
        if (!o->own) {
                text_quoted(why, w->whole);
                text_str(why, " refused: ukiload has no policy, so nothing is allowed");
                return false;
        }
        return policy_admits(o->own, false, &q, why) && (!o->uki || policy_admits(o->uki, true, &q, why));
}

/* What the stub takes for a blank and a person may well have typed; any other control byte is refused, though the stub would take
 * it for one too. */
static bool is_blank(const struct overlay *o, uint8_t c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || (c == 0x7f && stubline_blank(&o->stub, c));
}

/* An addon's text, cut in three; the middle with its blanks made plain. */
struct parts {
        size_t front, n, back; /* bytes of blanks, of the middle, of blanks */
        struct text line;
        char buf[OVERLAY_BYTES_MAX + 1];
};

static void take_apart(const struct overlay *o, struct span s, struct parts *ret) {
        ret->front = ret->back = 0;
        ret->line = TEXT_IN(ret->buf);
        while (s.n > 0 && is_blank(o, s.p[0])) {
                ret->front++;
                s = span_from(s, 1);
        }
        while (s.n > 0 && is_blank(o, s.p[s.n - 1])) {
                ret->back++;
                s.n--;
        }
        ret->n = s.n;
        for (size_t i = 0; i < s.n; i++)
                text_char(&ret->line, is_blank(o, s.p[i]) ? ' ' : (char) s.p[i]);
}

/* How many blanks come between what there is and this text. */
static size_t blanks_before(const struct overlay *o, size_t front, bool unauthenticated) {
        if (unauthenticated || !o->stub.joins_raw)
                return o->line.len > 0 ? 1 + (unauthenticated ? 0 : o->held) : 0;
        return o->line.len == 0 && !o->stub.keeps_front ? 0 : o->held + o->begun + front;
}

/* A text of blanks only still moves its neighbours apart. */
static void hold_blanks(struct overlay *o, size_t blanks) {
        if (o->stub.joins_raw) {
                o->held += o->begun + blanks;
                o->begun |= blanks > 0;
        } else
                o->held += o->begun;
}

void overlay_next_folder(struct overlay *o) {
        if (!o->stub.per_folder)
                return;
        o->first_folder_len = o->line.len;
        o->held = o->line.len > 0 ? 1 : 0;
        o->begun = false;
}

/* Words become visible to the next word's judgement at once, so that repeats inside one line count too. */
static bool append_words(struct overlay *o, struct span line, size_t base, bool unauthenticated, struct text *why) {
        struct span rest = line;
        struct cmdline_word w;

        while (cmdline_next(&rest, &w)) {
                const size_t at = (size_t) (w.whole.p - line.p);

                if (!admit_word(o, &w, unauthenticated, why))
                        return false;
                if (o->n_words == OVERLAY_WORDS_MAX) {
                        text_quoted(why, w.whole);
                        text_str(why, " refused: it would be one word too many: all addons together may add " LIMIT_TEXT(
                                              OVERLAY_WORDS_MAX));
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

static bool may_add(const struct overlay *o, const struct parts *parts, size_t base, bool unauthenticated, struct text *why) {
        if (!cmdline_bytes_ok(text_span(&parts->line), why))
                return false;
        if (!signed_line_closes(o->signed_line, why))
                return false;
        if (!unauthenticated && o->n_words > o->n_signed_words) {
                text_str(why, "signed words must be added before those of a request");
                return false;
        }
        if (base + parts->n > OVERLAY_BYTES_MAX) {
                text_str(why, "the overlay would have ");
                text_dec(why, base + parts->n);
                text_str(why, " bytes, and all addons together may have " LIMIT_TEXT(OVERLAY_BYTES_MAX));
                return false;
        }
        return true;
}

static bool add_line(struct overlay *o, const struct parts *parts, bool unauthenticated, struct text *why) {
        const size_t n_words = o->n_words, len = o->line.len;
        const size_t base = len + blanks_before(o, parts->front, unauthenticated);

        if (!may_add(o, parts, base, unauthenticated, why))
                return false;
        if (append_words(o, text_span(&parts->line), base, unauthenticated, why))
                return true;
        memset(o->words + n_words, 0, (o->n_words - n_words) * sizeof(o->words[0]));
        memset(o->text + len, 0, sizeof(o->text) - len);
        o->n_words = n_words;
        o->line.len = len;
        return false;
}

bool overlay_add(struct overlay *o, struct span line, bool unauthenticated, struct text *why) {
        struct parts parts;

        if (line.n > ADDON_CMDLINE_MAX) {
                text_str(why, "its line has ");
                text_dec(why, line.n);
                text_str(why, " bytes; an addon may have " LIMIT_TEXT(ADDON_CMDLINE_MAX));
                return false;
        }
        take_apart(o, line, &parts);
        if (parts.line.len > 0 && !add_line(o, &parts, unauthenticated, why))
                return false;
        if (unauthenticated)
                return true;
        if (parts.line.len == 0) {
                hold_blanks(o, parts.front);
                return true;
        }
        o->held = o->stub.joins_raw ? parts.back : 0;
        o->begun = true;
        o->n_signed_words = o->n_words;
        o->signed_len = o->line.len;
        return true;
}

/* What systemd-stub adds from SMBIOS by itself. Where it does not look whether there is a line, it prints a missing one as its
 * printf does. */
static void write_extra(const struct overlay *o, struct span extra, struct text *line) {
        const size_t at = line->len;

        if (extra.n == 0)
                return;
        if (o->stub.raw_smbios && at == 0 && o->no_section)
                text_str(line, "(null)");
        if (o->stub.raw_smbios || at > 0)
                text_char(line, ' ');
        stubline_smbios(&o->stub, extra, line);
        if (!o->stub.raw_smbios && at > 0 && line->len == at + 1)
                line->p[line->len = at] = '\0';
}

/* The signed line, the overlay at its end or before its `--`, the stub's own words; systemd-stub puts one blank between parts
 * that both hold something, and before a `--` there is one already. Returns where in line the stub's own words begin. */
static size_t write_line(const struct overlay *o, struct span extra, struct text *line) {
        const struct span overlay = text_span(&o->line);
        const size_t cut = o->splits && overlay.n > 0 ? o->dashes_at : o->signed_line.n;
        const struct span head = { o->signed_line.p, cut };
        const struct span tail = { cut < o->signed_line.n ? o->signed_line.p + cut : NULL, o->signed_line.n - cut };
        const bool has_blank = tail.n > 0 && head.n > 0 && head.p[head.n - 1] == ' ';
        size_t at;

        text_bytes(line, head);
        if (head.n > 0 && overlay.n > 0 && !has_blank)
                text_char(line, ' ');
        text_bytes(line, overlay);
        if (tail.n > 0)
                text_char(line, ' ');
        text_bytes(line, tail);
        at = line->len;
        write_extra(o, extra, line);
        return at;
}

bool overlay_compose(const struct overlay *o, struct span extra, size_t max, struct text *ret_line, struct text *why) {
        struct span line, added;
        size_t at;

        text_clear(ret_line);
        at = write_line(o, extra, ret_line);
        line = text_span(ret_line);
        added = span_from(line, at);
        if (ret_line->cut || line.n > max) {
                text_str(why, "the command line would be longer than the ");
                text_dec(why, max);
                text_str(why, " bytes that the kernel takes; it is never cut");
        } else if (o->n_words == 0 || overlay_judge(o, added, line, why))
                return true;
        text_clear(ret_line);
        return false;
}
