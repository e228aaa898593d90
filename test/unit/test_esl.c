/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "esl.h"

#define X509   "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"
#define SHA256 "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"
#define TBS    "\x92\xa4\xd2\x3b\xc0\x96\x79\x40\xb4\x20\xfc\xf9\x8e\xf1\x03\xed"
#define OTHER  "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"

static uint8_t buf[4096];
static size_t len;
static char said[256];

static void put32(size_t at, uint32_t v) {
        for (size_t i = 0; i < 4; i++)
                buf[at + i] = (uint8_t) (v >> (8 * i));
}

/* One list with n entries of `size` bytes; an entry's bytes are its number, the owner's 0x40 plus its number. */
static size_t put_list(const char *type, uint32_t head, uint32_t size, uint32_t n) {
        size_t at = len;

        memcpy(buf + at, type, 16);
        put32(at + 16, 28 + head + size * n);
        put32(at + 20, head);
        put32(at + 24, size);
        memset(buf + at + 28, 0xee, head);
        len += 28 + head;
        for (uint32_t i = 0; i < n; i++) {
                memset(buf + len, (int) (0x40 + i), 16);
                memset(buf + len + 16, (int) i, size - 16);
                len += size;
        }
        return at;
}

/* Judges the first n bytes from memory of exactly that size, so that a sanitizer sees one byte too many. */
static bool opens(size_t n, size_t *ret_entries) {
        struct text why = TEXT_IN(said);
        uint8_t *copy = malloc(n ? n : 1);
        struct esl at;
        struct esl_entry entry;

        assert_non_null(copy);
        memcpy(copy, buf, n);
        bool ok = esl_open((struct span) { copy, n }, &at, &why);
        size_t count = 0;
        while (ok && esl_next(&at, &entry))
                count++;
        free(copy);
        assert_true(ok == (why.len == 0));
        *ret_entries = count;
        return ok;
}

static void every_entry_of_every_list_is_given(void **state) {
        static const struct {
                enum esl_kind kind;
                size_t size;
                uint8_t number;
        } want[] = {
                { ESL_SHA256, 32, 0 },      { ESL_SHA256, 32, 1 }, { ESL_SHA256, 32, 2 }, { ESL_X509, 100, 0 },
                { ESL_X509_SHA256, 48, 0 }, { ESL_OTHER, 5, 0 },   { ESL_OTHER, 5, 1 },
        };
        struct text why = TEXT_IN(said);
        struct esl at;
        struct esl_entry entry;

        (void) state;
        len = 0;
        put_list(SHA256, 0, 48, 3);
        put_list(X509, 0, 48, 0);
        put_list(X509, 7, 116, 1);
        put_list(TBS, 0, 64, 1);
        put_list(OTHER, 0, 21, 2);
        assert_true(esl_open((struct span) { buf, len }, &at, &why));
        for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
                assert_true(esl_next(&at, &entry));
                assert_int_equal(entry.kind, want[i].kind);
                assert_int_equal(entry.data.n, want[i].size);
                assert_int_equal(entry.data.p[0], want[i].number);
                assert_int_equal(entry.data.p[want[i].size - 1], want[i].number);
                assert_int_equal(entry.owner.n, 16);
                assert_int_equal(entry.owner.p[15], 0x40 + want[i].number);
        }
        assert_false(esl_next(&at, &entry));
        assert_false(esl_next(&at, &entry));
}

static void no_list_is_an_empty_one(void **state) {
        size_t n;

        (void) state;
        assert_true(opens(0, &n));
        assert_int_equal(n, 0);
}

/* Only a cut between two lists leaves something whole. */
static void only_a_cut_between_two_lists_leaves_something_whole(void **state) {
        size_t n;

        (void) state;
        len = 0;
        put_list(SHA256, 0, 48, 2);
        size_t second = put_list(X509, 3, 40, 2);
        for (size_t cut = 1; cut <= len; cut++) {
                bool ok = opens(cut, &n);

                assert_true(ok == (cut == second || cut == len));
                assert_int_equal(n, !ok ? 0 : cut == len ? 4 : 2);
        }
}

static void a_list_whose_sizes_disagree_is_refused(void **state) {
        static const struct {
                uint32_t list, head, entry;
                char why[40];
        } cases[] = {
                { 27, 0, 48, "a list of a size that cannot be" },
                { 0, 0, 48, "a list of a size that cannot be" },
                { 125, 0, 48, "a list of a size that cannot be" },
                { 0xffffffff, 0, 48, "a list of a size that cannot be" },
                { 124, 97, 48, "header does not fit" },
                { 124, 0xffffffff, 48, "header does not fit" },
                { 124, 0, 0, "entry size" },
                { 124, 0, 16, "entry size" },
                { 124, 0, 47, "entry size" },
                { 124, 0, 0xffffffff, "entry size" },
                { 123, 0, 48, "no whole number of entries" },
                { 124, 1, 48, "no whole number of entries" },
        };
        size_t n;

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                len = 0;
                put_list(SHA256, 0, 48, 2);
                put32(16, cases[i].list);
                put32(20, cases[i].head);
                put32(24, cases[i].entry);
                if (opens(len, &n) || !strstr(said, cases[i].why))
                        fail_msg("case %zu: %s", i, said);
        }
}

static void an_entry_has_the_size_of_its_type(void **state) {
        static const struct {
                char type[17];
                uint32_t size;
                bool ok;
        } cases[] = {
                { SHA256, 48, true }, { SHA256, 49, false }, { TBS, 64, true },   { TBS, 48, false },
                { X509, 17, true },   { X509, 16, false },   { OTHER, 17, true }, { OTHER, 16, false },
        };
        size_t n;

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                len = 0;
                put_list(cases[i].type, 0, cases[i].size, 1);
                assert_true(opens(len, &n) == cases[i].ok);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_entry_of_every_list_is_given),
                cmocka_unit_test(no_list_is_an_empty_one),
                cmocka_unit_test(only_a_cut_between_two_lists_leaves_something_whole),
                cmocka_unit_test(a_list_whose_sizes_disagree_is_refused),
                cmocka_unit_test(an_entry_has_the_size_of_its_type),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
