/* SPDX-License-Identifier: BSD-2-Clause */
/* Right before and right behind what a check lets through, in bytes that end where their memory does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "pe_image.h"
#include "policy.h"
#include "request_help.h"
#include "sbat.h"
#include "smbios.h"
#include "stubline.h"
#include "uki.h"
#include "utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char said[512];
static struct policy pol;

static bool parses(const char *rules) {
        struct text why = TEXT_IN(said);
        struct span text = exact(span_of(rules));
        bool ok = policy_parse(text, &pol, &why);

        exact_free(text); /* only the verdict is looked at */
        return ok;
}

static void globs_match_at_their_edges(void **state) {
        static const struct {
                char pattern[8], text[8];
                bool fits;
        } rows[] = {
                { "", "", true },     { "", "a", false },     { "a", "a", true },       { "a", "ab", false },
                { "a*", "a", true },  { "*a", "aab", false }, { "?", "ab", false },     { "a?", "a", false },
                { "a**", "a", true }, { "*", "", true },      { "a*b", "acbd", false },
        };

        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                struct span pattern = exact(span_of(rows[i].pattern)), text = exact(span_of(rows[i].text));

                if (policy_glob(pattern, text) != rows[i].fits)
                        fail_msg("%s, %s", rows[i].pattern, rows[i].text);
                exact_free(pattern);
                exact_free(text);
        }
}

static void a_family_is_longer_than_the_word(void **state) {
        struct text why = TEXT_IN(said);
        struct span word = exact(span_of("foo"));
        struct policy_query q = { .word = { .whole = word, .name = word, .value = { word.p + word.n, 0 } } };

        (void) state;
        assert_true(policy_parse(span_of("@version 1\nfoo\n!foobar*\n"), &pol, &why));
        assert_true(policy_admits(&pol, false, &q, &why));
        exact_free(word);
}

static void policies_are_read_at_their_edges(void **state) {
        static const char *const good[] = { "@version 1\nquiet", "@version 1\n   ", "@version 1\na=b repeat",
                                            "@version 1\nAZaz09_-.=1" };
        /* clang-format off */
        static const char *const bad[] = {
                "", "=x", "*", "!", "@version 1\n=x", "@version 1\n!=x", "@version 1\na[", "@version 1\na^", "@version 1\na@",
                "@version 1\na`", "@version 1\na{", "@version 1\na~", "@version 1\na/", "@version 1\na:",
                "@version 1\na=1\n@require a=?", "@version 1\na=1\n@require a=*",
        };
        /* clang-format on */

        (void) state;
        for (size_t i = 0; i < COUNT(good); i++)
                if (!parses(good[i]))
                        fail_msg("%s: %s", good[i], said);
        for (size_t i = 0; i < COUNT(bad); i++)
                if (parses(bad[i]))
                        fail_msg("%s", bad[i]);
}

static enum request_kind options(const char *text, struct request *ret) {
        struct raw raw = { .n = 0 };
        struct text why = TEXT_IN(said);
        struct span exactly;
        enum request_kind kind;

        raw_ucs2(&raw, text);
        exactly = exact(raw_span(&raw));
        kind = request_from_options(exactly, span_of(""), ret, &why);
        exact_free(exactly);
        return kind;
}

static void a_value_one_character_off_is_refused(void **state) {
        static const char *const bad[] = {
                "ukiload.addon=a[b",
                "ukiload.addon=a@b",
                "ukiload.addon=a`b",
                "ukiload.addon=a{b",
                "ukiload.addon=a/b",
                "ukiload.addon=a:b",
                "ukiload.profile=1/",
                "ukiload.profile=1:",
                "ukiload.profile=",
                "ukiload.sha256=/123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "ukiload.sha256=:123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        };
        static struct request req;

        (void) state;
        for (size_t i = 0; i < COUNT(bad); i++)
                if (options(bad[i], &req) != REQUEST_BAD)
                        fail_msg("%s", bad[i]);
        assert_int_equal(options("quiet \\a=b", &req), REQUEST_BAD);
        assert_non_null(strstr(said, " is a path and no kernel parameter"));
        assert_int_equal(options("ukiload.sha256=0123456789abcdefABCDEF6789abcdef0123456789abcdef0123456789abcdef", &req),
                         REQUEST_OK);
}

/* The own path is cut off where it is one. */
static void an_own_path_is_cut_off_where_it_is_one(void **state) {
        static const struct {
                const char *text;
                bool cut;
        } rows[] = {
                { "a.efi quiet ", true },    { "a.EFI quiet", true },  { "/a.efi quiet", true },
                { "\\a b.efi quiet", true }, { "/a", true },           { "\\a  ", true },
                { "\\a b", true },           { "aefi quiet", false },  { "axefi quiet", false },
                { "a.xfi quiet", false },    { "a.exi quiet", false }, { "a.efx quiet", false },
                { "efi quiet", false },      { " ", false },           { "", false },
        };
        static struct request req;

        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                (void) options(rows[i].text, &req);
                if (req.cut_path != rows[i].cut || req.cut_tail)
                        fail_msg("\"%s\"", rows[i].text);
        }
}

static void lines_of_sbat_may_end_anywhere(void **state) {
        static const char *const texts[] = { "\n", "\r", "\nsbat,1", "sbat,1,\r", "sbat,1" };

        (void) state;
        for (size_t i = 0; i < COUNT(texts); i++) {
                struct text why = TEXT_IN(said);
                struct span text = exact(span_of(texts[i]));

                (void) sbat_allowed(text, text, &why);
                exact_free(text);
        }
}

static void tables_of_smbios_may_end_anywhere(void **state) {
        static const uint8_t longer[] = { 11, 255, 0, 0, 1, 'k', '=', 'v', 0, 0 }, past[] = { 1, 200, 0, 0, 0, 0 };
        static const uint8_t empty[] = { 1, 4, 0, 0, 0, 0, 11, 5, 0, 0, 1, 'k', '=', 'v', 0, 0 };
        uint8_t entry[24] = "_SM3_";
        struct smbios_table table;
        struct span s, value;

        (void) state;
        s = exact((struct span) { longer, sizeof(longer) });
        assert_false(smbios_vendor_string(s, "k=", &value));
        exact_free(s);
        s = exact((struct span) { past, sizeof(past) });
        assert_false(smbios_vendor_string(s, "k=", &value));
        exact_free(s);
        assert_true(smbios_vendor_string((struct span) { empty, sizeof(empty) }, "k=", &value));
        assert_true(span_eq_str(value, "v"));
        entry[0x10] = 1;
        assert_false(smbios_entry_point((struct span) { entry, sizeof(entry) }, &table));
        entry[0x0c] = 1;
        assert_true(smbios_entry_point((struct span) { entry, sizeof(entry) }, &table));
}

static void a_character_may_be_cut_short(void **state) {
        static const char *const cut[] = { "\xc3", "\xe2\x82", "\xf0\x9f\x98", "" };
        struct stubline old = stubline_rules(255, true), oldest = stubline_rules(253, false);
        struct text text = TEXT_IN(said);
        uint16_t c;

        (void) state;
        for (size_t i = 0; i < COUNT(cut); i++) {
                struct span whole = exact(span_of(cut[i])), s = whole;

                assert_false(utf8_next(&s, &c));
                s = whole;
                assert_false(stubline_next(&s, &c));
                exact_free(whole);
        }
        assert_false(oldest.joins_raw || oldest.raw_smbios);
        stubline_smbios(&old, span_of("a\nb"), &text);
        assert_string_equal(said, "a\nb");
        old.ascii = false;
        text_clear(&text);
        stubline_smbios(&old, span_of("a\nb"), &text);
        assert_string_equal(said, "a");
}

static void a_mark_is_a_stubs_in_its_whole(void **state) {
        static const struct {
                const char *mark;
                enum uki_stub stub;
        } rows[] = {
                { "#### LoaderInfo: systemd-stub 257 ####", UKI_STUB_SYSTEMD },
                { "#### LoaderInfX: systemd-stub 257 ####", UKI_STUB_OTHER },
                { "#### LoaderInfo: systemd-stub 257\x80 ####", UKI_STUB_OTHER },
                { "#### LoaderInfo: systemd-stub 257\x7f ####", UKI_STUB_OTHER },
                { "#### LoaderInfo: systemd-stub 257\x1f ####", UKI_STUB_OTHER },
        };
        static struct image image;
        static struct pe pe;

        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                struct text why = TEXT_IN(said);
                const struct pe_write_section sections[] = { { .name = ".sdmagic", .data = span_of(rows[i].mark) },
                                                             TEXT_SECTION(".linux", "kernel"),
                                                             TEXT_SECTION(".data", "x") };
                struct uki uki;

                image_make(&image, PE_MACHINE_X86_64, sections, COUNT(sections));
                image_put(&image, ROW(4, ROW_VSIZE), 0x401, 4); /* larger in memory than in the file, as variables are */
                assert_true(pe_open_file(image_span(&image), &pe, &why));
                assert_true(uki_open(&pe, 0, &uki, &why));
                if (uki.stub != rows[i].stub)
                        fail_msg("%s", rows[i].mark);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(globs_match_at_their_edges),
                cmocka_unit_test(a_family_is_longer_than_the_word),
                cmocka_unit_test(policies_are_read_at_their_edges),
                cmocka_unit_test(a_value_one_character_off_is_refused),
                cmocka_unit_test(an_own_path_is_cut_off_where_it_is_one),
                cmocka_unit_test(lines_of_sbat_may_end_anywhere),
                cmocka_unit_test(tables_of_smbios_may_end_anywhere),
                cmocka_unit_test(a_character_may_be_cut_short),
                cmocka_unit_test(a_mark_is_a_stubs_in_its_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
