/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/outcome.h"

#include <string.h>
#include <strings.h>

#include "cmdline.h"
#include "host/nvram.h"

const char *outcome_name(enum outcome_kind kind) {
        switch (kind) {
        case OUTCOME_NONE: return "none";
        case OUTCOME_STARTED: return "started";
        case OUTCOME_CONFIRMED: return "confirmed";
        case OUTCOME_REFUSED: return "refused";
        case OUTCOME_FAILED: return "failed";
        case OUTCOME_STALE: return "stale";
        case OUTCOME_HUNG: return "hung";
        case OUTCOME_UNKNOWN: break;
        }
        return "unknown";
}

static bool last_printable(struct span last, const char *key, char *buf, size_t cap) {
        char raw_buf[LAST_MAX];
        struct text raw = TEXT_IN(raw_buf), t = text_in(buf, cap);

        if (!last_field(last, key, &raw))
                return false;
        text_shown(&t, text_span(&raw), raw.len);
        return true;
}

bool outcome_field(const struct outcome *o, const char *key, struct text *ret) {
        struct span rest = bytes_span(&o->status), found, value;

        while (o->here && status_next(&rest, &found, &value))
                if (span_eq_str(found, key)) {
                        status_unescape(value, ret);
                        return !ret->cut;
                }
        return false;
}

bool outcome_has_words(struct span have, struct span want, struct text *missing) {
        struct cmdline_word wanted, word;

        while (cmdline_next(&want, &wanted)) {
                bool found = false;

                while (!found && cmdline_next(&have, &word))
                        found = span_eq(word.whole, wanted.whole);
                if (!found) {
                        text_shown(missing, wanted.whole, 200);
                        return false;
                }
        }
        return true;
}

static void compare_line(const struct host *h, struct outcome *o) {
        char want_buf[STATUS_MAX + 1], have_buf[8192];
        struct text want = TEXT_IN(want_buf), have = TEXT_IN(have_buf), missing = TEXT_IN(o->missing);

        if (!outcome_field(o, "cmdline", &want))
                text_str(&missing, "(UkiloadStatus names no command line)");
        else if (!host_read(h, "/proc/cmdline", &have))
                text_str(&missing, "(/proc/cmdline cannot be read)");
        else
                o->applied = outcome_has_words(text_span(&have), text_span(&want), &missing);
}

static void read_status(const struct host *h, struct outcome *o) {
        char buf[256], result[32];
        struct text ignored = TEXT_IN(buf), t = TEXT_IN(result);
        struct nvram_var v;

        if (nvram_get(h, "UkiloadStatus", GUID_UKILOAD, &v, &ignored) != EFIVAR_READ)
                return;
        /* Only firmware can make a volatile variable before the system runs; root can write the other kind at any time. */
        o->here = v.attributes == NVRAM_BS_RT;
        o->forged = !o->here;
        o->status = v.data;
        o->started_here = outcome_field(o, "result", &t) && strcmp(result, "started") == 0;
        if (o->started_here)
                compare_line(h, o);
}

static enum outcome_kind judge_started(const struct outcome *o) {
        char id[64];
        struct text t = TEXT_IN(id);

        return o->started_here && outcome_field(o, "id", &t) && strcmp(id, o->id) == 0 ? OUTCOME_STARTED : OUTCOME_HUNG;
}

static enum outcome_kind judge(const struct outcome *o) {
        static const struct {
                const char *result;
                enum outcome_kind kind;
        } known[] = {
                { "confirmed", OUTCOME_CONFIRMED },
                { "refused", OUTCOME_REFUSED },
                { "failed", OUTCOME_FAILED },
                { "stale", OUTCOME_STALE },
        };

        /* "taken" is overwritten by whatever comes next; if it stands, ukiload did not get that far. */
        if (strcmp(o->result, "started") == 0 || strcmp(o->result, "taken") == 0)
                return judge_started(o);
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (strcmp(o->result, known[i].result) == 0)
                        return known[i].kind;
        return OUTCOME_UNKNOWN;
}

enum exit_code outcome_read(const struct host *h, struct outcome *ret, struct text *why) {
        struct nvram_var v;

        memset(ret, 0, sizeof(*ret));
        read_status(h, ret);
        enum efivar_state state = nvram_get(h, "UkiloadLast", GUID_UKILOAD, &v, why);
        if (state == EFIVAR_FAILED)
                return EXIT_FAILED;
        if (state == EFIVAR_ABSENT)
                return EXIT_OK;
        struct span last = bytes_span(&v.data);
        (void) last_printable(last, "id", ret->id, sizeof(ret->id));
        (void) last_printable(last, "result", ret->result, sizeof(ret->result));
        (void) last_printable(last, "reason", ret->reason, sizeof(ret->reason));
        bytes_free(&v.data);
        ret->last = judge(ret);
        return EXIT_OK;
}

void outcome_free(struct outcome *o) {
        bytes_free(&o->status);
}

enum exit_code outcome_check(const struct outcome *o, struct text *why) {
        if (o->forged)
                text_str(why, OUTCOME_FORGED ": nothing of it can be confirmed");
        else if (!o->here || !o->started_here)
                text_str(why, "ukiload did not start this boot: there is nothing to confirm");
        else if (!o->applied) {
                text_cat(why, "/proc/cmdline lacks ", o->missing, ", which ukiload admitted: this boot is not what was asked for",
                         NULL);
                return EXIT_REFUSED;
        } else
                return EXIT_OK;
        return EXIT_NOT_ARMED;
}

void outcome_picked(const struct outcome *o, struct names *ret) {
        static const char end[] = " admitted", pool[] = DIR_POOL "\\";
        struct span rest = bytes_span(&o->status), key, value;
        char buf[STATUS_MAX + 1];

        while (o->here && status_next(&rest, &key, &value)) {
                struct text t = TEXT_IN(buf);

                if (!span_eq_str(key, "addon"))
                        continue;
                status_unescape(value, &t);
                if (t.cut || !span_ends_nocase(text_span(&t), end) || strncasecmp(buf, pool, strlen(pool)) != 0)
                        continue;
                buf[t.len - strlen(end)] = '\0';
                names_add(ret, buf);
        }
}
