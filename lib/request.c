/* SPDX-License-Identifier: BSD-2-Clause */
#include "request.h"

static void put(struct text *t, const char *key, struct span value) {
        if (t->len > 0)
                text_char(t, ' ');
        text_cat(t, "ukiload.", key, NULL);
        if (value.n > 0) {
                text_char(t, '=');
                text_bytes(t, value);
        }
}

static void put_string(struct text *t, const char *key, const char *value) {
        if (value[0] != 0)
                put(t, key, span_of(value));
}

static void put_digest(struct text *t, const char *key, bool has, const uint8_t digest[32]) {
        char hex_buf[65];
        struct text hex = TEXT_IN(hex_buf);

        if (!has)
                return;
        text_hex(&hex, (struct span) { digest, 32 });
        put(t, key, text_span(&hex));
}

static void put_via(struct text *t, const struct request *req) {
        const uint8_t number[2] = { (uint8_t) (req->via_boot >> 8), (uint8_t) req->via_boot };
        char value_buf[sizeof("loader")];
        struct text value = TEXT_IN(value_buf);

        if (req->via == REQUEST_VIA_ANY)
                return;
        if (req->via == REQUEST_VIA_LOADER)
                text_str(&value, "loader");
        else
                text_hex(&value, (struct span) { number, sizeof(number) });
        put(t, "via", text_span(&value));
}

static const char *log_name(enum request_log log) {
        switch (log) {
        case REQUEST_LOG_ERROR: return "error";
        case REQUEST_LOG_INFO: return "info";
        case REQUEST_LOG_DEBUG: return "debug";
        default: return "";
        }
}

bool request_format(const struct request *req, struct text *ret) {
        text_clear(ret);
        if (req->has_profile) {
                text_char(ret, '@');
                text_dec(ret, req->profile);
        }
        put_string(ret, "uki", req->uki);
        for (size_t i = 0; i < req->n_addons; i++)
                put_string(ret, "addon", req->addons[i]);
        put_digest(ret, "sha256", req->has_sha256, req->sha256);
        put_digest(ret, "plan", req->has_plan, req->plan);
        put_string(ret, "id", req->id);
        put_via(ret, req);
        put_string(ret, "handoff", req->handoff_stub ? "stub" : "");
        put_string(ret, "log", log_name(req->log));
        if (req->oneshot)
                put(ret, "oneshot", (struct span) { NULL, 0 });
        if (req->words.len > 0) {
                if (ret->len > 0)
                        text_char(ret, ' ');
                text_bytes(ret, text_span(&req->words));
        }
        return !ret->cut && ret->len <= REQUEST_CHARS_MAX;
}
