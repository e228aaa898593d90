/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/armed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpt.h"
#include "host/digest.h"
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

static enum exit_code check_unchanged(const struct host *h, const struct request *r, struct text *why) {
        uint8_t now[SHA256_SIZE];
        struct bytes b;
        char *file = armed_file(h, r);

        if (!file && (!h->esp || !r->uki[0]))
                return EXIT_OK;
        if (!file) {
                request_uki(r, why);
                text_str(
                        why,
                        r->has_partition
                                ? ": the image that is armed is not there any more, or its partition is not mounted: use ukictl load again"
                                : ": the image that is armed is not there any more: use ukictl load again");
                return EXIT_FORMAT;
        }
        bool read = bytes_read(file, FILE_IMAGE_MAX, &b, why);
        free(file);
        if (!read)
                return EXIT_FAILED;
        digest_sha256(bytes_span(&b), now);
        bytes_free(&b);
        if (!r->has_sha256 || memcmp(now, r->sha256, sizeof(now)) == 0)
                return EXIT_OK;
        text_cat(why, r->uki, ": the image was changed after it was armed: use ukictl load again", NULL);
        return EXIT_FORMAT;
}

enum exit_code armed_check(const struct host *h, const struct arming *a, struct text *why) {
        char next[9];

        if (!a->has_next || a->next_ours)
                return check_unchanged(h, &a->request, why);
        snprintf(next, sizeof(next), "Boot%04X", a->next);
        text_cat(why, "BootNext leads elsewhere before that, to ", next,
                 ", which somebody else has set: let it come first, or take it away by efibootmgr -N", NULL);
        return EXIT_FOREIGN;
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
