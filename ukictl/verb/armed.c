/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/armed.h"

#include <stdio.h>

void armed_way(const struct request *r, struct text *ret) {
        char name[32];

        snprintf(name, sizeof(name), "BootNext Boot%04X", r->via_boot);
        text_str(ret, r->via == REQUEST_VIA_LOADER ? "LoaderEntryOneShot " ARMING_LOADER_ID : name);
}

void armed_json(const struct request *r, struct json_object *o) {
        struct json_object *addons = json_object_new_array();
        char buf[64];
        struct text way = TEXT_IN(buf);

        armed_way(r, &way);
        for (size_t i = 0; i < r->n_addons; i++)
                json_object_array_add(addons, out_string(span_of(r->addons[i])));
        out_add(o, "id", r->id);
        out_add(o, "way", buf);
        out_add(o, "image", r->uki);
        out_add_int(o, "profile", r->profile);
        json_object_object_add(o, "addons", addons);
        out_add_span(o, "words", text_span(&r->words));
}
