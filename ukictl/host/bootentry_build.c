/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/bootentry.h"
#include "host/devicepath.h"
#include "host/utf16.h"

static bool parse_uuid(const char *text, uint8_t ret[16]) {
        efi_guid_t guid;

        if (efi_str_to_guid(text, &guid) != 0)
                return false;
        memcpy(ret, &guid, 16); /* libefivar keeps a GUID as it stands on disk */
        return true;
}

/* HD(...)/File(...)/End, the short form that survives a disk in another slot; without a partition, File(...)/End. */
static ssize_t make_path(uint8_t *buf, ssize_t size, const struct partition *part, char *file) {
        uint8_t signature[16];
        ssize_t at = 0, n;

        if (part) {
                if (!parse_uuid(part->uuid, signature))
                        return -1;
                at = efidp_make_hd(buf, size, part->number, part->start, part->blocks, signature, EFIDP_HD_FORMAT_GPT,
                                   EFIDP_HD_SIGNATURE_GUID);
                if (at < 0)
                        return -1;
        }
        n = efidp_make_file(buf + at, size - at, file);
        if (n < 0)
                return -1;
        at += n;
        n = efidp_make_end_entire(buf + at, size - at);
        return n < 0 ? -1 : at + n;
}

bool boot_entry_build(const struct host *h, const struct partition *part, const char *shim, struct bytes *ret, struct text *why) {
        uint8_t path[1024];
        char file[PLAN_PATH_MAX], words[128];

        if (!part && !h->alien) {
                text_cat(
                        why, h->esp,
                        ": its partition cannot be found, and a Boot#### entry has to name it: it must be of a GPT disk and have the type of an ESP, and it takes root to see that",
                        NULL);
                return false;
        }
        snprintf(file, sizeof(file), "%s", shim ? shim : IMAGE_FILE);
        ssize_t path_size = make_path(path, sizeof(path), part, file);
        snprintf(words, sizeof(words), "%s%s", shim ? IMAGE_FILE " " : "", BOOTENTRY_WORD);
        struct bytes options = utf16_write(span_of(words));
        unsigned char title[] = BOOTENTRY_TITLE;
        uint8_t *buf = need(4096);
        ssize_t n = path_size < 0
                            ? -1
                            : efi_loadopt_create(buf, 4096, 1, (efidp) (void *) path, path_size, title, options.p, options.n);
        bytes_free(&options);
        if (n < 0) {
                free(buf);
                text_str(why, "the Boot#### entry could not be made");
                return false;
        }
        *ret = (struct bytes) { buf, (size_t) n };
        return true;
}
