/* SPDX-License-Identifier: BSD-2-Clause */
/* UkiloadStatus and UkiloadLast: what is written is read back byte for byte, and text that anybody wrote is read without harm. */
#include "must.h"
#include "status.h"

#define VALUES_MAX 24u

static char unescaped_buf[STATUS_MAX + 1];

static bool value_is(struct span escaped, struct span want) {
        struct text t = TEXT_IN(unescaped_buf);

        status_unescape(escaped, &t);
        return span_eq(text_span(&t), want);
}

/* The input cut at its NULs becomes values, every other one an addon's reason. */
static void round_trip(struct span in) {
        static struct status s;
        struct span value[VALUES_MAX], rest, key, have, all = in;
        size_t n = 0, at = 0, addons;

        status_begin(&s);
        for (; n < VALUES_MAX && all.n > 0; n++) {
                const uint8_t *nul = memchr(all.p, 0, all.n);
                size_t len = nul ? (size_t) (nul - all.p) : all.n;

                value[n] = (struct span) { all.p, len };
                all = (struct span) { all.p + len + (nul != NULL), all.n - len - (nul != NULL) };
                status_add(&s, "key", value[n]);
        }
        status_addon(&s, "\\a.addon.efi", "refused", "why\n\\x41");
        addons = s.n_addons_left;
        rest = status_span(&s);
        MUST(rest.n <= STATUS_MAX && (rest.n == 0 || rest.p[rest.n - 1] == '\n'));
        MUST(addons <= s.n_addons_left);
        if (s.n_lines_left > 0 || s.n_addons_left > 0)
                return;
        while (at < n) {
                MUST(status_next(&rest, &key, &have) && span_eq_str(key, "key") && value_is(have, value[at]));
                at++;
        }
        MUST(status_next(&rest, &key, &have) && span_eq_str(key, "addon"));
        MUST(value_is(have, span_of("\\a.addon.efi refused: why\n\\x41")) && !status_next(&rest, &key, &have));
}

/* What there is are the first and the last bytes, with three dots between. */
static bool middle_is_left_out(struct span have, struct span all) {
        for (size_t front = 0; front + 3 <= have.n && have.n - 3 < all.n; front++) {
                const size_t back = have.n - front - 3;

                if (memcmp(have.p + front, "...", 3) == 0 && memcmp(have.p, all.p, front) == 0 &&
                    memcmp(have.p + front + 3, all.p + all.n - back, back) == 0)
                        return true;
        }
        return false;
}

static void last_round_trip(struct span in) {
        char buf[LAST_MAX], id_buf[LAST_MAX], reason_buf[LAST_MAX];
        struct text last = TEXT_IN(buf), id = TEXT_IN(id_buf), reason = TEXT_IN(reason_buf);

        last_format(span_of("one"), "refused", in, &last);
        MUST(!last.cut && last_field(text_span(&last), "id", &id) && span_eq_str(text_span(&id), "one"));
        MUST(last_field(text_span(&last), "reason", &reason) == (in.n > 0));
        if (!span_eq(text_span(&reason), in))
                MUST(last.len > LAST_MAX - 16 && middle_is_left_out(text_span(&reason), in));
}

static void read_foreign(struct span in) {
        struct span rest = in, key, value;
        char buf[64];
        struct text t = TEXT_IN(buf);
        size_t lines = 0, most = 1;

        for (size_t i = 0; i < in.n; i++)
                most += in.p[i] == '\n';
        while (status_next(&rest, &key, &value)) {
                MUST(lies_in(key, in) && lies_in(value, in) && lies_in(rest, in) && ++lines <= most);
                MUST(!memchr(key.p, '=', key.n) && (value.n == 0 || !memchr(value.p, '\n', value.n)));
        }
        if (!last_field(in, "result", &t))
                MUST(t.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span in = exact_copy(data, size);

        round_trip(in);
        last_round_trip(in);
        read_foreign(in);
        free((void *) (uintptr_t) in.p);
        return 0;
}
