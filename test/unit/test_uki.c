/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pe_image.h"
#include "pe_load.h"
#include "uki.h"
#include "why.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MAGIC257     "#### LoaderInfo: systemd-stub 257.13-1~deb13u1 ####"

static struct image image;
static struct pe pe;
static struct uki uki;

/* Opens an image of these sections, as a file and loaded, and asserts that both say the same. */
static bool open_both(unsigned profile) {
        static struct pe loaded;
        struct uki from_memory;
        char said[384];
        struct text memory_why = TEXT_IN(said);
        struct span memory;
        bool ok;

        text_clear(&why);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        ok = uki_open(&pe, profile, &uki, &why);
        memory = pe_load(&pe);
        assert_true(pe_open_image(memory, &loaded, &memory_why));
        assert_int_equal(uki_open(&loaded, profile, &from_memory, &memory_why), ok);
        assert_string_equal(buf, said);
        if (ok) {
                for (enum uki_section s = 0; s < UKI_SECTION_COUNT; s++) {
                        assert_int_equal(uki.has[s], from_memory.has[s]);
                        assert_true(span_eq(span_trim_nul(uki.section[s]), span_trim_nul(from_memory.section[s])));
                        assert_true(!uki_fills_file(&pe) || span_eq(uki.section[s], from_memory.section[s]));
                }
                assert_true(span_eq(uki.policy, from_memory.policy));
                assert_int_equal(uki.stub_version, from_memory.stub_version);
        }
        free((void *) (uintptr_t) memory.p);
        return ok;
}

static bool open_sections(const struct pe_write_section *sections, size_t n, unsigned profile) {
        image_make(&image, PE_MACHINE_X86_64, sections, n);
        return open_both(profile);
}

static void assert_section(enum uki_section s, const char *text) {
        assert_int_equal(uki.has[s], text != NULL);
        assert_true(span_eq_str(uki.section[s], text ? text : ""));
}

static void opens_a_plain_uki(void **state) {
        static const struct pe_write_section sections[] = {
                TEXT_SECTION(".sbat", "sbat,1"),   TEXT_SECTION(".sdmagic", MAGIC257), TEXT_SECTION(".osrel", "ID=x"),
                TEXT_SECTION(".cmdline", "quiet"), TEXT_SECTION(".uname", "6.1"),      TEXT_SECTION(".ukipol", "@version 1"),
                TEXT_SECTION(".initrd", "cpio"),   TEXT_SECTION(".linux", "kernel"),
        };

        (void) state;
        assert_true(open_sections(sections, COUNT(sections), 0) && uki_fills_file(&pe));
        assert_int_equal(uki.machine, PE_MACHINE_X86_64);
        assert_int_equal(uki.stub, UKI_STUB_SYSTEMD);
        assert_int_equal(uki.stub_version, 257);
        assert_string_equal(uki.stub_text, "systemd-stub 257.13-1~deb13u1");
        assert_int_equal(uki.n_profiles, 0);
        assert_int_equal(uki.profile, 0);
        assert_section(UKI_LINUX, "kernel");
        assert_section(UKI_OSREL, "ID=x");
        assert_section(UKI_CMDLINE, "quiet");
        assert_section(UKI_INITRD, "cpio");
        assert_section(UKI_UNAME, "6.1");
        assert_section(UKI_SBAT, "sbat,1");
        assert_section(UKI_PROFILE, NULL);
        assert_section(UKI_DTB, NULL);
        assert_true(uki.has_policy);
        assert_true(span_eq_str(uki.policy, "@version 1"));
        assert_true(uki_is_candidate(&pe));
        assert_false(open_sections(sections, COUNT(sections), 1));
        assert_string_equal(buf, "has no profile 1: it has 1 profile, number 0");
}

/* What `ukify --join-profile` makes: each profile hides what it has itself and sees the rest of the base. */
static void chooses_a_profile_as_the_stub_does(void **state) {
        static const struct pe_write_section sections[] = {
                TEXT_SECTION(".cmdline", "base"),    TEXT_SECTION(".linux", "kernel"),   TEXT_SECTION(".uname", "6.1"),
                TEXT_SECTION(".profile", "ID=zero"), TEXT_SECTION(".profile", "ID=one"), TEXT_SECTION(".cmdline", "one"),
                TEXT_SECTION(".initrd", "one's"),    TEXT_SECTION(".profile", "ID=two"), TEXT_SECTION(".cmdline", "two"),
                TEXT_SECTION(".linux", "other"),
        };

        (void) state;
        assert_true(open_sections(sections, COUNT(sections), 0));
        assert_int_equal(uki.n_profiles, 3);
        assert_section(UKI_PROFILE, "ID=zero");
        assert_section(UKI_CMDLINE, "base");
        assert_section(UKI_INITRD, NULL);
        assert_true(open_sections(sections, COUNT(sections), 1));
        assert_int_equal(uki.profile, 1);
        assert_section(UKI_PROFILE, "ID=one");
        assert_section(UKI_CMDLINE, "one");
        assert_section(UKI_INITRD, "one's");
        assert_section(UKI_UNAME, "6.1");
        assert_section(UKI_LINUX, "kernel");
        assert_true(open_sections(sections, COUNT(sections), 2));
        assert_section(UKI_CMDLINE, "two");
        assert_section(UKI_LINUX, "other");
        assert_section(UKI_INITRD, NULL);
        assert_false(open_sections(sections, COUNT(sections), 3));
        assert_string_equal(buf, "has no profile 3: it has 3 profiles, counted from 0");
        assert_false(open_sections(sections, COUNT(sections), UINT32_MAX));
}

/* 34: profile 0 of none is the whole; of one and of many the last is there, the one behind it is not. */
static void a_profile_that_is_not_there_is_refused(void **state) {
        static const unsigned asked[] = { 0, 1, 2, 65534, 65535, 65536, UINT32_MAX };
        static struct pe_write_section many[1 + 60] = { TEXT_SECTION(".linux", "kernel") };

        (void) state;
        for (size_t i = 1; i < COUNT(many); i++)
                many[i] = (struct pe_write_section) TEXT_SECTION(".profile", "ID=x");
        for (size_t n = 0; n < COUNT(many); n += n == 1 ? 59 : 1)
                for (size_t i = 0; i < COUNT(asked); i++)
                        assert_int_equal(open_sections(many, 1 + n, asked[i]), asked[i] < (n > 0 ? n : 1));
        assert_true(open_sections(many, COUNT(many), 59));
        assert_int_equal(uki.n_profiles, 60);
        assert_false(open_sections(many, COUNT(many), 60));
        assert_string_equal(buf, "has no profile 60: it has 60 profiles, counted from 0");
}

/* Without --join-profile ukify writes .profile first: there is no base but the stub's own sections. */
static void opens_a_profile_without_a_base(void **state) {
        static const struct pe_write_section sections[] = { TEXT_SECTION(".profile", "ID=zero"), TEXT_SECTION(".linux", "kernel"),
                                                            TEXT_SECTION(".profile", "ID=one") };
        static const struct pe_write_section first[] = { TEXT_SECTION(".x", "x"), TEXT_SECTION(".linux", "kernel") };

        (void) state;
        assert_true(open_sections(sections, COUNT(sections), 0));
        assert_section(UKI_LINUX, "kernel");
        assert_false(open_sections(sections, COUNT(sections), 1));
        assert_string_equal(buf, "has no .linux section in this profile");
        assert_true(uki_is_candidate(&pe));
        /* .profile as the very first row of the table */
        image_make(&image, PE_MACHINE_X86_64, first, COUNT(first));
        memcpy(image.bytes + ROW(0, ROW_NAME), ".profile", 8);
        assert_true(open_both(0));
        assert_int_equal(uki.n_profiles, 1);
        assert_section(UKI_LINUX, "kernel");
}

struct refusal {
        struct pe_write_section sections[4];
        size_t n;
        const char *says; /* NULL: opens */
};

#define LINUX TEXT_SECTION(".linux", "kernel")

static const struct refusal refusals[] = {
        { { TEXT_SECTION(".cmdline", "a") }, 1, "has no .linux section: it is not a UKI" },
        { { TEXT_SECTION(".linux2", "a"), TEXT_SECTION(".Linux", "a") }, 2, "has no .linux section: it is not a UKI" },
        { { LINUX, LINUX }, 2, "has section .linux twice in one profile" },
        { { LINUX, TEXT_SECTION(".cmdline", "a"), TEXT_SECTION(".cmdline", "a") },
          3,
          "has section .cmdline twice in one profile" },
        { { LINUX, TEXT_SECTION(".osrel", "a"), TEXT_SECTION(".osrel", "a") }, 3, "has section .osrel twice" },
        { { LINUX, TEXT_SECTION(".uname", "a"), TEXT_SECTION(".uname", "a") }, 3, "has section .uname twice" },
        { { LINUX, TEXT_SECTION(".initrd", "a"), TEXT_SECTION(".initrd", "a") }, 3, "has section .initrd twice" },
        { { LINUX, TEXT_SECTION(".sbat", "a"), TEXT_SECTION(".sbat", "a") }, 3, "has section .sbat twice" },
        { { LINUX, TEXT_SECTION(".sdmagic", "a"), TEXT_SECTION(".sdmagic", "a") }, 3, "has section .sdmagic twice" },
        { { LINUX, TEXT_SECTION(".ukipol", "a"), TEXT_SECTION(".ukipol", "a") }, 3, "has section .ukipol twice" },
        { { LINUX, TEXT_SECTION(".profile", "a"), TEXT_SECTION(".ukipol", "a") }, 3, "has section .ukipol inside a profile" },
        { { LINUX, TEXT_SECTION(".profile", "a"), TEXT_SECTION(".cmdline", "a"), TEXT_SECTION(".cmdline", "b") },
          4,
          "has section .cmdline twice in one profile" },
        /* the hidden one of another profile is as bad: the next request may choose it */
        { { LINUX, TEXT_SECTION(".profile", "a"), TEXT_SECTION(".profile", "a"), TEXT_SECTION(".ukipol", "a") },
          4,
          "inside a profile" },
        /* what may repeat, or stands in two profiles */
        { { LINUX, TEXT_SECTION(".dtbauto", "a"), TEXT_SECTION(".dtbauto", "b") }, 3, NULL },
        { { LINUX, TEXT_SECTION(".efifw", "a"), TEXT_SECTION(".efifw", "b") }, 3, NULL },
        { { LINUX, TEXT_SECTION(".cmdline", "a"), TEXT_SECTION(".profile", "a"), TEXT_SECTION(".cmdline", "b") }, 4, NULL },
};

static void refuses_what_readers_read_differently(void **state) {
        (void) state;
        for (size_t i = 0; i < COUNT(refusals); i++) {
                bool ok = open_sections(refusals[i].sections, refusals[i].n, 0);

                if (ok != (refusals[i].says == NULL) || (!ok && !strstr(buf, refusals[i].says)))
                        fail_msg("row %zu: %s \"%s\"", i, ok ? "opens" : "refused", buf);
        }
}

/* The stub takes VirtualSize 0 for "not set", and so do we. */
static void a_section_without_size_is_absent(void **state) {
        static const struct pe_write_section sections[] = { TEXT_SECTION(".cmdline", "a"), LINUX, TEXT_SECTION(".ukipol", "a") };

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, 2);
        image_put(&image, ROW(2, ROW_VSIZE), 0, 4);
        assert_true(open_both(0));
        assert_section(UKI_CMDLINE, NULL);
        image_put(&image, ROW(3, ROW_VSIZE), 0, 4);
        assert_false(open_both(0));
        assert_string_equal(buf, "has no .linux section in this profile");
        image_make(&image, PE_MACHINE_X86_64, sections, 3);
        image_put(&image, ROW(4, ROW_VSIZE), 0, 4);
        assert_false(open_both(0));
        assert_string_equal(buf, "has an empty .ukipol: an empty policy is an error");
}

/* Zeros that are in memory only: a page's padding is none of our business, more makes the views differ. */
static void text_is_in_the_file(void **state) {
        static const char names[][9] = { ".cmdline", ".osrel", ".uname", ".profile", ".ukipol" };

        (void) state;
        for (size_t i = 0; i < COUNT(names); i++) {
                struct pe_write_section sections[] = { LINUX, TEXT_SECTION("", "a") };

                memcpy(sections[1].name, names[i], sizeof(names[i]));
                image_make(&image, PE_MACHINE_X86_64, sections, 2);
                image_put(&image, ROW(3, ROW_VSIZE), 0x400, 4);
                if (strcmp(names[i], ".ukipol") != 0) /* its padding is seen by policy_parse, which trims it */
                        assert_true(open_both(0) && !uki_fills_file(&pe));
                image_put(&image, ROW(3, ROW_VSIZE), 0x401, 4);
                assert_false(open_both(0));
                assert_non_null(strstr(buf, "with a VirtualSize that the file does not fill"));
        }
}

static void an_empty_kernel_is_none(void **state) {
        static const struct pe_write_section sections[] = { LINUX };

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, 1);
        image_put(&image, ROW(2, ROW_RAW_SIZE), 0, 4);
        assert_true(pe_open_file(image_span(&image), &pe, &why));
        assert_false(uki_open(&pe, 0, &uki, &why));
        assert_string_equal(buf, "has a .linux section with nothing in it");
}

static const struct {
        const char *magic;
        size_t n;
        unsigned version, minor; /* 0: not systemd's */
} marks[] = {
/* clang-format off */
#define MARK(text, version, minor) { text, sizeof(text) - 1, version, minor }
        /* clang-format on */
        MARK("#### LoaderInfo: systemd-stub 257.13-1~deb13u1 ####", 257, 13),
        MARK("#### LoaderInfo: systemd-stub 252.39-1~deb12u2 ####\0", 252, 39),
        MARK("#### LoaderInfo: systemd-stub 262 ####", 262, 0),
        MARK("#### LoaderInfo: systemd-stub 254.6 ####", 254, 6),
        MARK("#### LoaderInfo: systemd-stub 254-6 ####", 254, 0),
        MARK("#### LoaderInfo: systemd-stub 254.x ####", 254, 0),
        MARK("#### LoaderInfo: systemd-stub 254. ####", 254, 0),
        MARK("#### LoaderInfo: systemd-stub 254.1234567 ####", 254, 0),
        MARK("#### LoaderInfo: systemd-stub 258~rc1-2.fc43 ####", 258, 0),
        MARK("#### LoaderInfo: systemd-stub 123456 ####", 123456, 0),
        MARK("#### LoaderInfo: systemd-stub 1234567 ####", 0, 0),
        MARK("#### LoaderInfo: systemd-stub  ####", 0, 0),
        MARK("#### LoaderInfo: systemd-stub x257 ####", 0, 0),
        MARK("#### LoaderInfo: systemd-stub ####", 0, 0),
        MARK("#### LoaderInfo: systemd-addon 257 ####", 0, 0),
        MARK("#### LoaderInfo: systemd-boot 257 ####", 0, 0),
        MARK("#### LoaderInfo: systemd-stub 257", 0, 0),
        MARK("#### LoaderInfo: systemd-stub 257.13-1", 0, 0), /* long enough, but nothing closes it */
        MARK("#### LoaderInfo: systemd-stub 257.13-1 ###", 0, 0),
        MARK("LoaderInfo: systemd-stub 257 ####", 0, 0),
        MARK("#### LoaderInfo: systemd-stub 257\n ####", 0, 0),
        MARK("#### LoaderInfo: systemd-stub 257\x1b[2J ####", 0, 0),
        MARK("#### LoaderInfo:  ####", 0, 0),
        MARK("#### LoaderInfo: ####", 0, 0),
        MARK("\0\0", 0, 0),
};

static void reads_the_stub_mark_without_trusting_it(void **state) {
        static const struct pe_write_section late[] = { LINUX, TEXT_SECTION(".profile", "a"),
                                                        TEXT_SECTION(".sdmagic", MAGIC257) };

        (void) state;
        for (size_t i = 0; i < COUNT(marks); i++) {
                const struct pe_write_section sections[] = {
                        LINUX,
                        { .name = ".sdmagic", .data = { (const uint8_t *) marks[i].magic, marks[i].n } },
                };

                assert_true(open_sections(sections, 2, 0));
                if (uki.stub_version != marks[i].version || uki.stub_minor != marks[i].minor)
                        fail_msg("\"%s\" gives %u.%u", marks[i].magic, uki.stub_version, uki.stub_minor);
                assert_int_equal(uki.stub, marks[i].version > 0 ? UKI_STUB_SYSTEMD : UKI_STUB_OTHER);
                assert_int_equal(uki.stub_text[0] != 0, marks[i].version > 0);
        }
        assert_true(open_sections(late, COUNT(late), 0));
        assert_int_equal(uki.stub, UKI_STUB_OTHER);
}

static void names_sections_in_the_order_of_measurement(void **state) {
        static const char order[][9] = {
                ".linux", ".osrel",  ".cmdline", ".initrd",  ".ucode",   ".splash", ".dtb",   ".uname",
                ".sbat",  ".pcrsig", ".pcrpkey", ".profile", ".dtbauto", ".hwids",  ".efifw",
        };

        (void) state;
        assert_int_equal(COUNT(order), UKI_SECTION_COUNT);
        for (enum uki_section s = 0; s < UKI_SECTION_COUNT; s++)
                assert_string_equal(uki_section_name(s), order[s]);
}

/* Each in the base and in a profile: another start may choose it. */
static void relocations_spare_what_is_read(void **state) {
        static const char read[][9] = {
                ".linux", ".osrel",  ".cmdline", ".initrd",  ".ucode",   ".splash", ".dtb",   ".uname",
                ".sbat",  ".pcrsig", ".pcrpkey", ".profile", ".dtbauto", ".hwids",  ".efifw", ".sdmagic",
        };
        const uint16_t words[] = { 0x5000, 0, 12, 0, 3 << 12, 0 };

        (void) state;
        for (size_t i = 0; i < COUNT(read); i++) {
                struct pe_write_section sections[] = { LINUX, TEXT_SECTION(".profile", "ID=1"), TEXT_SECTION("", "0123") };

                memcpy(sections[2].name, read[i], sizeof(read[i]));
                image_make(&image, PE_MACHINE_X86_64, sections, 3);
                assert_true(open_both(0));
                image_relocate(&image, words, COUNT(words));
                assert_false(open_both(0));
                assert_non_null(strstr(buf, "has a base relocation at 0x5000 in section "));
                assert_non_null(strstr(buf, read[i]));
                image_make(&image, PE_MACHINE_X86_64, sections, 3);
                image_put(&image, ROW(4, ROW_FLAGS), 0x42000040, 4);
                assert_false(open_both(0));
                assert_non_null(strstr(buf, "with flags by which some loaders leave it out"));
        }
}

/* systemd-stub from 255 on has relocations into .rodata; those of 252 and 253 relocate themselves. */
static void the_stubs_code_may_be_relocated(void **state) {
        static const struct pe_write_section sections[] = { LINUX, TEXT_SECTION(".rodata", "01234567"),
                                                            TEXT_SECTION(".ukipol", "@version 1") };
        const uint16_t code[] = { 0x4000, 0, 12, 0, 10 << 12, 0 }, policy[] = { 0x5000, 0, 12, 0, 10 << 12, 0 };

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, 3);
        image_relocate(&image, code, COUNT(code));
        assert_true(open_both(0));
        image_relocate(&image, policy, COUNT(policy));
        assert_false(open_both(0));
        assert_non_null(strstr(buf, "in section .ukipol, whose content"));
}

static void no_debug_data_over_the_sections(void **state) {
        static const struct pe_write_section sections[] = { TEXT_SECTION(".rdata", "0123456789abcdef0123456789ab"), LINUX };

        (void) state;
        image_make(&image, PE_MACHINE_X86_64, sections, 2);
        image_put(&image, AT_DEBUG_DIR, 0x3000, 4);
        image_put(&image, AT_DEBUG_DIR + 4, 28, 4);
        assert_true(open_both(0));
        image_put(&image, AT_DEBUG_DIR, 0x4000, 4);
        assert_false(open_both(0));
        assert_string_equal(buf, "has a debug directory that does not lie in one section of its own");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(opens_a_plain_uki, fresh),
                cmocka_unit_test_setup(chooses_a_profile_as_the_stub_does, fresh),
                cmocka_unit_test_setup(a_profile_that_is_not_there_is_refused, fresh),
                cmocka_unit_test_setup(opens_a_profile_without_a_base, fresh),
                cmocka_unit_test_setup(refuses_what_readers_read_differently, fresh),
                cmocka_unit_test_setup(a_section_without_size_is_absent, fresh),
                cmocka_unit_test_setup(text_is_in_the_file, fresh),
                cmocka_unit_test_setup(an_empty_kernel_is_none, fresh),
                cmocka_unit_test_setup(reads_the_stub_mark_without_trusting_it, fresh),
                cmocka_unit_test_setup(names_sections_in_the_order_of_measurement, fresh),
                cmocka_unit_test_setup(relocations_spare_what_is_read, fresh),
                cmocka_unit_test_setup(the_stubs_code_may_be_relocated, fresh),
                cmocka_unit_test_setup(no_debug_data_over_the_sections, fresh),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
