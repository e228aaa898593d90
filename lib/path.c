/* SPDX-License-Identifier: BSD-2-Clause */
#include "path.h"

#include "utf8.h"

#define COUNTER_MAX 0x7fffffffu /* systemd-boot takes a larger number for a part of the name */

static bool is_separator(uint8_t c) {
        return c == '\\' || c == '/';
}

static bool is_digit(uint8_t c) {
        return c >= '0' && c <= '9';
}

/* Takes the next part off *rest, separators in front of it dropped. False at the end. */
static bool next_part(struct span *rest, struct span *ret) {
        size_t from = 0, to;

        while (from < rest->n && is_separator(rest->p[from]))
                from++;
        for (to = from; to < rest->n && !is_separator(rest->p[to]);)
                to++;
        if (from == to)
                return false;
        *ret = (struct span) { rest->p + from, to - from };
        *rest = (struct span) { rest->p + to, rest->n - to };
        return true;
}

/* The reason why the character may not stand in a path, or NULL. */
static const char *char_fault(uint16_t c) {
        /* clang-format off */
        switch (c) {
        case '"': case '*': case ':': case '<': case '>': case '?': case '|':
                return "has a character that FAT does not take in a name";
        default:
                return c < 0x20 || c == 0x7f ? "has a control character" : NULL;
        }
        /* clang-format on */
}

static const char *chars_fault(struct span part) {
        uint16_t c;

        while (utf8_next(&part, &c)) {
                const char *fault = char_fault(c);

                if (fault)
                        return fault;
        }
        return part.n > 0 ? "has a byte that is not UTF-8, or a character that UCS-2 has not" : NULL;
}

/* FAT gives a long name a second one, NAME~1.EXT, by which firmware opens the file just as well. */
static bool may_be_alias(struct span part) {
        size_t dot = 0, digits;

        while (dot < part.n && part.p[dot] != '.')
                dot++;
        if (dot > 8 || part.n - dot > 4)
                return false;
        for (size_t i = dot + 1; i < part.n; i++)
                if (part.p[i] == '.')
                        return false;
        for (digits = dot; digits > 0 && is_digit(part.p[digits - 1]);)
                digits--;
        return digits < dot && digits > 0 && part.p[digits - 1] == '~';
}

static const char *part_fault(struct span part, bool typed) {
        const char *fault;

        if (span_eq_str(part, ".") || span_eq_str(part, ".."))
                return "has a part that is \".\" or \"..\"";
        for (size_t i = 0; typed && i < part.n; i++)
                if (part.p[i] < 0x20 || part.p[i] > 0x7e)
                        return "has a byte that is not printable ASCII, which a request cannot name";
        if (typed && may_be_alias(part))
                return "has a part like NAME~1.EFI, which on FAT may be the short name of another file";
        fault = chars_fault(part);
        if (fault)
                return fault;
        if (part.p[part.n - 1] == ' ' || part.p[part.n - 1] == '.')
                return "has a part that ends in a blank or a dot, which FAT drops";
        return NULL;
}

/* What is wrong with the whole path, or NULL; *ret_len is then its normalised length. */
static const char *path_fault(struct span in, bool typed, size_t *ret_len) {
        struct span rest = in, part;
        size_t len = 0;

        while (next_part(&rest, &part)) {
                const char *fault = part_fault(part, typed);

                if (fault)
                        return fault;
                len += 1 + part.n;
        }
        if (len == 0)
                return "has no file name";
        if (rest.n > 0)
                return "has a separator at its end, where the file name should be";
        if (len > PATH_MAX_BYTES)
                return "has more than " LIMIT_TEXT(PATH_MAX_BYTES) " bytes";
        *ret_len = len;
        return NULL;
}

static bool normalise(struct span in, bool typed, struct text *ret, struct text *why) {
        struct span rest = in, part;
        size_t len = 0;
        const char *fault = path_fault(in, typed, &len);

        if (len >= ret->cap) /* with a fault it is 0 */
                fault = "has more bytes than there is room for";
        if (fault) {
                text_str(why, "path ");
                text_quoted(why, in);
                text_cat(why, " ", fault, NULL);
                return false;
        }
        text_clear(ret);
        while (next_part(&rest, &part)) {
                text_char(ret, '\\');
                text_bytes(ret, part);
        }
        return true;
}

bool path_normalise(struct span in, struct text *ret, struct text *why) {
        return normalise(in, true, ret, why);
}

bool path_of_file(struct span in, struct text *ret, struct text *why) {
        return normalise(in, false, ret, why);
}

struct span path_base(struct span path) {
        size_t at = path.n;

        while (at > 0 && !is_separator(path.p[at - 1]))
                at--;
        return span_from(path, at);
}

/* Reads digits of s from *at on. False if there is none, or the number is too large. */
static bool read_number(struct span s, size_t *at, unsigned *ret) {
        size_t i = *at;
        uint64_t value = 0;

        for (; i < s.n && is_digit(s.p[i]); i++) {
                value = value * 10 + (uint64_t) (s.p[i] - '0');
                if (value > COUNTER_MAX)
                        return false;
        }
        if (i == *at)
                return false;
        *at = i;
        *ret = (unsigned) value;
        return true;
}

struct path_counter path_counter(struct span name) {
        static const struct path_counter none;
        struct path_counter c = { .counted = true };
        size_t plus = name.n, i;

        while (plus > 0 && name.p[plus - 1] != '+')
                plus--;
        if (plus == 0)
                return none;
        i = plus;
        if (!read_number(name, &i, &c.left))
                return none;
        if (i < name.n && name.p[i] == '-') {
                i++;
                if (!read_number(name, &i, &c.done))
                        return none;
        }
        if (!span_eq_nocase(span_from(name, i), span_of(".efi")))
                return none;
        c.at = plus - 1;
        c.len = i - c.at;
        return c;
}

/* The bytes of name in front of and behind its counter. */
static void split_counter(struct span name, const struct path_counter *c, struct span *ret_head, struct span *ret_tail) {
        *ret_head = *ret_tail = name;
        if (c->counted) {
                *ret_head = span_between(name, 0, c->at);
                *ret_tail = span_from(name, c->at + c->len);
        } else
                ret_tail->n = 0;
}

bool path_is_addon(struct span name) {
        return span_ends_nocase(name, ADDON_TAIL);
}

bool path_is_stub_addon(struct span name) {
        if (name.n == 0 || name.n > PATH_MAX_BYTES || name.p[0] == '.')
                return false;
        for (size_t i = 0; i < name.n; i++)
                if (name.p[i] == 0 || name.p[i] > 0x7f)
                        return false;
        return path_is_addon(name);
}

bool path_count_down(struct span name, struct text *ret) {
        struct path_counter c = path_counter(name);
        struct span head, tail;

        if (c.left == 0) /* nor has one without a counter any */
                return false;
        split_counter(name, &c, &head, &tail);
        text_clear(ret);
        text_bytes(ret, head);
        text_char(ret, '+');
        text_dec(ret, c.left - 1);
        text_char(ret, '-');
        text_dec(ret, c.done < COUNTER_MAX ? c.done + 1 : c.done);
        text_bytes(ret, tail);
        return !ret->cut;
}
