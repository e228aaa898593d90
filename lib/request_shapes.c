/* SPDX-License-Identifier: BSD-2-Clause */
#include "request_inside.h"

#include <string.h>

#include "loadopt.h"

/* UCS-2 text in raw bytes: the units [from, to). */
struct units {
        struct span raw;
        size_t from, to;
};

static unsigned unit(const struct units *u, size_t i) {
        return (unsigned) u->raw.p[2 * i] | (unsigned) u->raw.p[2 * i + 1] << 8;
}

/* Everything up to the first NUL; firmware may have put a GUID or another string behind it. */
static struct units units_of(struct span raw) {
        struct units u = { .raw = raw };

        while (u.to < raw.n / 2 && unit(&u, u.to) != 0)
                u.to++;
        return u;
}

static bool unit_is_letter(const struct units *u, size_t i, char lower) {
        unsigned c = unit(u, i);

        return c == (unsigned) lower || c + ('a' - 'A') == (unsigned) lower;
}

static void skip_blanks(struct units *u) {
        while (u->from < u->to && unit(u, u->from) == ' ')
                u->from++;
}

static void drop_blanks(struct units *u) {
        while (u->to > u->from && unit(u, u->to - 1) == ' ')
                u->to--;
}

static size_t word_end(const struct units *u, size_t at) {
        while (at < u->to && unit(u, at) != ' ')
                at++;
        return at;
}

static bool word_has(const struct units *u, size_t at, size_t end, char c) {
        while (at < end && unit(u, at) != (unsigned) c)
                at++;
        return at < end;
}

static bool word_is_efi_file(const struct units *u, size_t at, size_t end) {
        return end - at >= 4 && unit(u, end - 4) == '.' && unit_is_letter(u, end - 3, 'e') && unit_is_letter(u, end - 2, 'f') &&
               unit_is_letter(u, end - 1, 'i') && !word_has(u, at, end, '=');
}

/* A device path with blanks in it was cut into words: it ends where its `.efi` ends, if that comes before anything that cannot
 * be a part of it. */
static size_t path_end(const struct units *u, size_t first_end) {
        size_t at = first_end;

        while (at < u->to) {
                size_t end;

                while (at < u->to && unit(u, at) == ' ')
                        at++;
                end = word_end(u, at);
                if (at == end || unit(u, at) == '@' || word_has(u, at, end, '='))
                        break;
                if (word_is_efi_file(u, at, end))
                        return end;
                at = end;
        }
        return first_end;
}

/* Some firmware, and every shell, puts the path of the started image in front of its arguments. */
static bool cut_own_path(struct units *u) {
        size_t end;

        skip_blanks(u);
        end = word_end(u, u->from);
        if (word_is_efi_file(u, u->from, end))
                u->from = end;
        else if (u->from < end && (unit(u, u->from) == '\\' || unit(u, u->from) == '/'))
                u->from = path_end(u, end);
        else
                return false;
        return true;
}

/* systemd-boot joins its own words to an entry's options by one blank. */
static bool cut_tail(struct units *u, struct span tail) {
        size_t at;

        if (tail.n == 0 || tail.n > u->to - u->from)
                return false;
        at = u->to - tail.n;
        for (size_t i = 0; i < tail.n; i++)
                if (unit(u, at + i) != tail.p[i])
                        return false;
        if (at > u->from && unit(u, at - 1) != ' ')
                return false;
        u->to = at;
        return true;
}

/* Whole device paths, and nothing behind the last one. */
static bool are_device_paths(struct span list) {
        bool whole = list.n > 0;

        while (whole && list.n > 0)
                whole = loadopt_next_path(&list);
        return whole;
}

/* A whole EFI_LOAD_OPTION, as some Dell firmware gives it: behind it is what should have been all. */
static bool open_load_option(struct span raw, struct span *ret_optional) {
        struct span paths, optional;

        if (!loadopt_open(raw, &paths, &optional) || !are_device_paths(paths))
                return false;
        *ret_optional = optional;
        return true;
}

static bool is_windows(struct span raw) {
        static const uint8_t ucs2[] = { 'W', 0, 'I', 0, 'N', 0, 'D', 0, 'O', 0, 'W', 0, 'S', 0 };
        struct span head;

        return span_starts(raw, "WINDOWS") || (span_sub(raw, 0, sizeof(ucs2), &head) && memcmp(head.p, ucs2, sizeof(ucs2)) == 0);
}

/* Why these bytes cannot be text at all, or NULL. */
static const char *shape_fault(struct span raw) {
        if (is_windows(raw))
                return "are Windows' boot data";
        if (raw.n % 2 != 0)
                return "have an odd number of bytes and so are no UCS-2 text";
        if (raw.p[0] == 0 && raw.p[1] == 0)
                return "begin with a NUL";
        return NULL;
}

/* Every unit is printable ASCII. False with a clause about `what` that shows the first one that is not. */
static bool check_printable(const struct units *u, const char *what, struct text *why) {
        for (size_t i = u->from; i < u->to; i++) {
                unsigned c = unit(u, i);
                const uint8_t shown[2] = { (uint8_t) (c >> 8), (uint8_t) c };

                if (c >= 0x20 && c <= 0x7e)
                        continue;
                text_cat(why, what, " U+", NULL);
                text_hex(why, (struct span) { shown, sizeof(shown) });
                text_str(why, ", which is not printable ASCII");
                return false;
        }
        return true;
}

/* Copies the text and reads it. */
static enum request_kind read_units(const struct units *u, struct request *ret, struct text *why) {
        size_t n = u->to - u->from;

        if (n > REQUEST_CHARS_MAX) {
                text_str(why, "a request of ");
                text_dec(why, n);
                text_str(why, " characters is too long: at most " LIMIT_TEXT(REQUEST_CHARS_MAX) " are accepted");
                return REQUEST_BAD;
        }
        for (size_t i = 0; i < n; i++)
                ret->text[i] = (char) unit(u, u->from + i);
        ret->text_len = n;
        return request_read_text(ret, why) ? REQUEST_OK : REQUEST_BAD;
}

static void clear(struct request *ret) {
        memset(ret, 0, sizeof(*ret));
        ret->words = TEXT_IN(ret->words_buf);
}

enum request_kind request_from_options(struct span raw, struct span tail, struct request *ret, struct text *why) {
        const char *fault;
        struct units u;

        clear(ret);
        if (raw.n == 0 || (open_load_option(raw, &raw) && raw.n == 0))
                return REQUEST_NONE;
        fault = shape_fault(raw);
        if (fault) {
                text_cat(why, "the load options ", fault, NULL);
                return REQUEST_NONE;
        }
        u = units_of(raw);
        ret->cut_tail = cut_tail(&u, tail);
        if (!check_printable(&u, "the load options hold", why))
                return REQUEST_NONE;
        ret->cut_path = cut_own_path(&u);
        skip_blanks(&u);
        drop_blanks(&u);
        return u.from == u.to ? REQUEST_NONE : read_units(&u, ret, why);
}

/* Why the variable's bytes are not exactly one text, or NULL. */
static const char *variable_fault(struct span raw, const struct units *u) {
        if (raw.n == 0)
                return "the variable is empty";
        if (raw.n % 2 != 0)
                return "the variable has an odd number of bytes and so is no UCS-2 text";
        if (u->to == raw.n / 2)
                return "the variable does not end with a NUL";
        if (u->to + 1 != raw.n / 2)
                return "the variable goes on behind a NUL";
        return NULL;
}

enum request_kind request_from_variable(struct span raw, struct request *ret, struct text *why) {
        struct units u = units_of(raw);
        const char *fault = variable_fault(raw, &u);

        clear(ret);
        if (fault) {
                text_str(why, fault);
                return REQUEST_BAD;
        }
        if (!check_printable(&u, "the variable holds", why))
                return REQUEST_BAD;
        if (read_units(&u, ret, why) != REQUEST_OK)
                return REQUEST_BAD;
        if (ret->id[0] == 0 || ret->via == REQUEST_VIA_ANY) {
                text_cat(why, "the variable has no ukiload.", ret->id[0] == 0 ? "id" : "via",
                         ": a request that is armed must have both", NULL);
                return REQUEST_BAD;
        }
        return REQUEST_OK;
}
