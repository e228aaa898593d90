/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "status.h"

static struct status status;

static struct span bytes(const void *p, size_t n) {
        return (struct span) { p, n };
}

static int begin(void **state) {
        (void) state;
        memset(&status, 0xa5, sizeof(status));
        status_begin(&status);
        return 0;
}

static void assert_status(const char *want) {
        assert_true(span_eq_str(status_span(&status), want));
        assert_true(span_eq_str(status_span(&status), want)); /* looking changes nothing */
}

/* Does the text, and each line of it, end as it should, and how many addons does it list? */
static size_t assert_whole(void) {
        struct span all = status_span(&status), key, value;
        size_t n_addons = 0;

        assert_true(all.n > 0 && all.n <= STATUS_MAX && all.p[all.n - 1] == '\n');
        while (status_next(&all, &key, &value)) {
                n_addons += span_eq_str(key, "addon");
                assert_true(span_eq_str(key, "addon") || span_eq_str(key, "truncated") || span_eq_str(key, "line"));
                assert_true(!span_eq_str(key, "addon") || span_ends(value, " admitted"));
        }
        return n_addons;
}

static void assert_trailer(const char *want) {
        assert_true(span_ends(status_span(&status), want));
}

static void a_status_is_lines_of_key_and_value(void **state) {
        (void) state;
        assert_status("");
        status_add(&status, "result", span_of("started"));
        status_add(&status, "reason", span_of(""));
        status_add(&status, "uki", span_of("\\EFI\\Linux\\a.efi"));
        status_addon(&status, "\\loader\\addons\\a.addon.efi", "admitted", "");
        status_addon(&status, "\\b.addon.efi", "refused", "\"init=x\" refused");
        assert_status("result=started\nreason=\nuki=\\EFI\\Linux\\a.efi\naddon=\\loader\\addons\\a.addon.efi admitted\n"
                      "addon=\\b.addon.efi refused: \"init=x\" refused\n");
        status_begin(&status);
        assert_status("");
}

/* What is written, and that it is read as it was. */
static void what_is_escaped_is_read_as_it_was(void **state) {
        static const struct {
                char value[16];
                size_t n;
                char written[40];
        } rows[] = {
                { "a=b", 3, "a=b" },        { "a\nb", 3, "a\\x0ab" },        { "\0\x7f\xff ", 4, "\\x00\\x7f\\xff " },
                { "\\x41", 4, "\\x5cx41" }, { "\\xZZ", 4, "\\xZZ" },         { "\\x4", 3, "\\x4" },
                { "\\", 1, "\\" },          { "\\\\x4F", 5, "\\\\x5cx4F" },  { "\\x\x01", 3, "\\x\\x01" },
                { "\\x5c", 4, "\\x5cx5c" }, { "\xc3\xa4", 2, "\\xc3\\xa4" }, { "\\X41", 4, "\\X41" },
                { "ax41", 4, "ax41" },      { "\\x/0", 4, "\\x/0" },         { "\\x:0", 4, "\\x:0" },
                { "\\x@0", 4, "\\x@0" },    { "\\xG0", 4, "\\xG0" },         { "\\x`0", 4, "\\x`0" },
                { "\\xg0", 4, "\\xg0" },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char buf[32];
                struct text text = TEXT_IN(buf);
                struct span rest, key, value;

                begin(state);
                status_add(&status, "k", bytes(rows[i].value, rows[i].n));
                rest = status_span(&status);
                assert_true(status_next(&rest, &key, &value));
                assert_true(span_eq_str(key, "k") && span_eq_str(value, rows[i].written));
                status_unescape(value, &text);
                assert_true(span_eq(text_span(&text), bytes(rows[i].value, rows[i].n)));
                assert_false(status_next(&rest, &key, &value));
        }
}

static void add_line(size_t n) {
        static char filling[2 * STATUS_MAX];

        memset(filling, 'x', sizeof(filling));
        status_add(&status, "line", bytes(filling, n - 6)); /* line=...\n */
}

static void add_addons(size_t n) {
        for (size_t i = 0; i < n; i++) /* 32 bytes each */
                status_addon(&status, "\\012345678.addon", "admitted", "");
}

static void a_status_of_the_greatest_size_is_whole(void **state) {
        (void) state;
        add_addons(STATUS_MAX / 32);
        assert_int_equal(assert_whole(), STATUS_MAX / 32);
        assert_int_equal(status_span(&status).n, STATUS_MAX);
        begin(state);
        add_line(STATUS_MAX);
        assert_int_equal(status_span(&status).n, STATUS_MAX);
        assert_whole();
}

static void addons_that_do_not_fit_are_counted(void **state) {
        (void) state;
        add_addons(STATUS_MAX / 32 + 1);
        assert_int_equal(assert_whole(), STATUS_MAX / 32 - 1);
        assert_trailer(" admitted\ntruncated=2 addons not listed\n");

        begin(state);
        add_line(STATUS_MAX - 31);
        add_addons(1);
        assert_whole();
        assert_trailer("xxx\ntruncated=1 addon not listed\n");

        begin(state);
        add_line(STATUS_MAX - 20);
        add_addons(1);
        assert_status("truncated=1 line and 1 addon not listed\n");
}

static void list_of_addons_is_its_beginning(void **state) {
        (void) state;
        add_line(STATUS_MAX - 200);
        status_addon(&status, "\\a.addon.efi", "admitted", "");
        for (size_t i = 0; i < 9; i++)
                status_addon(
                        &status,
                        "\\a-name-that-is-so-long-that-it-does-not-fit-any-more-in-what-is-left-of-the-text-and-then-some-more-of-it-"
                        "and-even-more-until-it-is-more-than-all-that-is-left-of-it-really.addon.efi",
                        "admitted", "");
        add_addons(1);
        assert_int_equal(assert_whole(), 1);
        assert_trailer("addon=\\a.addon.efi admitted\ntruncated=10 addons not listed\n");
}

static void lines_give_way_last(void **state) {
        (void) state;
        add_line(STATUS_MAX + 1);
        status_add(&status, "line", span_of("kept"));
        assert_status("line=kept\ntruncated=1 line not listed\n");
        add_line(STATUS_MAX);
        add_line(STATUS_MAX - 10);
        add_addons(3);
        assert_whole();
        /* The line that filled the text has to make room for the sentence about the others. */
        assert_status("line=kept\ntruncated=3 lines and 3 addons not listed\n");

        begin(state); /* more than one has to go for one sentence */
        add_line(STATUS_MAX - 21);
        for (size_t i = 0; i < 4; i++)
                status_add(&status, "line", span_of("x"));
        assert_status("truncated=5 lines not listed\n");

        begin(state); /* more digits need more room */
        add_addons(STATUS_MAX / 32 + 9);
        assert_whole();
        assert_trailer("truncated=10 addons not listed\n");
}

static void lines_are_read_one_by_one(void **state) {
        struct span rest = span_of("a=1\n\nno assignment\nb==2\n=x\nc="), key, value;

        (void) state;
        assert_true(status_next(&rest, &key, &value) && span_eq_str(key, "a") && span_eq_str(value, "1"));
        assert_true(status_next(&rest, &key, &value) && span_eq_str(key, "b") && span_eq_str(value, "=2"));
        assert_true(status_next(&rest, &key, &value) && key.n == 0 && span_eq_str(value, "x"));
        assert_true(status_next(&rest, &key, &value) && span_eq_str(key, "c") && value.n == 0);
        assert_false(status_next(&rest, &key, &value));
        rest = (struct span) { NULL, 0 };
        assert_false(status_next(&rest, &key, &value));
}

static void the_last_result_is_written_and_read(void **state) {
        char buf[LAST_MAX], field_buf[64];
        struct text last = TEXT_IN(buf), field = TEXT_IN(field_buf);

        (void) state;
        last_format(span_of("t1"), "failed", span_of("\\a.efi: line\nfeed"), &last);
        assert_string_equal(last.p, "id=t1\nresult=failed\nreason=\\a.efi: line\\x0afeed\n");
        assert_true(last_field(text_span(&last), "reason", &field));
        assert_string_equal(field.p, "\\a.efi: line\nfeed");
        assert_true(last_field(text_span(&last), "id", &field));
        assert_string_equal(field.p, "t1");
        assert_false(last_field(text_span(&last), "idx", &field));
        assert_int_equal(field.len, 0);
        assert_true(last_field(span_of("id=first\nid=second"), "id", &field));
        assert_string_equal(field.p, "first");

        last_format(span_of("t2"), "taken", span_of(""), &last);
        assert_string_equal(last.p, "id=t2\nresult=taken\n");
}

static void the_last_result_fits_whatever_the_reason(void **state) {
        char buf[LAST_MAX], field_buf[LAST_MAX], small_buf[3], reason[2000];
        struct text last = TEXT_IN(buf), field = TEXT_IN(field_buf), small = TEXT_IN(small_buf);

        (void) state;
        for (int fill = 0; fill < 2; fill++) {
                memset(reason, fill ? 'x' : '\n', sizeof(reason));
                last_format(span_of("t3"), "refused", bytes(reason, sizeof(reason)), &last);
                assert_false(last.cut);
                assert_true(last.len > LAST_MAX - 10 && strstr(last.p, "..."));
                assert_true(last_field(text_span(&last), "reason", &field));
                assert_memory_equal(field.p, reason, 70);
                assert_memory_equal(field.p + field.len - 140, reason, 140);
        }
        assert_false(last_field(text_span(&last), "result", &small));
        assert_int_equal(small.len, 0);
        assert_false(small.cut);
        assert_true(last_field(text_span(&last), "id", &small));
}

/* A name of 85 characters that take 12 bytes each, or one of as many escapes in a path: the end says what is wrong. */
/* What reads as an escape takes as much room as one, wherever it is cut. */
static void the_last_result_fits_a_reason_of_escapes(void **state) {
        static char reason[4 * 250];
        char buf[LAST_MAX], unescaped[LAST_MAX];
        struct text last = TEXT_IN(buf), field = TEXT_IN(unescaped);

        (void) state;
        for (size_t i = 0; i < sizeof(reason); i++)
                reason[i] = "\\x41"[i % 4];
        for (size_t from = 0; from < 4; from++) {
                last_format(span_of("t4"), "refused", bytes(reason + from, sizeof(reason) - from), &last);
                assert_false(last.cut);
                assert_true(last.len > LAST_MAX - 16 && last.p[last.len - 1] == '\n');
                assert_true(last_field(text_span(&last), "reason", &field) && strstr(field.p, "..."));
                assert_memory_equal(field.p, reason + from, 150);
        }
}

static void last_keeps_the_end_of_a_reason(void **state) {
        static const char says[] = "\" refused: sensitive (control of PID 1), no rule with that flag";
        char buf[LAST_MAX], field_buf[LAST_MAX], reason[1024 + sizeof(says)];
        struct text last = TEXT_IN(buf), field = TEXT_IN(field_buf);

        (void) state;
        for (size_t n = 1; n <= 1024; n++) {
                memset(reason, '\xe4', n);
                memcpy(reason + n, says, sizeof(says));
                last_format(span_of("t1"), "refused", span_of(reason), &last);
                assert_true(!last.cut && last_field(text_span(&last), "reason", &field) && span_ends(text_span(&field), says));
                assert_int_equal(strstr(field.p, "...") != NULL,
                                 sizeof("id=t1\nresult=refused\nreason=\n") + 4 * n + strlen(says) > LAST_MAX);
        }
}

int main(void) {
#define T(test) cmocka_unit_test_setup(test, begin)
        const struct CMUnitTest tests[] = {
                T(a_status_is_lines_of_key_and_value),
                T(what_is_escaped_is_read_as_it_was),
                T(a_status_of_the_greatest_size_is_whole),
                T(addons_that_do_not_fit_are_counted),
                T(list_of_addons_is_its_beginning),
                T(lines_give_way_last),
                T(lines_are_read_one_by_one),
                T(the_last_result_is_written_and_read),
                T(the_last_result_fits_whatever_the_reason),
                T(last_keeps_the_end_of_a_reason),
                T(the_last_result_fits_a_reason_of_escapes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
