/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "eventlog.h"

static uint8_t log_bytes[4096];
static size_t n;
static char why_buf[200];

static void add(const void *p, size_t size) {
        memcpy(log_bytes + n, p, size);
        n += size;
}

static void number(uint64_t value, unsigned bytes) {
        for (; bytes > 0; bytes--, value >>= 8)
                log_bytes[n++] = (uint8_t) value;
}

static void fill(uint8_t byte, size_t size) {
        memset(log_bytes + n, byte, size);
        n += size;
}

/* The first event, naming SHA-256, SHA-1 and SM3, which nobody here knows. */
static void head(void) {
        n = 0;
        number(0, 4);
        number(3, 4);
        fill(0, 20);
        number(28 + 12 + 1, 4);
        add("Spec ID Event03\0\0\0\0\0\0\2\0\2", 24);
        number(3, 4);
        add("\xb\0\x20\0\x4\0\x14\0\x12\0\x20\0\0", 13);
}

static void event(uint32_t pcr, uint32_t type, const void *data, size_t size) {
        number(pcr, 4);
        number(type, 4);
        number(3, 4);
        number(0xb, 2);
        fill(0xbb, 32);
        number(4, 2);
        fill(0x44, 20);
        number(0x12, 2);
        fill(0x12, 32);
        number(size, 4);
        add(data, size);
}

static struct span exact(void) {
        static uint8_t *copy;

        free(copy);
        copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, log_bytes, n);
        return (struct span) { copy, n };
}

static bool open_log(struct eventlog *ret) {
        struct text why = TEXT_IN(why_buf);

        return eventlog_open(exact(), ret, &why);
}

static enum eventlog_step next(struct eventlog *log, struct tcg_event *ret) {
        struct text why = TEXT_IN(why_buf);

        return eventlog_next(log, ret, &why);
}

static void events_come_in_order_with_the_digests_of_known_banks(void **state) {
        struct eventlog log;
        struct tcg_event e;

        (void) state;
        head();
        event(7, EV_EFI_VARIABLE_AUTHORITY, "abc", 3);
        event(0, 3, "nothing", 7); /* EV_NO_ACTION */
        event(12, EV_IPL, "", 0);
        assert_true(open_log(&log));
        assert_true(log.has[BANK_SHA1] && log.has[BANK_SHA256] && !log.has[BANK_SHA384]);
        assert_int_equal(next(&log, &e), EVENTLOG_EVENT);
        assert_true(e.pcr == 7 && e.type == EV_EFI_VARIABLE_AUTHORITY && span_eq_str(e.data, "abc"));
        assert_true(e.digest[BANK_SHA256].n == 32 && e.digest[BANK_SHA256].p[31] == 0xbb);
        assert_true(e.digest[BANK_SHA1].n == 20 && e.digest[BANK_SHA1].p[19] == 0x44 && e.digest[BANK_SHA384].n == 0);
        assert_int_equal(next(&log, &e), EVENTLOG_EVENT);
        assert_true(e.pcr == 12 && e.data.n == 0);
        assert_int_equal(next(&log, &e), EVENTLOG_END);
        assert_int_equal(next(&log, &e), EVENTLOG_END);
        assert_int_equal(log.n, 3);
}

static void a_log_cut_anywhere_is_damaged_and_says_where(void **state) {
        struct eventlog log;
        struct tcg_event e;
        size_t whole, first;

        (void) state;
        head();
        first = n;
        event(7, EV_SEPARATOR, "\0\0\0\0", 4);
        whole = n;
        for (n = 0; n < first; n++)
                assert_false(open_log(&log));
        for (n = first + 1; n < whole; n++) {
                assert_true(open_log(&log));
                assert_int_equal(next(&log, &e), EVENTLOG_DAMAGED);
                assert_string_equal(why_buf, "is damaged after event 0");
                assert_int_equal(next(&log, &e), EVENTLOG_END);
        }
}

static void a_log_of_the_old_format_is_none(void **state) {
        struct eventlog log;

        (void) state;
        head();
        log_bytes[4] = 8;
        assert_false(open_log(&log));
        head();
        log_bytes[32 + 14] = '2';
        assert_false(open_log(&log));
        assert_string_equal(why_buf, "is not an event log of a TPM 2.0");
}

static void more_algorithms_than_there_is_room_for_are_refused(void **state) {
        struct eventlog log;

        (void) state;
        head();
        log_bytes[32 + 24] = EVENTLOG_ALGORITHMS_MAX + 1;
        log_bytes[28] = (uint8_t) (log_bytes[28] + 100);
        fill(0, 100);
        assert_false(open_log(&log));
        log_bytes[32 + 24] = EVENTLOG_ALGORITHMS_MAX;
        assert_true(open_log(&log));
}

static void an_event_of_more_digests_than_there_are_algorithms_is_damage(void **state) {
        struct eventlog log;
        struct tcg_event e;

        (void) state;
        for (unsigned more = 0; more < 2; more++) {
                head();
                number(7, 4);
                number(EV_IPL, 4);
                number(EVENTLOG_ALGORITHMS_MAX + more, 4);
                for (unsigned i = 0; i < EVENTLOG_ALGORITHMS_MAX + more; i++) {
                        number(4, 2);
                        fill(0x44, 20);
                }
                number(0, 4);
                assert_true(open_log(&log));
                assert_int_equal(next(&log, &e), more ? EVENTLOG_DAMAGED : EVENTLOG_EVENT);
        }
}

static void a_log_of_too_many_events_is_damaged(void **state) {
        struct eventlog log;
        struct tcg_event e;

        (void) state;
        head();
        event(7, EV_IPL, "", 0);
        event(7, EV_IPL, "", 0);
        assert_true(open_log(&log));
        log.n = EVENTLOG_EVENTS_MAX - 1;
        assert_int_equal(next(&log, &e), EVENTLOG_EVENT);
        assert_int_equal(next(&log, &e), EVENTLOG_DAMAGED);
}

static void a_digest_that_the_log_does_not_name_is_damage(void **state) {
        struct eventlog log;
        struct tcg_event e;

        (void) state;
        head();
        event(7, EV_IPL, "", 0);
        log_bytes[n - 4 - 34] = 0xc;
        assert_true(open_log(&log));
        assert_int_equal(next(&log, &e), EVENTLOG_DAMAGED);
}

static void a_bank_with_another_size_is_not_there(void **state) {
        struct eventlog log;
        struct tcg_event e;

        (void) state;
        head();
        log_bytes[32 + 30] = 48; /* of SHA-256 */
        assert_true(open_log(&log));
        number(7, 4);
        number(EV_IPL, 4);
        number(1, 4);
        number(0xb, 2);
        fill(0xbb, 48);
        number(0, 4);
        assert_true(open_log(&log));
        assert_false(log.has[BANK_SHA256]);
        assert_int_equal(next(&log, &e), EVENTLOG_EVENT);
        assert_int_equal(e.digest[BANK_SHA256].n, 0);
}

static void a_variable_gives_its_name_and_content(void **state) {
        struct tcg_event e = { 0 };
        struct text name = TEXT_IN(why_buf);
        struct span data;

        (void) state;
        n = 0;
        fill(0, 16);
        number(3, 8);
        number(2, 8);
        add("d\0\x42\1x\0xy", 8);
        e.data = exact();
        assert_true(event_variable(&e, &name, &data));
        assert_string_equal(why_buf, "d?x");
        assert_true(span_eq_str(data, "xy"));
        const size_t whole = n;
        log_bytes[16 + 7] = 0x80; /* twice this is 6 again */
        e.data = exact();
        assert_false(event_variable(&e, &name, &data));
        log_bytes[16 + 7] = 0;
        for (n = whole; n-- > 0;) {
                e.data = exact();
                text_clear(&name);
                assert_false(event_variable(&e, &name, &data));
        }
}

static void an_image_gives_the_text_of_its_file_path_nodes(void **state) {
        struct tcg_event e = { 0 };
        struct text path = TEXT_IN(why_buf);

        (void) state;
        n = 0;
        fill(0, 24);
        number(4 + 2 + 6 + 6 + 14 + 4, 8);
        add("\x01\x01\x06\0\0\0", 6); /* nodes of another kind */
        add("\x01\x04\x06\0x\0", 6);
        add("\x04\x01\x06\0y\0", 6);
        add("\x04\x04\x0e\0\\\0a\0\x1f\0\0\0z\0", 14);
        add("\x7f\xff\x04\0", 4);
        e.data = exact();
        event_image_path(&e, &path);
        assert_string_equal(why_buf, "\\a?");
        memcpy(log_bytes + n - 4, "\x04\x04\0", 4); /* a node without length */
        e.data = exact();
        text_clear(&path);
        event_image_path(&e, &path);
        assert_string_equal(why_buf, "\\a?");
        log_bytes[24] = 200; /* more than there is */
        e.data = exact();
        text_clear(&path);
        event_image_path(&e, &path);
        assert_int_equal(path.len, 0);
}

static void banks_have_names_and_sizes(void **state) {
        (void) state;
        assert_string_equal(bank_name(BANK_SHA1), "sha1");
        assert_string_equal(bank_name(BANK_SHA384), "sha384");
        assert_int_equal(bank_size(BANK_SHA256), 32);
        assert_string_equal(bank_name(BANK_SHA512), "sha512");
        assert_int_equal(bank_size(BANK_SHA512), 64);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(events_come_in_order_with_the_digests_of_known_banks),
                cmocka_unit_test(a_log_cut_anywhere_is_damaged_and_says_where),
                cmocka_unit_test(a_log_of_the_old_format_is_none),
                cmocka_unit_test(more_algorithms_than_there_is_room_for_are_refused),
                cmocka_unit_test(an_event_of_more_digests_than_there_are_algorithms_is_damage),
                cmocka_unit_test(a_log_of_too_many_events_is_damaged),
                cmocka_unit_test(a_digest_that_the_log_does_not_name_is_damage),
                cmocka_unit_test(a_bank_with_another_size_is_not_there),
                cmocka_unit_test(a_variable_gives_its_name_and_content),
                cmocka_unit_test(an_image_gives_the_text_of_its_file_path_nodes),
                cmocka_unit_test(banks_have_names_and_sizes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
