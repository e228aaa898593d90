/* SPDX-License-Identifier: BSD-2-Clause */
#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
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
                out_add_int(o, "exit", (int)code);
                out_json(o);
        }
        free(shown);
        free(sentence);
        return (int)code;
}

int out_usage(const char *verb) {
        fprintf(stderr, "ukictl: see %s --help\n", verb);
        return EXIT_USAGE;
}

void out_field(const char *key, const char *value) {
        printf("%-9s ", key);
        for (const char *p = value; *p; p++) {
                putchar(*p);
                if (*p == '\n' && p[1])
                        printf("%-9s ", "");
        }
        putchar('\n');
}

void out_field_span(const char *key, struct span value) {
        char *shown = out_shown(value);
        out_field(key, shown);
        free(shown);
}

char *out_shown(struct span s) {
        size_t cap = 4 * s.n + 8;
        char *p = need(cap);
        struct text t = text_in(p, cap);
        text_shown(&t, s, s.n);
        return p;
}

void out_json(struct json_object *o) {
        puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(o);
}

void out_add(struct json_object *o, const char *key, const char *value) {
        json_object_object_add(o, key, json_object_new_string(value));
}

void out_add_span(struct json_object *o, const char *key, struct span value) {
        char *shown = out_shown(value);
        out_add(o, key, shown);
        free(shown);
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
        for (size_t i = 0; i < list->n; i++) {
                char *shown = out_shown(span_of(list->v[i]));
                json_object_array_add(o, json_object_new_string(shown));
                free(shown);
        }
        return o;
}
