/* SPDX-License-Identifier: BSD-2-Clause */
/* LoadOptions that are a whole EFI_LOAD_OPTION, as some firmware gives it, and those of Windows' own entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "request_shapes.h"

/* attributes, length of the paths, description, a FilePath node, an End node. */
static void put_load_option(uint16_t paths_len, uint8_t node_len, const char *end_node) {
        const uint8_t head[] = { 1, 0, 0, 0, (uint8_t) paths_len, (uint8_t) (paths_len >> 8) };
        const uint8_t node[] = { 4, 4, node_len, 0, 'a', 0, 0, 0, 7 };

        raw_bytes(&raw, head, sizeof(head));
        raw_ucs2(&raw, "UKI reload");
        raw_nul(&raw);
        raw_bytes(&raw, node, sizeof(node));
        raw_bytes(&raw, end_node, 4);
}

static void a_whole_load_option_is_read_from_its_optional_data(void **state) {
        (void) state;
        put_load_option(13, 9, "\x7f\xff\x04\0"); /* an odd node before an even text */
        raw_ucs2(&raw, OWN " @1 " REST);
        raw_nul(&raw);
        assert_the_request(true, true);

        begin(state);
        put_load_option(13, 9, "\x7f\xff\x04\0");
        assert_none("");
        begin(state);
        put_load_option(13, 9, "\x7f\xff\x04\0");
        raw_nul(&raw);
        assert_none("begin with a NUL");
}

static void what_is_not_quite_a_load_option_is_no_request(void **state) {
        static const struct {
                uint16_t paths_len;
                uint8_t node_len;
                char end[5];
        } rows[] = {
                { 12, 9, "\x7f\xff\x04\0" },  { 14, 9, "\x7f\xff\x04\0" }, { 9, 9, "\x7f\xff\x04\0" },
                { 500, 9, "\x7f\xff\x04\0" }, { 13, 3, "\x7f\xff\x04\0" }, { 13, 200, "\x7f\xff\x04\0" },
                { 13, 9, "\x7f\x01\x04\0" },  { 13, 9, "\x7e\xff\x04\0" }, { 13, 9, "\x7f\xff\x05\0" },
                { 0, 9, "\x7f\xff\x04\0" },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                begin(state);
                put_load_option(rows[i].paths_len, rows[i].node_len, rows[i].end);
                raw_ucs2(&raw, REST);
                assert_int_equal(parse(""), REQUEST_NONE);
                assert_true(why.len > 0);
        }
        begin(state); /* an End node of five bytes, all in the list */
        put_load_option(14, 9, "\x7f\xff\x05\0");
        raw_bytes(&raw, "", 1);
        raw_ucs2(&raw, REST);
        assert_int_equal(parse(""), REQUEST_NONE);
        begin(state); /* nodes that overlap, as one of two bytes would make them */
        raw_bytes(&raw, "\1\0\0\0\x0c\0\0\0\4\4\2\0\6\0\0\0\x7f\xff\4\0", 20);
        raw_ucs2(&raw, REST);
        assert_int_equal(parse(""), REQUEST_NONE);
        begin(state); /* no end of the description */
        raw_bytes(&raw, "\1\0\0\0\4\0", 6);
        raw_ucs2(&raw, "abc");
        assert_int_equal(parse(""), REQUEST_NONE);
}

static void windows_own_options_are_no_request(void **state) {
        (void) state;
        raw_bytes(&raw, "WINDOWS\0\1\0\0\0\x88\0\0\0x", 17);
        assert_none("Windows");
        begin(state);
        raw_ucs2(&raw, "WINDOWS");
        assert_none("Windows");
        begin(state);
        raw_ucs2(&raw, "WINDOW");
        assert_int_equal(parse(""), REQUEST_OK);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_whole_load_option_is_read_from_its_optional_data, begin),
                cmocka_unit_test_setup(what_is_not_quite_a_load_option_is_no_request, begin),
                cmocka_unit_test_setup(windows_own_options_are_no_request, begin),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
