/* SPDX-License-Identifier: BSD-2-Clause */
#include "bls.h"

#include <string.h>

#define END 0 /* what peek() gives behind the last byte */

static bool is_digit(int c) {
        return c >= '0' && c <= '9';
}

static bool is_alpha(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int order(bool less, bool greater) {
        return (int) greater - (int) less;
}

static int order_size(size_t a, size_t b) {
        return order(a < b, b < a);
}

static int peek(struct span s) {
        return s.n > 0 ? s.p[0] : END;
}

static void advance(struct span *s, size_t n) {
        if (n > 0) /* an empty span may have no address to add to */
                *s = (struct span) { s->p + n, s->n - n };
}

/* Bytewise, the shorter of two equal beginnings first; what strcmp does without a NUL. */
static int order_bytes(struct span a, struct span b) {
        size_t n = a.n < b.n ? a.n : b.n;
        int r = n > 0 ? memcmp(a.p, b.p, n) : 0;

        return r != 0 ? r : order_size(a.n, b.n);
}

/* Cuts the run of bytes for which is() holds off the front of *s. */
static struct span take_run(struct span *s, bool (*is)(int)) {
        struct span run = { s->p, 0 };

        while (run.n < s->n && is(s->p[run.n]))
                run.n++;
        advance(s, run.n);
        return run;
}

static bool is_ignored(int c) {
        return !is_digit(c) && !is_alpha(c) && c != '~' && c != '-' && c != '^' && c != '.';
}

static bool is_zero(int c) {
        return c == '0';
}

/* A separator sorts before everything else that can stand in its place; if both have it, both lose it. */
static int compare_separator(struct span *a, struct span *b, int separator) {
        bool in_a = peek(*a) == separator, in_b = peek(*b) == separator;

        if (in_a != in_b)
                return order(in_a, in_b);
        if (in_a) {
                advance(a, 1);
                advance(b, 1);
        }
        return 0;
}

/* Digits are newer than letters or nothing; without leading zeros the longer number is the greater one. */
static int compare_numbers(struct span *a, struct span *b) {
        struct span run_a = take_run(a, is_digit), run_b = take_run(b, is_digit);

        if ((run_a.n == 0) != (run_b.n == 0))
                return order(run_a.n == 0, run_b.n == 0);
        (void) take_run(&run_a, is_zero);
        (void) take_run(&run_b, is_zero);
        if (run_a.n != run_b.n)
                return order_size(run_a.n, run_b.n);
        return order_bytes(run_a, run_b);
}

/* One round of UAPI.10: separators in their order, then a number or a word. */
static int compare_segment(struct span *a, struct span *b) {
        static const char separators[] = { '-', '^', '.' };
        int r;

        for (size_t i = 0; i < sizeof(separators); i++) {
                r = compare_separator(a, b, separators[i]);
                if (r != 0)
                        return r;
        }
        if (is_digit(peek(*a)) || is_digit(peek(*b)))
                return compare_numbers(a, b);

        struct span word_a = take_run(a, is_alpha), word_b = take_run(b, is_alpha);
        return order_bytes(word_a, word_b);
}

int bls_version_compare(struct span a, struct span b) {
        for (;;) {
                (void) take_run(&a, is_ignored);
                (void) take_run(&b, is_ignored);

                int r = compare_separator(&a, &b, '~');
                if (r != 0)
                        return r;
                /* Only `~` is older than an end; anything else that follows makes a version newer. */
                if (a.n == 0 || b.n == 0)
                        return order(a.n<b.n, a.n> b.n);
                r = compare_segment(&a, &b);
                if (r != 0)
                        return r;
        }
}

static struct span trim_blanks(struct span s) {
        while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
                advance(&s, 1);
        while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
                s.n--;
        return s;
}

static struct span unquote(struct span s) {
        if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
                return span_between(s, 1, s.n - 1);
        return s;
}

/* Takes the next line off *rest, its line feed dropped. */
static bool next_line(struct span *rest, struct span *ret) {
        size_t n = 0;

        if (rest->n == 0)
                return false;
        while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
                n++;
        *ret = (struct span) { rest->p, n };
        advance(rest, n < rest->n ? n + 1 : n);
        return true;
}

/* `KEY=value` with this key. A comment has no such key, for it begins with `#`. */
static bool has_key(struct span line, const char *key, struct span *ret_value) {
        size_t n = strlen(key);

        if (!span_starts(line, key) || line.n <= n || line.p[n] != '=')
                return false;
        *ret_value = unquote(span_from(line, n + 1));
        return true;
}

struct span bls_osrel_field(struct span osrel, const char *key) {
        struct span rest = span_trim_nul(osrel), line, value = { NULL, 0 };

        while (next_line(&rest, &line))
                (void) has_key(trim_blanks(line), key, &value);
        return value;
}

bool bls_next_line(struct span *rest, struct span *ret_key, struct span *ret_value) {
        struct span line;

        while (next_line(rest, &line)) {
                struct span left = trim_blanks(line);
                size_t n = 0;

                while (n < left.n && left.p[n] != ' ' && left.p[n] != '\t')
                        n++;
                if (n == left.n || left.p[0] == '#')
                        continue;
                *ret_key = span_between(left, 0, n);
                *ret_value = trim_blanks(span_from(left, n));
                return true;
        }
        return false;
}

static bool same_path(struct span value, const char *path) {
        size_t n = strlen(path);
        bool same = value.n == n;

        for (size_t i = 0; same && i < n; i++) {
                uint8_t c = value.p[i] == '/' ? '\\' : value.p[i];

                same = span_eq_nocase((struct span) { &c, 1 }, (struct span) { (const uint8_t *) path + i, 1 });
        }
        return same;
}

bool bls_entry_starts(struct span entry, const char *path) {
        struct span key, value;

        while (bls_next_line(&entry, &key, &value))
                if ((span_eq_str(key, "linux") || span_eq_str(key, "efi") || span_eq_str(key, "uki")) && same_path(value, path))
                        return true;
        return false;
}

static struct span first_field(struct span osrel, const char *a, const char *b) {
        struct span value = bls_osrel_field(osrel, a);

        return value.n > 0 ? value : bls_osrel_field(osrel, b);
}

/* The name without its counter, in lower case as systemd-boot compares ids. */
static struct span make_id(struct span name, const struct path_counter *tries, char *buf, size_t cap) {
        size_t n = 0;

        if (cap < name.n)
                return name;
        for (size_t i = 0; i < name.n; i++) {
                uint8_t c = name.p[i];

                if (i >= tries->at && i < tries->at + tries->len)
                        continue;
                buf[n++] = (char) (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        return (struct span) { (const uint8_t *) buf, n };
}

void bls_entry_open(struct span osrel, struct span name, char *id_buf, size_t cap, struct bls_entry *ret) {
        struct bls_entry e = { .tries = path_counter(name) };

        e.sort_key = first_field(osrel, "IMAGE_ID", "ID");
        e.version = first_field(osrel, "IMAGE_VERSION", "VERSION");
        if (e.version.n == 0)
                e.version = first_field(osrel, "VERSION_ID", "BUILD_ID");
        e.id = make_id(name, &e.tries, id_buf, cap);
        *ret = e;
}

static int compare_tries(const struct path_counter *a, const struct path_counter *b) {
        if (a->counted != b->counted)
                return order(!a->counted, !b->counted);
        if (a->left != b->left)
                return order(a->left > b->left, a->left < b->left);
        return order(a->done<b->done, a->done> b->done);
}

int bls_compare(const struct bls_entry *a, const struct bls_entry *b) {
        bool spent_a = a->tries.counted && a->tries.left == 0, spent_b = b->tries.counted && b->tries.left == 0;
        bool key_a = a->sort_key.n > 0, key_b = b->sort_key.n > 0;
        int r;

        if (spent_a != spent_b)
                return order(spent_b, spent_a);
        if (key_a != key_b)
                return order(key_a, key_b);
        if (key_a) {
                r = order_bytes(a->sort_key, b->sort_key);
                if (r == 0)
                        r = bls_version_compare(b->version, a->version);
                if (r != 0)
                        return r;
        }
        r = bls_version_compare(b->id, a->id);
        return r != 0 ? r : compare_tries(&a->tries, &b->tries);
}
