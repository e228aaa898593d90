/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "addon.h"
#include "dtb.h"
#include "exact.h"
#include "pe_image.h"

static uint8_t tree[256];
static size_t len;
static char why_buf[256];

static void be32(size_t at, uint32_t value) {
        for (size_t i = 0; i < 4; i++)
                tree[at + i] = (uint8_t) (value >> (24 - 8 * i));
}

static void add32(uint32_t value) {
        be32(len, value);
        len += 4;
}

/* / { chosen { NAME = "init=/bin/sh"; }; }; as dtc writes it. */
static void make(const char *name) {
        static const char words[16] = "init=/bin/sh";
        size_t strings;

        memset(tree, 0, sizeof(tree));
        len = 56; /* header of 40 bytes, an empty list of reservations */
        be32(0, 0xd00dfeed);
        be32(8, 56);
        be32(16, 40);
        be32(20, 17);
        be32(24, 16);
        add32(1); /* node, without a name: the root */
        add32(0);
        add32(1); /* node */
        memcpy(tree + len, "chosen", 7);
        len += 8;
        add32(3); /* property: length, name, value */
        add32(13);
        add32(0);
        memcpy(tree + len, words, sizeof(words));
        len += sizeof(words);
        add32(2);
        add32(2);
        add32(9);
        strings = len;
        be32(12, (uint32_t) strings);
        memcpy(tree + len, name, strlen(name) + 1);
        len += strlen(name) + 1;
        be32(32, (uint32_t) (len - strings));
        be32(36, (uint32_t) (strings - 56));
        be32(4, (uint32_t) len);
}

static bool judge(size_t n) {
        struct text why = TEXT_IN(why_buf);
        const struct span bytes = exact((struct span) { tree, n });
        const bool good = dtb_without_bootargs(bytes, &why);

        exact_free(bytes);
        return good;
}

static void bootargs_is_refused_and_no_other_name(void **state) {
        (void) state;
        make("bootargs");
        assert_false(judge(len));
        assert_string_equal(
                why_buf,
                "has a device tree (.dtb) with bootargs, a command line that no policy judges: remove the property, and give the words by "
                ".cmdline");
        make("stdout-path");
        assert_true(judge(len));
        assert_string_equal(why_buf, "");
        make("bootargs-ext");
        assert_true(judge(len));
        make("linux,bootargs"); /* its end is the name, and a tree may point there */
        assert_false(judge(len));
        make("bootarg");
        assert_true(judge(len));
}

/* Wherever the name stands; also in a section that is longer than the tree. */
static void bootargs_is_found_wherever_it_stands(void **state) {
        (void) state;
        for (size_t at = 40; at + 9 <= sizeof(tree); at++) {
                make("x");
                memcpy(tree + at, "bootargs", 9);
                assert_false(judge(sizeof(tree)));
                assert_false(judge(at + 9 < len ? len : at + 9));
                if (at + 8 >= len) /* without its NUL it is no name */
                        assert_true(judge(at + 8));
        }
}

static void a_tree_fits_into_its_section(void **state) {
        (void) state;
        make("x");
        assert_true(judge(len));
        assert_true(judge(len + 1));
        assert_false(judge(len - 1));
        assert_non_null(strstr(why_buf, "claims more bytes than the section has"));
        be32(4, 0xffffffff);
        assert_false(judge(sizeof(tree)));
        for (size_t n = 4; n < 8; n++)
                assert_false(judge(n));
        for (size_t n = 0; n < 4; n++)
                assert_true(judge(n));
        tree[0] = 0; /* no device tree, and so no size */
        assert_true(judge(sizeof(tree)));
        assert_true(dtb_without_bootargs((struct span) { NULL, 0 }, &(struct text) { why_buf, sizeof(why_buf), 0, false }));
}

/* Host and firmware ask the addon, not the tree. */
static void host_and_firmware_ask_the_addon_and_not_the_tree(void **state) {
        static struct image image;
        static struct pe pe;
        struct addon addon;

        (void) state;
        for (size_t i = 0; i < 2; i++) {
                struct text why = TEXT_IN(why_buf);
                struct pe_write_section sections[] = { { ".cmdline", span_of("quiet"), 0 }, { ".dtb", { tree, 0 }, 0 } };

                make(i ? "bootargs" : "model");
                sections[1].data.n = len;
                image_make(&image, PE_MACHINE_X86_64, sections, 2);
                assert_true(pe_open_file(image_span(&image), &pe, &why));
                assert_int_equal(addon_open(&pe, NULL, &addon, &why), i ? ADDON_BAD : ADDON_FITS);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(host_and_firmware_ask_the_addon_and_not_the_tree),
                cmocka_unit_test(bootargs_is_refused_and_no_other_name),
                cmocka_unit_test(bootargs_is_found_wherever_it_stands),
                cmocka_unit_test(a_tree_fits_into_its_section),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
