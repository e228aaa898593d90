/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlay_inside.h"

static struct span word_at(const struct overlay *o, size_t i) {
        return (struct span) { (const uint8_t *) o->text + o->words[i].off, o->words[i].len };
}

struct span overlay_signed_parameters(const struct overlay *o) {
        return (struct span) { o->signed_line.p, o->splits ? o->dashes_at : o->signed_line.n };
}

/* What @require asks, seen word by word in the order in which the kernel reads them. */
struct requirement {
        struct span word;
        struct cmdline_word parsed;
        struct span loser; /* the last word that took it back; empty: none */
        bool met;
};

/* The last one wins in the kernel; `console=` is the exception that adds up. */
static void see_word(struct requirement *req, const struct cmdline_word *w, bool authentic) {
        if (span_eq(w->whole, req->word)) {
                if (authentic)
                        req->met = true;
        } else if (cmdline_name_eq(w->name, req->parsed.name) && !span_eq_str(w->name, "console")) {
                req->met = false;
                req->loser = w->whole;
        }
}

static bool met(const struct overlay *o, struct span word, struct requirement *req) {
        struct span rest = word;
        struct cmdline_word w;

        *req = (struct requirement) { .word = word };
        if (!cmdline_next(&rest, &req->parsed))
                return false;
        rest = overlay_signed_parameters(o);
        while (cmdline_next(&rest, &w))
                see_word(req, &w, true);
        for (size_t i = 0; i < o->n_words; i++) {
                rest = word_at(o, i);
                if (cmdline_next(&rest, &w))
                        see_word(req, &w, i < o->n_signed_words);
        }
        return req->met;
}

static bool requirements_of(const struct overlay *o, const struct policy *pol, bool of_uki, struct text *why) {
        for (size_t i = 0; pol && i < pol->n_require; i++) {
                struct requirement req;

                if (met(o, pol->require[i].word, &req))
                        continue;
                text_quoted(why, pol->require[i].word);
                text_str(why, " is required by policy line ");
                text_dec(why, pol->require[i].line);
                text_str(why, of_uki ? " of the UKI" : "");
                if (req.loser.n > 0) {
                        text_str(why, ", but ");
                        text_quoted(why, req.loser);
                        text_str(why, " comes later and the last one holds");
                } else
                        text_str(why, ", but stands neither in the signed command line nor in a signed addon");
                return false;
        }
        return true;
}

bool overlay_requirements(const struct overlay *o, struct text *why) {
        return requirements_of(o, o->own, false, why) && requirements_of(o, o->uki, true, why);
}
