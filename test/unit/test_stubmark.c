/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pe_image.h"
#include "stubmark.h"
#include "uki.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TEN     "1234567890"
#define MARK252 "systemd-stub 252.39-1~deb12u2"

/* Of Debian 12's stub for arm64: its constants, where no section .sdmagic is. */
struct constants {
        uint8_t bytes[512];
        size_t n;
};

/* Each character of text in two bytes; "_" stands for NUL, "%" for one that is no ASCII. */
static struct span units(const char *text, struct constants *ret) {
        *ret = (struct constants) { 0 };
        for (; *text && ret->n < sizeof(ret->bytes); text++, ret->n += 2) {
                ret->bytes[ret->n] = *text == '_' ? 0 : (uint8_t) *text;
                ret->bytes[ret->n + 1] = *text == '%';
        }
        return (struct span) { ret->bytes, ret->n };
}

static const struct {
        const char *code, *text; /* NULL: not known by it */
        unsigned version, minor;
} rows[] = {
        { "no%mem_" MARK252 "_StubInfo_", MARK252, 252, 39 },
        { MARK252 "_", MARK252, 252, 39 },
        { "systemd-stub 253_", "systemd-stub 253", 253, 0 },
        { "systemd-stub _" MARK252 "_", MARK252, 252, 39 }, /* the next is looked at */
        { "systemd-systemd-stub 252_", "systemd-stub 252", 252, 0 },
        { "systemd-stub 254_", NULL, 0, 0 }, /* would have a section that says so */
        { "systemd-stub 257.13-1_", NULL, 0, 0 },
        { "systemd-stub 257_systemd-stub 252_", "systemd-stub 252", 252, 0 },
        { MARK252, NULL, 0, 0 }, /* without an end */
        { "systemd-stub 252%_", NULL, 0, 0 },
        { "systemd-stub 252\n_", NULL, 0, 0 },
        { "systemd-stub x_", NULL, 0, 0 },
        { "systemd-boot 252_", NULL, 0, 0 },
        { "systemd-stub 252 " TEN TEN TEN TEN TEN TEN "12_", "systemd-stub 252 " TEN TEN TEN TEN TEN TEN "12", 252, 0 },
        { "systemd-stub 252 " TEN TEN TEN TEN TEN TEN "123_", NULL, 0, 0 }, /* longer than any */
        { "", NULL, 0, 0 },
};

static void a_stub_without_a_section_is_known_by_what_it_says_of_itself(void **state) {
        struct constants constants;
        struct stubmark mark;

        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                mark = (struct stubmark) { .version = 7 };
                if (stubmark_of_code(units(rows[i].code, &constants), &mark) != (rows[i].text != NULL))
                        fail_msg("%s", rows[i].code);
                assert_int_equal(mark.version, rows[i].text ? rows[i].version : 7);
                assert_int_equal(mark.minor, rows[i].minor);
                assert_string_equal(mark.text, rows[i].text ? rows[i].text : "");
        }
}

/* Bytes of which one is missing, or which begin at an odd place, are no text of the stub's. */
static void half_a_character_ends_it(void **state) {
        struct constants constants;
        struct span code = units("x" MARK252 "_", &constants);
        struct stubmark mark;

        (void) state;
        assert_true(stubmark_of_code(code, &mark));
        assert_false(stubmark_of_code((struct span) { code.p, code.n - 1 }, &mark));
        assert_false(stubmark_of_code((struct span) { code.p + 1, code.n - 1 }, &mark));
}

static struct uki uki_of(const struct pe_write_section *sections, size_t n) {
        static struct image image;
        static struct pe pe;
        char said[256];
        struct text why = TEXT_IN(said);
        struct uki uki;

        image_make(&image, PE_MACHINE_AARCH64, sections, n);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        assert_true(uki_open(&pe, 0, &uki, &why));
        return uki;
}

static void an_image_is_asked_for_the_section_first(void **state) {
        static const char names[][9] = { ".rodata", ".data", ".osrel" }; /* code, and what is none */
        struct constants constants;
        struct pe_write_section sections[] = {
                { .name = ".rodata", .data = units("a_" MARK252 "_", &constants) },
                TEXT_SECTION(".linux", "kernel"),
                TEXT_SECTION(".sdmagic", "#### LoaderInfo: systemd-stub 257.1 ####"),
        };
        struct uki uki = uki_of(sections, 2);

        (void) state;
        assert_int_equal(uki.stub, UKI_STUB_SYSTEMD);
        assert_int_equal(uki.stub_version, 252);
        assert_int_equal(uki.stub_minor, 39);
        assert_string_equal(uki.stub_text, MARK252);
        uki = uki_of(sections, 3);
        assert_int_equal(uki.stub_version, 257);
        assert_string_equal(uki.stub_text, "systemd-stub 257.1");
        sections[2].data = span_of("#### LoaderInfo: other 1 ####");
        assert_int_equal(uki_of(sections, 3).stub, UKI_STUB_OTHER);
        for (size_t i = 0; i < COUNT(names); i++) {
                memcpy(sections[0].name, names[i], sizeof(names[i]));
                assert_int_equal(uki_of(sections, 2).stub, i < 2 ? UKI_STUB_SYSTEMD : UKI_STUB_OTHER);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_stub_without_a_section_is_known_by_what_it_says_of_itself),
                cmocka_unit_test(half_a_character_ends_it),
                cmocka_unit_test(an_image_is_asked_for_the_section_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
