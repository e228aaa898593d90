/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "gpt.h"

/* What sgdisk writes: partitions of type ESP and XBOOTLDR are the third and fifth of eight entries. */
static const uint8_t esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
static const uint8_t xbootldr[16] = { 0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42,
                                      0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72 };
static const uint8_t nobody[16] = { 1, 2, 3 };

static uint8_t block[512], entries[8 * 128 + 8];

/* A table-free CRC-32 with another shape than the one under test: bit by bit from the reversed message. */
static uint32_t crc(const uint8_t *p, size_t n) {
        uint32_t r = 0xffffffffu;

        for (size_t bit = 0; bit < 8 * n; bit++) {
                uint32_t in = (uint32_t) (p[bit / 8] >> (bit % 8)) & 1u;

                r = ((r ^ in) & 1u) ? (r >> 1) ^ 0xedb88320u : r >> 1;
        }
        return ~r;
}

static void put(size_t at, uint64_t value, size_t n) {
        for (size_t i = 0; i < n; i++)
                block[at + i] = (uint8_t) (value >> (8 * i));
}

static uint64_t get(size_t at, size_t n) {
        uint64_t value = 0;

        for (size_t i = n; i-- > 0;)
                value = value << 8 | block[at + i];
        return value;
}

static void seal(void) {
        uint64_t size = get(12, 4);

        put(16, 0, 4);
        if (size <= sizeof(block))
                put(16, crc(block, (size_t) size), 4);
}

static int make_disk(void **state) {
        (void) state;
        memset(block, 0, sizeof(block));
        memset(entries, 0, sizeof(entries));
        memcpy(entries + 2 * 128, esp, 16);
        memset(entries + 2 * 128 + 16, 0xee, 16);
        memcpy(entries + 4 * 128, xbootldr, 16);
        memset(entries + 4 * 128 + 16, 0xbb, 16);
        memcpy(entries + 5 * 128, xbootldr, 16);
        memset(entries + 5 * 128 + 16, 0xcc, 16);
        memcpy(block, "EFI PART", 8);
        put(8, 0x10000, 4);
        put(12, 92, 4);
        put(24, 1, 8);
        put(72, 2, 8);
        put(80, 8, 4);
        put(84, 128, 4);
        put(88, crc(entries, 8 * 128), 4);
        seal();
        return 0;
}

static bool opens(struct gpt_table *ret) {
        return gpt_header((struct span) { block, sizeof(block) }, ret);
}

static void the_header_is_read(void **state) {
        struct gpt_table t = { 0 };

        (void) state;
        assert_true(opens(&t));
        assert_int_equal(t.entries_lba, 2);
        assert_int_equal(t.n_entries, 8);
        assert_int_equal(t.entry_size, 128);
        assert_true(gpt_header((struct span) { block, 92 }, &t));
}

/* Each change by itself makes the header refused, with a CRC that fits it. */
static void each_false_field_of_the_header_is_refused(void **state) {
        static const struct {
                size_t at, n;
                uint64_t value;
        } changes[] = {
                { 0, 1, 'e' },   { 8, 4, 0x20000 },     { 12, 4, 91 },
                { 12, 4, 513 },  { 12, 4, 0xffffffff }, { 72, 8, 0 },
                { 72, 8, 1 },    { 72, 8, UINT64_MAX }, { 72, 8, UINT64_MAX / 4096 + 1 },
                { 80, 4, 0 },    { 80, 4, 1025 },       { 80, 4, 0xffffffff },
                { 84, 4, 0 },    { 84, 4, 120 },        { 84, 4, 129 },
                { 84, 4, 4104 }, { 84, 4, 0xffffffff },
        };
        struct gpt_table t = { .n_entries = 77 };

        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
                make_disk(state);
                put(changes[i].at, changes[i].value, changes[i].n);
                seal();
                assert_false(opens(&t));
        }
        assert_int_equal(t.n_entries, 77);
}

static void fields_at_their_limits_are_taken(void **state) {
        static const struct {
                size_t at, n;
                uint64_t value;
        } changes[] = {
                { 12, 4, 512 }, { 72, 8, UINT64_MAX / 4096 }, { 80, 4, 1 }, { 80, 4, 1024 }, { 84, 4, 4096 },
        };
        struct gpt_table t;

        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
                make_disk(state);
                put(changes[i].at, changes[i].value, changes[i].n);
                seal();
                assert_true(opens(&t));
        }
}

static void damage_is_seen_by_the_checksum(void **state) {
        struct gpt_table t;

        for (size_t i = 0; i < 92; i++) {
                make_disk(state);
                block[i] ^= 0x10;
                assert_false(opens(&t));
        }
        make_disk(state);
        for (size_t n = 0; n < 92; n++)
                assert_false(gpt_header((struct span) { block, n }, &t));
}

static void the_first_partition_of_a_type_is_found(void **state) {
        struct span all = { entries, sizeof(entries) };
        uint8_t guid[16] = { 0 }, want[16];
        struct gpt_table t;

        (void) state;
        assert_true(opens(&t));
        assert_true(gpt_find(&t, all, esp, guid));
        memset(want, 0xee, sizeof(want));
        assert_memory_equal(guid, want, 16);
        assert_true(gpt_find(&t, all, xbootldr, guid));
        memset(want, 0xbb, sizeof(want));
        assert_memory_equal(guid, want, 16);
        assert_false(gpt_find(&t, all, nobody, guid));
        assert_memory_equal(guid, want, 16);
}

static void nothing_is_found_in_bad_entries(void **state) {
        static const uint8_t zero[16];
        struct gpt_table t, none = { 0 };
        uint8_t guid[16];

        (void) state;
        assert_true(opens(&t));
        assert_false(gpt_find(&t, (struct span) { entries, sizeof(entries) }, zero, guid));
        assert_false(gpt_find(&t, (struct span) { entries, 8 * 128 - 1 }, esp, guid));
        assert_true(gpt_find(&t, (struct span) { entries, 8 * 128 }, esp, guid));
        assert_false(gpt_find(&none, (struct span) { entries, sizeof(entries) }, esp, guid));
        t = (struct gpt_table) { .n_entries = 1, .entry_size = 16, .entries_crc = crc(esp, 16) };
        struct span small = exact((struct span) { esp, 16 });
        assert_false(gpt_find(&t, small, esp, guid));
        exact_free(small);
        assert_true(opens(&t));
        entries[7 * 128 + 1] ^= 1;
        assert_false(gpt_find(&t, (struct span) { entries, sizeof(entries) }, esp, guid));
}

static bool reads(const char *text, size_t n, uint8_t ret[16]) {
        struct span in = exact((struct span) { (const uint8_t *) text, n });
        bool read = gpt_guid_read(in, ret);

        exact_free(in);
        return read;
}

static void a_guid_is_read_and_written(void **state) {
        char buf[40];
        struct text text = TEXT_IN(buf);
        uint8_t guid[16];

        (void) state;
        gpt_guid_write(esp, &text);
        assert_string_equal(buf, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
        assert_true(reads(buf, GPT_GUID_CHARS, guid));
        assert_memory_equal(guid, esp, sizeof(guid));
        memset(guid, 0xa5, sizeof(guid));
        for (size_t n = 0; n < GPT_GUID_CHARS; n++)
                assert_false(reads(buf, n, guid));
        assert_false(reads(buf, GPT_GUID_CHARS + 1, guid));
        for (size_t i = 0; i < GPT_GUID_CHARS; i++) {
                const char was = buf[i];

                buf[i] = was == '-' ? '0' : '-';
                assert_false(reads(buf, GPT_GUID_CHARS, guid));
                buf[i] = was;
        }
        assert_int_equal(guid[0], 0xa5);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_header_is_read, make_disk),
                cmocka_unit_test(each_false_field_of_the_header_is_refused),
                cmocka_unit_test(fields_at_their_limits_are_taken),
                cmocka_unit_test(a_guid_is_read_and_written),
                cmocka_unit_test(damage_is_seen_by_the_checksum),
                cmocka_unit_test_setup(the_first_partition_of_a_type_is_found, make_disk),
                cmocka_unit_test_setup(nothing_is_found_in_bad_entries, make_disk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
