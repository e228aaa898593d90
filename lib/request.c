/* SPDX-License-Identifier: BSD-2-Clause */
#include "request_inside.h"

static void put(struct text *t, enum request_key key, struct span value) {
        if (t->len > 0)
                text_char(t, ' ');
        if (key == REQUEST_KEY_PROFILE) /* as systemd-boot and systemd-stub have it */
                text_char(t, '@');
        else
                text_cat(t, "ukiload.", request_key_name(key), value.n > 0 ? "=" : "", NULL);
        text_bytes(t, value);
}

/* Puts the value number i of a key. */
static bool put_value(struct text *t, enum request_key key, size_t i, const struct request *req) {
        char buf[REQUEST_UKI_CHARS]; /* the longest */
        struct text value = TEXT_IN(buf);

        if (!request_write_value(req, key, i, &value))
                return false;
        put(t, key, text_span(&value));
        return true;
}

bool request_format(const struct request *req, struct text *ret) {
        text_clear(ret);
        for (enum request_key key = 0; key < REQUEST_KEY_COUNT; key++)
                for (size_t i = 0; put_value(ret, key, i, req);)
                        i++;
        if (req->words.len > 0) {
                if (ret->len > 0)
                        text_char(ret, ' ');
                text_bytes(ret, text_span(&req->words));
        }
        return !ret->cut && ret->len <= REQUEST_CHARS_MAX;
}
