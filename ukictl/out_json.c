/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON as out.h has it: strings are text, whatever the bytes were. */
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "text.h"

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
