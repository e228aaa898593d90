/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/armed.h"

#include <stdio.h>
#include <stdlib.h>

#include "gpt.h"
#include "host/elsewhere.h"
#include "host/files.h"

void armed_way(const struct arming *a, struct text *ret) {
        char name[32];

        snprintf(name, sizeof(name), "BootNext Boot%04X", a->request.via_boot);
        if (a->request.via == REQUEST_VIA_LOADER)
                text_cat(ret, "LoaderEntryOneShot ", a->oneshot_ours ? a->oneshot : ENTRY_ID, NULL);
        else
                text_str(ret, name);
}

void armed_json_image(const struct request *r, struct json_object *o) {
        char uuid[GPT_GUID_CHARS + 1];
        struct text t = TEXT_IN(uuid);

        out_add_span(o, "image", span_of(r->uki));
        if (r->has_partition) {
                gpt_guid_write(r->partition, &t);
                out_add(o, "partition", uuid);
        }
}

char *armed_file(const struct host *h, const struct request *r) {
        char *elsewhere = r->has_partition ? elsewhere_find(h, r->partition) : NULL, *file = NULL;
        const char *const volumes[] = { r->has_partition ? elsewhere : h->esp, r->has_partition ? NULL : h->xbootldr };

        for (size_t i = 0; i < 2 && !file; i++)
                if (volumes[i] && r->uki[0])
                        file = volume_find(volumes[i], r->uki);
        free(elsewhere);
        return file;
}

void armed_json(const struct arming *a, struct json_object *o) {
        const struct request *r = &a->request;
        struct json_object *addons = json_object_new_array();
        char buf[320];
        struct text way = TEXT_IN(buf);

        armed_way(a, &way);
        for (size_t i = 0; i < r->n_addons; i++)
                json_object_array_add(addons, out_string(span_of(r->addons[i])));
        out_add(o, "id", r->id);
        out_add(o, "way", buf);
        armed_json_image(r, o);
        out_add_int(o, "profile", r->profile);
        json_object_object_add(o, "addons", addons);
        out_add_span(o, "words", text_span(&r->words));
}
