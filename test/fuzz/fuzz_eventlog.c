/* SPDX-License-Identifier: BSD-2-Clause */
/* Event logs: each event stands where counting from the front says, whatever a log claims about sizes. */
#include "eventlog.h"
#include "must.h"

static uint32_t number(const uint8_t *p, unsigned bytes) {
        uint32_t value = 0;

        while (bytes-- > 0)
                value = value << 8 | p[bytes];
        return value;
}

/* The size of digest `id` by the log's first event; 0x10000: it does not name it. */
static uint32_t digest_size(const uint8_t *log, uint32_t id) {
        const uint8_t *spec = log + 32;

        for (uint32_t i = 0; i < number(spec + 24, 4); i++)
                if (number(spec + 28 + 4 * i, 2) == id)
                        return number(spec + 30 + 4 * i, 2);
        return 0x10000;
}

/* Moves *at behind the event that stands there; false if it is cut or names what the log does not. */
static bool skip(const uint8_t *log, size_t n, size_t *at) {
        size_t i = *at;

        if (n - i < 12)
                return false;
        uint32_t digests = number(log + i + 8, 4);
        for (i += 12; digests > 0; digests--) {
                if (n - i < 2)
                        return false;
                uint32_t size = digest_size(log, number(log + i, 2));
                if (size > n - i - 2)
                        return false;
                i += 2 + size;
        }
        if (n - i < 4 || number(log + i, 4) > n - i - 4)
                return false;
        *at = i + 4 + number(log + i, 4);
        return true;
}

static void check_event(const struct tcg_event *e, struct span log) {
        char buf[256];
        struct text t = TEXT_IN(buf);
        struct span data;

        MUST(lies_in(e->data, log));
        for (unsigned b = 0; b < BANKS; b++)
                MUST(e->digest[b].n == 0 || (e->digest[b].n == bank_size((enum bank) b) && lies_in(e->digest[b], log)));
        event_image_path(e, &t);
        text_clear(&t);
        if (event_variable(e, &t, &data))
                MUST(lies_in(data, e->data));
        for (size_t i = 0; i < t.len; i++)
                MUST(t.p[i] >= 0x20 && t.p[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span bytes = exact_copy(data, size);
        char buf[200];
        struct text why = TEXT_IN(buf);
        struct eventlog log;
        struct tcg_event e;
        enum eventlog_step step = EVENTLOG_END;

        if (eventlog_open(bytes, &log, &why)) {
                size_t at = 32 + number(bytes.p + 28, 4);

                while ((step = eventlog_next(&log, &e, &why)) == EVENTLOG_EVENT) {
                        check_event(&e, bytes);
                        do { /* those that extend nothing are passed over */
                                MUST(number(bytes.p + at + 4, 4) == 3 || number(bytes.p + at + 4, 4) == e.type);
                                bool it = number(bytes.p + at + 4, 4) != 3;
                                MUST(skip(bytes.p, size, &at));
                                if (it)
                                        break;
                        } while (true);
                        MUST(log.rest.p == bytes.p + at);
                }
                while (at < size && skip(bytes.p, size, &at))
                        ;
                MUST(step == EVENTLOG_DAMAGED ? why.len > 0 : at == size);
        } else
                MUST(why.len > 0);
        free((void *) (uintptr_t) bytes.p);
        return 0;
}
