/* SPDX-License-Identifier: BSD-2-Clause */
#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

int out_fail(bool json, enum exit_code code, const char *format, ...) {
        char *sentence = NULL;

        va_list args;

        va_start(args, format);
        if (vasprintf(&sentence, format, args) < 0)
                sentence = NULL;
        va_end(args);
        char *shown = out_shown(span_of(sentence ? sentence : "out of memory"));
        fprintf(stderr, "ukictl: %s\n", shown);
        if (json) {
                struct json_object *o = json_object_new_object();

                out_add(o, "error", shown);
                out_add_int(o, "exit", (int) code);
                out_json(o);
        }
        free(shown);
        free(sentence);
        return (int) code;
}

/* One line of what a format and its arguments give; whatever they hold, it stays one line. */
static void print_line(FILE *f, const char *before, const char *format, va_list args) {
        char *line = NULL;

        if (vasprintf(&line, format, args) < 0)
                line = NULL;
        char *shown = out_shown(span_of(line ? line : "out of memory"));
        fprintf(f, "%s%s\n", before, shown);
        free(shown);
        free(line);
}

void out_say(const char *format, ...) {
        va_list args;

        va_start(args, format);
        print_line(stdout, "", format, args);
        va_end(args);
}

void out_warn(const char *format, ...) {
        va_list args;

        va_start(args, format);
        print_line(stderr, "ukictl: ", format, args);
        va_end(args);
}

void out_text(const char *before, struct span text) {
        while (text.n > 0) {
                const uint8_t *end = memchr(text.p, '\n', text.n);
                size_t n = end ? (size_t) (end - text.p) : text.n, used = end ? n + 1 : n;
                char *shown = out_shown((struct span) { text.p, n });

                printf("%s%s\n", before, shown);
                free(shown);
                text = (struct span) { text.p + used, text.n - used };
        }
}

void out_field(const char *key, const char *value) {
        const char *end = strchrnul(value, '\n');

        out_field_span(key, (struct span) { (const uint8_t *) value, (size_t) (end - value) });
        out_text("          ", span_of(*end ? end + 1 : end));
}

void out_field_span(const char *key, struct span value) {
        char *shown = out_shown(value);

        printf("%-9s %s\n", key, shown);
        free(shown);
}

/* Bytes of the character that s begins with, and the character; 0: it is no UTF-8 (RFC 3629: shortest form, no surrogates, up to
 * U+10FFFF). */
static size_t utf8_one(struct span s, uint32_t *ret) {
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        size_t n = s.p[0] < 0x80 ? 1 : s.p[0] < 0xc0 ? 0 : s.p[0] < 0xe0 ? 2 : s.p[0] < 0xf0 ? 3 : s.p[0] < 0xf8 ? 4 : 0;
        uint32_t c = n == 1 ? s.p[0] : s.p[0] & (0x7fu >> n);

        if (n == 0 || n > s.n)
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((s.p[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s.p[i] & 0x3fu);
        }
        *ret = c;
        return c >= least[n] && !(c >= 0xd800 && c <= 0xdfff) && c <= 0x10ffff ? n : 0;
}

/* What drives a terminal, breaks a line, or turns the direction of what stands beside it. */
static bool is_control(uint32_t c) {
        return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
               (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
               (c >= 0xe0000 && c <= 0xe007f);
}

char *out_shown(struct span s) {
        size_t cap = 4 * s.n + 8;
        char *p = need(cap);
        struct text t = text_in(p, cap);

        while (s.n > 0) {
                uint32_t c = 0;
                size_t n = utf8_one(s, &c);
                bool as_is = n > 0 && !is_control(c);
                struct span head = { s.p, n > 0 ? n : 1 };

                if (as_is)
                        text_bytes(&t, head);
                else
                        text_shown(&t, head, head.n);
                s = (struct span) { s.p + head.n, s.n - head.n };
        }
        return p;
}

void out_json(struct json_object *o) {
        puts(json_object_to_json_string_ext(o,
                                            JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(o);
}

struct json_object *out_string(struct span s) {
        char *shown = out_shown(s);
        struct json_object *o = json_object_new_string(shown);

        free(shown);
        return o;
}

void out_add(struct json_object *o, const char *key, const char *value) {
        out_add_span(o, key, span_of(value));
}

void out_add_span(struct json_object *o, const char *key, struct span value) {
        json_object_object_add(o, key, out_string(value));
}

void out_add_text(struct json_object *o, const char *key, struct span value) {
        size_t cap = 4 * value.n + 8;
        char *p = need(cap);
        struct text t = text_in(p, cap);

        while (value.n > 0) {
                const uint8_t *end = memchr(value.p, '\n', value.n);
                size_t n = end ? (size_t) (end - value.p) : value.n, used = end ? n + 1 : n;
                char *shown = out_shown((struct span) { value.p, n });

                text_cat(&t, shown, end ? "\n" : "", NULL);
                free(shown);
                value = (struct span) { value.p + used, value.n - used };
        }
        json_object_object_add(o, key, json_object_new_string(p));
        free(p);
}

void out_add_hex(struct json_object *o, const char *key, struct span value) {
        size_t cap = 2 * value.n + 1;
        char *p = need(cap);
        struct text t = text_in(p, cap);

        text_hex(&t, value);
        out_add(o, key, p);
        free(p);
}

void out_add_int(struct json_object *o, const char *key, int64_t value) {
        json_object_object_add(o, key, json_object_new_int64(value));
}

void out_add_bool(struct json_object *o, const char *key, bool value) {
        json_object_object_add(o, key, json_object_new_boolean(value));
}

struct json_object *out_list(const struct names *list) {
        struct json_object *o = json_object_new_array();

        for (size_t i = 0; i < list->n; i++)
                json_object_array_add(o, out_string(span_of(list->v[i])));
        return o;
}
