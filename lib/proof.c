/* SPDX-License-Identifier: BSD-2-Clause */
#include "proof.h"

#include <string.h>

#include "path.h"

static bool name_before(struct span a, const char *b) {
        const size_t b_n = strlen(b), n = a.n < b_n ? a.n : b_n;
        const int r = memcmp(a.p, b, n);

        return r != 0 ? r < 0 : a.n < b_n;
}

void proof_take(struct proof_names *names, struct span name) {
        size_t at = names->n;

        if (!path_is_stub_addon(name) || name.n >= PROOF_NAME_BYTES)
                return;
        if (names->n == PLAN_ADDONS_MAX) {
                names->full = true;
                return;
        }
        for (; at > 0 && name_before(name, names->name[at - 1]); at--)
                memcpy(names->name[at], names->name[at - 1], PROOF_NAME_BYTES);
        memcpy(names->name[at], name.p, name.n);
        names->name[at][name.n] = '\0';
        names->n++;
}

static const struct plan_addon *next_admitted(const struct proof *p, size_t *ret_at) {
        for (size_t i = p->at; i < p->n; i++)
                if (p->addons[i].verdict == PLAN_ADMITTED) {
                        *ret_at = i;
                        return &p->addons[i];
                }
        return NULL;
}

/* A picked addon is shown with `~` in front, so that it sorts last. */
static bool is_shown_as(const struct plan_addon *a, struct span name) {
        struct span own = path_base(span_of(a->path));

        while (a->origin == PLAN_PICKED && name.n > own.n && name.p[0] == '~')
                name = span_from(name, 1);
        return span_eq(name, own);
}

bool proof_seen(struct proof *p, bool global, struct span name, struct span bytes, struct text *why) {
        size_t at;
        const struct plan_addon *next = next_admitted(p, &at);

        if (!next || (next->origin == PLAN_GLOBAL) != global || !is_shown_as(next, name)) {
                text_shown(why, name, PROOF_NAME_BYTES);
                text_cat(why, global ? " would be taken from " DIR_ADDONS : " would be taken from the image's own folder",
                         ", and the plan admits ", next ? next->path : "nothing", " there", NULL);
                return false;
        }
        if (!span_eq(bytes, next->file)) {
                text_cat(why, next->path, " would be taken with other bytes than those that were validated", NULL);
                return false;
        }
        p->at = at + 1;
        return true;
}

bool proof_end(const struct proof *p, struct text *why) {
        size_t at;
        const struct plan_addon *next = next_admitted(p, &at);

        if (next)
                text_cat(why, next->path, ", which the plan admits, would not be found", NULL);
        return !next;
}

/* The next bytes of line are the character c in UTF-8. */
static bool eat(struct span *line, unsigned c) {
        uint8_t utf8[3];
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;

        utf8[0] = (uint8_t) (n == 1 ? c : n == 2 ? 0xc0 | c >> 6 : 0xe0 | c >> 12);
        utf8[1] = (uint8_t) (0x80 | (n == 2 ? c : c >> 6) % 64);
        utf8[2] = (uint8_t) (0x80 | c % 64);
        if (line->n < n || memcmp(line->p, utf8, n) != 0)
                return false;
        *line = (struct span) { line->p + n, line->n - n };
        return true;
}

bool proof_options(struct span ucs2, struct span line) {
        for (size_t i = 0; i + 1 < ucs2.n; i += 2) {
                unsigned c = (unsigned) ucs2.p[i] | (unsigned) ucs2.p[i + 1] << 8;

                if (c == 0 || c == '\n')
                        break;
                if (!eat(&line, c))
                        return false;
        }
        return line.n == 0;
}

static bool lies_in(struct span piece, struct span file) {
        return piece.n > 0 && file.n > 0 && piece.p >= file.p && piece.p < file.p + file.n;
}

static bool is_same(struct span a, struct span b) {
        return a.p == b.p && a.n == b.n;
}

static bool is_of_an_addon(struct span piece, const struct plan_addon *addons, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (lies_in(piece, addons[i].file))
                        return true;
        return false;
}

/* Takes `want` out of the list at or behind *at; what is passed over must not be of an addon. */
static bool find_piece(const struct initrd *list, struct span want, const struct plan_addon *addons, size_t n, size_t *at) {
        while (want.n > 0) {
                if (*at == list->n)
                        return false;
                if (is_same(list->piece[(*at)++], want))
                        break;
                if (is_of_an_addon(list->piece[*at - 1], addons, n))
                        return false;
        }
        return true;
}

bool proof_initrd(const struct initrd *list, const struct plan *plan, const struct plan_addon *addons, size_t n,
                  struct text *why) {
        size_t at = 0;
        bool ok = true;

        for (size_t i = n; ok && i-- > 0;)
                ok = addons[i].verdict != PLAN_ADMITTED || find_piece(list, addons[i].addon.ucode, addons, n, &at);
        ok = ok && find_piece(list, plan->uki.section[UKI_INITRD], addons, n, &at);
        for (size_t i = 0; ok && i < n; i++)
                ok = addons[i].verdict != PLAN_ADMITTED || find_piece(list, addons[i].addon.initrd, addons, n, &at);
        for (; ok && at < list->n; at++)
                ok = !is_of_an_addon(list->piece[at], addons, n);
        if (!ok)
                text_str(why, "the pieces of its initrd are not those of the image and of the admitted addons, in their order");
        return ok;
}

bool proof_initrd_bytes(const struct initrd *list, struct span read) {
        struct span part;

        for (size_t i = 0; initrd_part(list, i, &part); i++) {
                if (read.n < part.n || (part.n > 0 && memcmp(read.p, part.p, part.n) != 0))
                        return false;
                read = span_from(read, part.n);
        }
        return read.n == 0;
}
