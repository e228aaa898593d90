/* SPDX-License-Identifier: BSD-2-Clause */
#include "status.h"

#include <string.h>

#define ESCAPE_LEN 4u /* \xNN */

/* Whether s has an escape at `at`, and the byte that it stands for. */
static bool is_escape(struct span s, size_t at, uint8_t *ret) {
        struct span e;

        return span_sub(s, at, ESCAPE_LEN, &e) && span_starts(e, "\\x") && span_hex(span_from(e, 2), ret, 1);
}

/* Appends the byte of s at `at`, escaped if it must be, whole or not at all. */
static void put_byte(struct text *t, struct span s, size_t at) {
        char escape_buf[ESCAPE_LEN + 1];
        struct text escape = TEXT_IN(escape_buf);
        uint8_t ignored;

        if (s.p[at] >= 0x20 && s.p[at] <= 0x7e && !is_escape(s, at, &ignored)) {
                text_char(t, (char) s.p[at]);
                return;
        }
        text_str(&escape, "\\x");
        text_hex(&escape, span_between(s, at, at + 1));
        text_bytes(t, text_span(&escape));
}

static void put_escaped(struct text *t, struct span s) {
        for (size_t i = 0; i < s.n; i++)
                put_byte(t, s, i);
}

void status_begin(struct status *s) {
        s->len = s->n_lines_left = s->n_addons_left = 0;
}

/* A text over what is left of the buffer. Its NUL takes the place of the line feed, so that a line may fill the buffer to its
 * end. */
static struct text begin_line(struct status *s, const char *key) {
        static const struct text full = { .cut = true };
        struct text line;

        if (s->len == STATUS_MAX)
                return full;
        line = text_in(s->buf + s->len, STATUS_MAX - s->len);
        text_cat(&line, key, "=", NULL);
        return line;
}

static bool end_line(struct status *s, const struct text *line) {
        if (line->cut)
                return false;
        s->len += line->len;
        s->buf[s->len++] = '\n';
        return true;
}

void status_add(struct status *s, const char *key, struct span value) {
        struct text line = begin_line(s, key);

        if (!line.cut)
                put_escaped(&line, value);
        if (!end_line(s, &line))
                s->n_lines_left++;
}

void status_addon(struct status *s, const char *path, const char *verdict, const char *why) {
        struct text line = begin_line(s, "addon");

        if (!line.cut) {
                put_escaped(&line, span_of(path));
                text_cat(&line, " ", verdict, why[0] != 0 ? ": " : "", NULL);
                put_escaped(&line, span_of(why));
        }
        /* One that is left out ends the list: what is listed are always the first ones. */
        if (s->n_addons_left > 0 || !end_line(s, &line))
                s->n_addons_left++;
}

static void put_count(struct text *t, size_t n, const char *what) {
        text_dec(t, n);
        text_cat(t, " ", what, n == 1 ? "" : "s", NULL);
}

static void put_trailer(const struct status *s, struct text *t) {
        text_clear(t);
        text_str(t, "truncated=");
        if (s->n_lines_left > 0)
                put_count(t, s->n_lines_left, "line");
        if (s->n_lines_left > 0 && s->n_addons_left > 0)
                text_str(t, " and ");
        if (s->n_addons_left > 0)
                put_count(t, s->n_addons_left, "addon");
        text_str(t, " not listed\n");
}

static void drop_last_line(struct status *s) {
        size_t at = s->len - 1; /* its line feed */

        while (at > 0 && s->buf[at - 1] != '\n')
                at--;
        if (span_starts((struct span) { (const uint8_t *) s->buf + at, s->len - at }, "addon="))
                s->n_addons_left++;
        else
                s->n_lines_left++;
        s->len = at;
}

struct span status_span(struct status *s) {
        char trailer_buf[96];
        struct text trailer = TEXT_IN(trailer_buf);

        if (s->n_lines_left + s->n_addons_left > 0) {
                put_trailer(s, &trailer);
                while (s->len > STATUS_MAX - trailer.len) {
                        drop_last_line(s);
                        put_trailer(s, &trailer);
                }
                memcpy(s->buf + s->len, trailer.p, trailer.len);
        }
        return (struct span) { (const uint8_t *) s->buf, s->len + trailer.len };
}

bool status_next(struct span *rest, struct span *ret_key, struct span *ret_value) {
        while (rest->n > 0) {
                struct span line = { rest->p, 0 };
                size_t equals = 0;

                while (line.n < rest->n && line.p[line.n] != '\n')
                        line.n++;
                (void) span_sub(*rest, line.n, rest->n - line.n, rest);
                if (rest->n > 0)
                        (void) span_sub(*rest, 1, rest->n - 1, rest);
                while (equals < line.n && line.p[equals] != '=')
                        equals++;
                if (equals == line.n)
                        continue;
                *ret_key = span_between(line, 0, equals);
                *ret_value = span_from(line, equals + 1);
                return true;
        }
        return false;
}

void status_unescape(struct span value, struct text *ret) {
        for (size_t i = 0; i < value.n;) {
                uint8_t byte = value.p[i];

                i += is_escape(value, i, &byte) ? ESCAPE_LEN : 1;
                text_char(ret, (char) byte);
        }
}

/* How many bytes put_byte makes of the byte at `at`. */
static size_t shown_bytes(struct span s, size_t at) {
        uint8_t ignored;

        return s.p[at] >= 0x20 && s.p[at] <= 0x7e && !is_escape(s, at, &ignored) ? 1 : ESCAPE_LEN;
}

/* Where the first bytes of s end that fit into room. */
static size_t fits_front(struct span s, size_t room) {
        size_t at = 0;

        while (at < s.n && shown_bytes(s, at) <= room)
                room -= shown_bytes(s, at++);
        return at;
}

/* Where the last bytes of s begin that fit into room. */
static size_t fits_back(struct span s, size_t room) {
        size_t at = s.n;

        while (at > 0 && shown_bytes(s, at - 1) <= room)
                room -= shown_bytes(s, --at);
        return at;
}

/* Of a reason that does not fit the middle is left out: it begins with paths, which may be long, and ends with what is wrong and
 * what to do. */
static void put_reason(struct text *t, struct span reason, size_t room) {
        static const char left_out[] = "...";
        size_t front = fits_front(reason, room), back = reason.n;

        if (front < reason.n) {
                room -= sizeof(left_out) - 1;
                front = fits_front(reason, room / 3);
                back = fits_back(reason, room - room / 3);
        }
        for (size_t i = 0; i < front; i++)
                put_byte(t, reason, i);
        text_str(t, front < reason.n ? left_out : "");
        for (size_t i = back; i < reason.n; i++)
                put_byte(t, reason, i);
}

void last_format(struct span id, const char *result, struct span reason, struct text *ret) {
        text_clear(ret);
        text_str(ret, "id=");
        put_escaped(ret, id);
        text_cat(ret, "\nresult=", result, "\n", NULL);
        if (reason.n == 0)
                return;
        text_str(ret, "reason=");
        put_reason(ret, reason, ret->cap - ret->len - sizeof("\n"));
        text_char(ret, '\n');
}

bool last_field(struct span last, const char *key, struct text *ret) {
        struct span found, value;

        text_clear(ret);
        while (status_next(&last, &found, &value)) {
                if (!span_eq_str(found, key))
                        continue;
                status_unescape(value, ret);
                if (!ret->cut)
                        return true;
                text_clear(ret);
                return false;
        }
        return false;
}
