/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests: whatever firmware or a variable holds. The first byte of the input says how the rest is meant:
 * bit 0: raw bytes as they are, or text that is spread to UCS-2; bits 1 to 5: how many bytes from the end are systemd-boot's
 * tail. */
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "request.h"

#define RAW_MAX 8192u
#define OWN     "\\EFI\\ukiload\\ukiloadx64.efi "

static void must(bool holds) {
        if (!holds)
                abort();
}

/* before + text as UCS-2 with a NUL. */
static struct span spread(uint8_t *raw, const char *before, struct span text) {
        size_t n = 0, before_len = strlen(before);

        for (size_t i = 0; i < before_len + text.n && n + 4 <= RAW_MAX; i++) {
                raw[n++] = i < before_len ? (uint8_t) before[i] : text.p[i - before_len];
                raw[n++] = 0;
        }
        raw[n++] = 0;
        raw[n++] = 0;
        return (struct span) { raw, n };
}

static bool same(const struct request *a, const struct request *b) {
        if (a->has_profile != b->has_profile || a->profile != b->profile || strcmp(a->uki, b->uki) != 0 ||
            a->has_partition != b->has_partition || memcmp(a->partition, b->partition, sizeof(a->partition)) != 0 ||
            a->n_addons != b->n_addons)
                return false;
        for (size_t i = 0; i < a->n_addons; i++)
                if (strcmp(a->addons[i], b->addons[i]) != 0)
                        return false;
        return a->has_sha256 == b->has_sha256 && memcmp(a->sha256, b->sha256, 32) == 0 && a->has_plan == b->has_plan &&
               memcmp(a->plan, b->plan, 32) == 0 && strcmp(a->id, b->id) == 0 && a->via == b->via && a->via_boot == b->via_boot &&
               a->handoff_stub == b->handoff_stub && a->oneshot == b->oneshot && a->log == b->log &&
               span_eq(text_span(&a->words), text_span(&b->words));
}

static void check_words(const struct request *req) {
        must(req->words.p == req->words_buf && !req->words.cut && strlen(req->words_buf) == req->words.len);
        must(!strchr(req->words.p, '"') && !strstr(req->words.p, "  "));
        must(!span_starts(text_span(&req->words), "ukiload.") && !strstr(req->words.p, " ukiload."));
        must(req->words.len == 0 || (req->words.p[0] != ' ' && req->words.p[req->words.len - 1] != ' '));
}

static void check_fields(const struct request *req) {
        char buf[256], why_buf[200];
        struct text path = TEXT_IN(buf), why = TEXT_IN(why_buf);

        must(req->text_len > 0 && req->text_len <= REQUEST_CHARS_MAX && strlen(req->text) == req->text_len);
        for (size_t i = 0; i < req->text_len; i++)
                must(req->text[i] >= 0x20 && req->text[i] <= 0x7e);
        if (req->uki[0] != 0)
                must(path_normalise(span_of(req->uki), &path, &why) && strcmp(path.p, req->uki) == 0);
        must(req->n_addons <= REQUEST_ADDONS_MAX);
        for (size_t i = 0; i < req->n_addons; i++) {
                must(req->addons[i][0] != 0 && req->addons[i][0] != '.' && !strpbrk(req->addons[i], "/\\ "));
                for (size_t j = 0; j < i; j++)
                        must(!span_eq_nocase(span_of(req->addons[i]), span_of(req->addons[j])));
        }
        must(strlen(req->id) <= REQUEST_ID_MAX && (req->has_profile || req->profile == 0));
        check_words(req);
}

/* What is written is read as the same request, by either door. */
static void check_round_trip(const struct request *req) {
        static struct request again;
        static uint8_t raw[RAW_MAX];
        char buf[REQUEST_CHARS_MAX + 1], why_buf[200];
        struct text text = TEXT_IN(buf), why = TEXT_IN(why_buf);
        struct span written;

        if (!request_format(req, &text)) {
                must(text.cut && req->text_len + 1 >= REQUEST_CHARS_MAX);
                return;
        }
        written = spread(raw, "", text_span(&text));
        if (!span_starts(text_span(&text), "WINDOWS"))
                must(request_from_options(written, span_of(""), &again, &why) == REQUEST_OK && same(req, &again));
        must((request_from_variable(written, &again, &why) == REQUEST_OK) == (req->id[0] != 0 && req->via != REQUEST_VIA_ANY));
        must(same(req, &again));
}

static void check(enum request_kind kind, const struct request *req, const struct text *why) {
        static const struct request none;

        must(kind != REQUEST_BAD || why->len > 0);
        must(kind != REQUEST_OK || why->len == 0);
        if (kind == REQUEST_NONE)
                must(req->text_len == 0 && same(req, &(struct request) { .words = req->words }) && req->text[0] == none.text[0]);
        if (kind == REQUEST_OK) {
                check_fields(req);
                check_round_trip(req);
        }
}

/* A request says the same whether or not the way to ukiload left its own path in front. */
static void check_own_path(struct span text, enum request_kind kind, const struct request *req) {
        static struct request longer;
        static uint8_t raw[RAW_MAX];
        char why_buf[300];
        struct text why = TEXT_IN(why_buf);

        if (kind == REQUEST_NONE || req->cut_path || req->cut_tail || text.n > REQUEST_CHARS_MAX)
                return;
        must(request_from_options(spread(raw, OWN, text), span_of(""), &longer, &why) == kind);
        must(longer.cut_path && same(req, &longer) && strcmp(req->text, longer.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static struct request req, armed;
        static uint8_t raw_buf[RAW_MAX];
        char why_buf[300];
        struct text why = TEXT_IN(why_buf);
        struct span in, raw, tail = { NULL, 0 };
        enum request_kind kind;

        if (size == 0)
                return 0;
        in = raw = (struct span) { data + 1, size - 1 };
        if (data[0] & 1)
                raw = spread(raw_buf, "", in);
        if ((size_t) (data[0] >> 1 & 31) <= in.n)
                tail = (struct span) { in.p + in.n - (data[0] >> 1 & 31), data[0] >> 1 & 31 };
        kind = request_from_options(raw, tail, &req, &why);
        check(kind, &req, &why);
        if (data[0] & 1)
                check_own_path(in, kind, &req);

        text_clear(&why);
        if (request_from_variable(raw, &armed, &why) == REQUEST_OK) {
                check(REQUEST_OK, &armed, &why);
                must(armed.id[0] != 0 && armed.via != REQUEST_VIA_ANY && !armed.cut_path && !armed.cut_tail);
        } else
                must(why.len > 0);
        return 0;
}
