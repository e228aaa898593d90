/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bls.h"
#include "exact.h"

/* Results as `systemd-analyze compare-versions -- A B` of systemd 252 gives them: -1 A is older, 0 equal, 1 A is newer. The first
 * ones are picked for a rule each, the others are random. */
/* clang-format off */
static const struct { char a[40], b[40]; int result; } versions[] = {
        { "1", "1", 0 }, { "1", "2", -1 }, { "1.2", "1.10", -1 }, { "123", "123.0", -1 }, { "123", "0123", 0 },
        { "1~rc1", "1", -1 }, { "1~rc1", "1~rc2", -1 }, { "1~", "1", -1 }, { "1~~", "1~", 1 }, { "~1", "1", -1 },
        { "~~", "~", 1 }, { "122.1", "123~rc1", -1 }, { "123~rc1", "123-a", -1 }, { "123-a", "123-a.1", -1 },
        { "123-a.1", "123-1", -1 }, { "123-1", "123-1.1", -1 }, { "123-1.1", "123^post1", -1 }, { "123^post1", "123.a-1", -1 },
        { "123.a-1", "123.1-1", -1 }, { "123.1-1", "123a-1", -1 }, { "123a-1", "124-1", -1 }, { "1^", "1", 1 },
        { "1^a", "1.1", -1 }, { "1.1", "1-1", 1 }, { "a", "1", -1 }, { "A", "a", -1 }, { "abc", "abcd", -1 },
        { "abc", "ab1", 1 }, { "1_2", "1.2", 1 }, { "1_2", "12", -1 }, { "1+2", "12", -1 }, { "+", "-", -1 }, { "-", "^", -1 },
        { "^", ".", -1 }, { ".", "0", -1 }, { "0", "00", 0 }, { "00", "1", -1 }, { "1.", "1", 1 }, { "1.-", "1.", 1 },
        { "1-", "1-.", 1 }, { "1-1", "1-^1", 1 }, { "systemd-252.38-1~deb12u1", "systemd-252.38-1", -1 },
        { "257.13-1~deb13u1", "257.9-1", 1 }, { "6.1.0-39-amd64", "6.1.0-40-amd64", -1 },
        { "6.12.48+deb13-amd64", "6.12.48+deb13+1-amd64", -1 }, { "99999999999999999999", "100000000000000000000", -1 },
        { "18446744073709551616", "18446744073709551615", 1 }, { "5.14.0-503.el9", "5.14.0-70.el9", 1 },
        { "fedora-41", "fedora-9", 1 }, { "k1.efi", "k1-2.efi", 1 }, { "k1.efi", "k2.efi", -1 },
        { "vmlinuz-6.9", "vmlinuz-6.10", -1 }, { "1:2", "12", -1 }, { "ab", "cd", -1 }, { "b", "a", 1 }, { "1.~2", "1.2", -1 },
        { "1^~2", "1^2", -1 }, { "-~", "-", -1 }, { "~-", "~.", -1 }, { "x~1", "x^1", -1 }, { "0", "a", 1 },
        { "00a", "0b", -1 }, { "1..2", "1.2", -1 }, { "12++Z", "12++ZZ", -1 }, { "a01+-", "a201+-", -1 },
        { "fc33+a1Z", "fBc33+a1Z", 1 }, { "1+", "1B+", -1 }, { "~-_110", "~-_Z10", 1 }, { "10^.~Z", "1001^.~Z", -1 },
        { "01-fc3310", "01-fc3310", 0 }, { "B2", "Bfc332", -1 }, { "10B^.", "110B^.", -1 }, { "01rc1~01", "_01rc1~01", 0 },
        { "12B", "12B", 0 }, { "x86_64fc33", "xB86_64fc33", -1 }, { "^", "^", 0 }, { "B", "01B", -1 }, { "rc1", "r1c1", 1 },
        { ".-fc331010", ".~-fc331010", 1 }, { "0", "0", 0 }, { "_rc1", "_rcrc11", -1 }, { "~~B", "~~B", 0 },
        { "fc33_", "fc332_", -1 }, { "01", "b1", 1 }, { "fc33^", "fc3^^", 1 }, { "-Za10", "-12Za10", -1 },
        { "10^BB1", "+10^BB1", 0 }, { "22", "Z22", 1 }, { "rc1100rc1+", "rc110+rc1+", 1 }, { "rc121_0", "rc120_0", 1 },
        { "10_10-.", "10110-.", -1 }, { "1202rc1", "1202r_c1", 1 }, { "x86_64", "x86_64_", 0 },
        { "1fc33fc33110", "101fc33fc33110", -1 }, { "x86_64.fc33", "x86_64.fc33", 0 }, { "++1210", "++1200", 1 },
        { "10_1", "11_1", -1 }, { "_^10", "_^B10", 1 }, { "a.+_~", "a.^+_~", -1 }, { "x86_64B", "x86._64B", 1 },
        { "rc1rc1", "rc12rc1", -1 }, { "^", "_^", 0 }, { "Bx86_64fc33", "Bx86_64fc3-", 1 }, { "+.10", "2+.10", -1 },
        { "0-1", "0B-1", -1 }, { "^", "0", -1 }, { "10BB", "10B1B", 1 }, { "122a~", "12~a~", 1 },
        { "Zafc33~10", "Zafc33+10", -1 }, { "rc1++B", "rc1++0", -1 }, { "12Z.+", "12a.+", -1 }, { "01", "fc3301", 1 },
        { "-", "-1", -1 }, { "Z102", "Z10x86_642", 1 }, { "_1B", "2_1B", -1 }, { "12.", "1Z2.", 1 }, { "+_10~+", "+_10++", -1 },
        { "aZZ12^", "aZ^12^", 1 }, { "-rc1", "-rc1", 0 }, { "_Bx86_641201", "_Bx86_64fc331201", 1 }, { "12", "Z2", 1 },
        { "01_10a10", "01_10a10fc33", -1 }, { "~__", "~___", 0 }, { ".01Bx86_641", ".01B1x86_641", 1 }, { "B", "-B", 1 },
        { "0~_", "010~_", -1 }, { "^BZx86_641", "^BZx86~641", 1 }, { "a12B12B", "a12^12B", 1 }, { "rc1~0a.", "rc1~0a.", 0 },
        { "B01", "B21", -1 }, { "^", "^x86_64", -1 }, { "rc1Bfc33101", "rc1Afc33101", 1 }, { "01Z.", "01Z.", 0 },
        { "10_", "1210_", -1 }, { "Z_rc1Ba", "Za_rc1Ba", -1 }, { "012rc1", "012rc011", -1 },
        { "fc33+x86_64", "fc33+x86B_64", 1 }, { "012Ba", "0120Ba", -1 }, { "Ba01Z", "10Ba01Z", -1 }, { "BZ.^", "BZ+^", 1 },
        { "fc33rc1", "fc33r+1", 1 }, { "x86_64afc33", "x86164afc33", -1 }, { "-_01", "-_01", 0 }, { "2~^-.", "2^^-.", -1 },
        { "1210", "121.", 1 }, { "01fc33", "01fc0133", -1 }, { "^+", "^a", -1 }, { "101^^", "10~^^", 1 },
        { "Zx86_64Z01+", "Zx86_64Z012+", -1 }, { "afc33_a", "afc33_a", 0 }, { "2x86_64_x86_64-", "2x86_64_x86_A4-", 1 },
        { "-_^12-", "-_^12b", -1 }, { "1", "-", 1 }, { "x86_64fc33", "+86_64fc33", -1 }, { "2.10~", "2.1b~", 1 },
        { "2Z", "+Z", 1 }, { "rc1~012", "rc1~01B2", 1 }, { "0", "+0", 0 }, { "x86_64+", "x86_-4+", 1 },
        { "0Zrc1-", "0Zrc1_-", 0 }, { "Z", "Z", 0 }, { "0^^B^", "0~^^B^", 1 }, { "B221^", "B2221^", -1 }, { "~", "~10", -1 },
        { "12~", "120~", -1 }, { "..", ".1", -1 }, { "+", "^+", -1 }, { "rc10rc1.", "rc10+c1.", 1 },
        { "x86_640", "x.86_640", 1 }, { "12", "_12", 0 }, { "-110-", "-^10-", 1 }, { "-", "-", 0 }, { "-rc1~", "-rA1~", 1 },
        { "01.+", "01.+", 0 }, { "+Z-", "+Z-fc33", -1 }, { "~10001", "~1^001", 1 }, { "B0fc3312", "B0^c3312", 1 },
        { "a10", "a10", 0 }, { "1~Z", "^~Z", 1 }, { "1x86_6410", "1x86_6410", 0 }, { "10.10^01", "10.10rc1^01", -1 },
        { "x86_64", "x.6_64", 1 }, { ".+fc330.", ".+fc3.0.", 1 }, { "12102x86_64", "12102x86_614", -1 },
        { "10+121", "10+1121", -1 }, { "x86_64", "x86a64", 1 }, { "fc33a", "fcx86_6433a", -1 }, { "-^2_-", "-^2_-rc1", -1 },
        { "2+", "0+", 1 }, { "01Ba", "01~Ba", 1 }, { "_Z~+a", "_Z-~+a", -1 }, { "12_^_fc33", "12_^_1c33", -1 },
        { "~fc332B", "~fZ332B", 1 }, { "Z^2~1", "Z^2.1", -1 }, { "x86_64a", "x86_64.a", 1 }, { "^Z", "^Z", 0 },
        { "Z122", "Z222", -1 }, { "B", "1", -1 }, { "^Z01", "^Z01", 0 }, { "12Z-1B", "12Z10-1B", -1 },
        { "B212x86_64", "B212x86_-64", 1 }, { "-fc3310", "-fc3-10", 1 }, { "0", "1", -1 }, { "+01+1", "+01.1", 1 },
        { "-01", "-01", 0 }, { "rc1-", "rc1+", 1 }, { ".fc3312", ".Bfc3312", 1 }, { "01.-^", "01.-.^", -1 },
        { "fc331001rc1", "fc331001rac1", 1 }, { "Bfc33", "^fc33", 1 }, { "01", "0101", -1 },
        { "x86_6410.x86_64", "x86_2410.x86_64", 1 }, { "_.x86_641", "_.x86_A41", 1 }, { "Z1", "Z.1", 1 },
        { "+0112", "+01.12", 1 }, { "01a^", "01a^", 0 }, { "~0ZZrc1", "~0Z~rc1", 1 }, { "1B", "_1B", 0 },
        { "x86_64..100", "x86_0164..100", -1 }, { "rc1~1212", "rc1~1212^", -1 }, { ".rc1", "0rc1", -1 }, { "0~0", "012~0", -1 },
        { "+", "rc1+", -1 }, { "fc331a", "f2c331a", 1 }, { "Zfc33", "2fc33", -1 }, { "Zrc1^", "ZAc1^", 1 }, { "2", "_2", 0 },
        { "01_0x86_64x86_64", "01_0x86_6+4x86_64", 1 }, { "x86_640101Z", "x86_6Z0101Z", 1 }, { "1.2-", "1.2-", 0 },
        { ".-10~", "a-10~", -1 }, { "fc332_01Z", "fc3-2_01Z", 1 }, { "~10012", "~10212", -1 },
        { "x86_6401", "xrc186_6401", -1 }, { "12", "12", 0 }, { "-", "0", -1 }, { "a10+", "a10Z", -1 }, { "0~", "+0~", 0 },
        { "-._", "-._", 0 }, { "B-", "B-", 0 }, { ".0", ".120", -1 }, { "12~", "10~", 1 }, { "x86_64rc1.", "x86_64rac1.", 1 },
        { "-01", "-~01", 1 }, { "-^0Z01", "-^0Zb1", -1 }, { "~^", "1^", -1 }, { "10+Z10", "10+Z00", 1 },
        { "-12^x86_6410", "-1B2^x86_6410", 1 }, { "a^", "a^", 0 }, { "rc12", "rc12fc33", -1 }, { "_", "12_", -1 },
        { "._2", "._-", 1 }, { "12aa01x86_64", "12a~01x86_64", 1 }, { "~^_", "~^_", 0 }, { "^2B2", "^2B2a", -1 },
        { "rc11_", "rc1+_", 1 }, { "11001", "1~001", 1 }, { "~rc12-x86_64", "^rc12-x86_64", -1 }, { "^_10Za", "^_1a0Za", 1 },
        { "+2.x86_64", "+2.x86_B64", 1 },
};
/* clang-format on */

static int sign(int r) {
        return (r > 0) - (r < 0);
}

static struct span bytes(const char *s, size_t n) {
        return (struct span) { (const uint8_t *) s, n };
}

static void versions_compare_as_systemd_compares_them(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
                struct span a = span_of(versions[i].a), b = span_of(versions[i].b);

                if (sign(bls_version_compare(a, b)) != versions[i].result ||
                    sign(bls_version_compare(b, a)) != -versions[i].result)
                        fail_msg("\"%s\" and \"%s\": %d, expected %d", versions[i].a, versions[i].b,
                                 sign(bls_version_compare(a, b)), versions[i].result);
                assert_int_equal(bls_version_compare(a, a), 0);
        }
}

static void nothing_and_strange_bytes_have_their_place_among_versions(void **state) {
        struct span nothing = { NULL, 0 };

        (void) state;
        assert_int_equal(bls_version_compare(nothing, nothing), 0);
        assert_true(bls_version_compare(nothing, span_of("1")) < 0);
        assert_true(bls_version_compare(nothing, span_of("~")) > 0);
        assert_int_equal(bls_version_compare(nothing, span_of("+_:")), 0);
        assert_int_equal(bls_version_compare(bytes("1\0002", 3), span_of("1 2")), 0);
        assert_true(bls_version_compare(bytes("1\0", 2), bytes("1\0002", 3)) < 0);
}

static const char osrel[] = "# PRETTY_NAME=comment\n"
                            "NAME=\"Debian GNU/Linux\"\n"
                            "  VERSION_ID='12'  \n"
                            "ID=wrong\r\n"
                            "ID=debian\n"
                            "no assignment here\n"
                            "=nothing\n"
                            "\n"
                            "IMAGE_ID_X=x\n"
                            "EMPTY=\n"
                            "HALF=\"half\n"
                            "ONE=\"\n"
                            "MIXED=\"a'\n"
                            "EQUALS=a=b=c\n"
                            "HOME URL=x\n"
                            "\tTABS=tabs\t\n"
                            "CR=cr\r\n"
                            "SAME=aba\n"
                            "LAST=end";

static void a_field_of_os_release_is_read_as_a_shell_would(void **state) {
        /* clang-format off */
        static const struct { char key[24], want[24]; } rows[] = {
                { "NAME", "Debian GNU/Linux" }, { "VERSION_ID", "12" }, { "ID", "debian" }, { "PRETTY_NAME", "" },
                { "IMAGE_ID", "" }, { "EMPTY", "" }, { "HALF", "\"half" }, { "ONE", "\"" }, { "MIXED", "\"a'" },
                { "EQUALS", "a=b=c" }, { "LAST", "end" }, { "TABS", "tabs" }, { "CR", "cr" }, { "SAME", "aba" }, { "no", "" },
                { "URL", "" }, { "no assignment here", "" },
        };
        /* clang-format on */

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_true(span_eq_str(bls_osrel_field(span_of(osrel), rows[i].key), rows[i].want));
        assert_int_equal(bls_osrel_field((struct span) { NULL, 0 }, "ID").n, 0);
        assert_true(span_eq_str(bls_osrel_field(bytes("ID=a\0\0\0", 7), "ID"), "a"));
        assert_int_equal(bls_osrel_field(span_of("ID=a\nID="), "ID").n, 0);
        assert_int_equal(bls_osrel_field(span_of("ID"), "ID").n, 0);
}

/* Nothing is read behind the end, nor before the beginning. */
static void an_os_release_that_ends_early_is_not_read_beyond(void **state) {
        static const char *const texts[] = { "", "I", "ID", "ID=", "ID=\"", "  ", " \t", "x\n  ", "\n", "x\r" };

        (void) state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                struct span text = exact(span_of(texts[i])), id = bls_osrel_field(text, "ID");

                assert_int_equal(id.n, strcmp(texts[i], "ID=\"") == 0);
                exact_free(text);
        }
}

/* One line of a mebibyte, without =, or with NULs for text: read in time, and no field is made up. */
static void an_osrel_of_any_bytes_gives_the_fields_that_it_has(void **state) {
        const size_t n = 1 << 20;
        char *big = malloc(n + 8);

        (void) state;
        assert_non_null(big);
        memset(big, 'x', n);
        memcpy(big + n, "\nID=deb", 7);
        assert_true(span_eq_str(bls_osrel_field(bytes(big, n + 7), "ID"), "deb"));
        assert_int_equal(bls_osrel_field(bytes(big, n), "ID").n, 0);
        memcpy(big, "ID=", 3);
        assert_int_equal(bls_osrel_field(bytes(big, n), "ID").n, n - 3);
        memset(big, 0, n);
        assert_int_equal(bls_osrel_field(bytes(big, n), "ID").n, 0);
        assert_int_equal(bls_osrel_field(bytes("I\0D=a\nVERSION\0=1", 17), "ID").n, 0);
        free(big);
}

static void an_entry_takes_the_first_field_that_is_there(void **state) {
        static const struct {
                char osrel[96], key[16], version[16];
        } rows[] = {
                { "ID=debian\nVERSION_ID=12\nBUILD_ID=b", "debian", "12" },
                { "ID=debian\nIMAGE_ID=mine\nVERSION=13 (x)\nVERSION_ID=13", "mine", "13 (x)" },
                { "IMAGE_VERSION=7\nVERSION=8\n", "", "7" },
                { "BUILD_ID=20260101", "", "20260101" },
                { "", "", "" },
        };
        char id[32];
        struct bls_entry e;

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                bls_entry_open(span_of(rows[i].osrel), span_of("a.efi"), id, sizeof(id), &e);
                assert_true(span_eq_str(e.sort_key, rows[i].key));
                assert_true(span_eq_str(e.version, rows[i].version));
        }
}

static void an_id_is_the_name_in_lower_case_without_its_counter(void **state) {
        static const struct {
                char name[24], id[24];
                unsigned left;
                bool counted;
        } rows[] = {
                { "Debian-6.1.efi", "debian-6.1.efi", 0, false },
                { "Debian-6.1+3-2.EFI", "debian-6.1.efi", 3, true },
                { "a+b.efi", "a+b.efi", 0, false },
                { "\xc3\x84.efi", "\xc3\x84.efi", 0, false },
        };
        char id[32];
        struct bls_entry e;

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                bls_entry_open(span_of(""), span_of(rows[i].name), id, strlen(rows[i].name), &e);
                assert_true(span_eq_str(e.id, rows[i].id));
                assert_int_equal(e.tries.counted, rows[i].counted);
                assert_int_equal(e.tries.left, rows[i].left);
        }
        bls_entry_open(span_of(""), span_of("A+1.efi"), id, 6, &e);
        assert_true(span_eq_str(e.id, "A+1.efi"));
}

/* Each comes strictly before all that follow. */
static void each_entry_comes_strictly_before_all_that_follow(void **state) {
        static const struct {
                char name[24], osrel[48];
        } rows[] = {
                { "z1.efi", "ID=arch\nVERSION_ID=1" },
                { "y9.efi", "ID=debian\nVERSION_ID=13" },
                { "y8.efi", "ID=debian\nVERSION_ID=12" },
                { "y10.efi", "ID=debian" },
                { "y9.efi", "ID=debian" },
                { "y9+3.efi", "ID=debian" },
                { "y9+2.efi", "ID=debian" },
                { "y9+2-1.efi", "ID=debian" },
                { "y8.efi", "ID=debian" },
                { "x.efi", "ID=debiana\nVERSION_ID=99" },
                { "ukiload.efi", "ID=~~~" },
                { "b10.efi", "VERSION_ID=1" },
                { "b9.efi", "VERSION_ID=2" },
                { "a.efi", "" },
                { "z2+0-3.efi", "ID=arch\nVERSION_ID=2" },
                { "c+0.efi", "" },
                { "b+0.efi", "" },
        };
        enum { N = sizeof(rows) / sizeof(rows[0]) };
        static struct bls_entry entries[N];
        static char ids[N][24];

        (void) state;
        for (size_t i = 0; i < N; i++)
                bls_entry_open(span_of(rows[i].osrel), span_of(rows[i].name), ids[i], sizeof(ids[i]), &entries[i]);
        for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < N; j++)
                        if (sign(bls_compare(&entries[i], &entries[j])) != (i > j) - (i < j))
                                fail_msg("%s and %s", rows[i].name, rows[j].name);
}

static void a_line_of_a_menu_entry_has_a_key_and_a_value(void **state) {
        static const char text[] = "# a comment\n\ntitle   my own\r\nempty\n \tlinux\t/a b \n#linux /c\noptions  x  y";
        static const char *const want[][2] = { { "title", "my own" }, { "linux", "/a b" }, { "options", "x  y" } };
        struct span rest = span_of(text), key, value;

        (void) state;
        for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
                assert_true(bls_next_line(&rest, &key, &value));
                assert_true(span_eq_str(key, want[i][0]));
                assert_true(span_eq_str(value, want[i][1]));
                assert_true(value.p > (const uint8_t *) text && value.p < (const uint8_t *) text + sizeof(text));
        }
        assert_false(bls_next_line(&rest, &key, &value));
}

static void a_menu_entry_starts_an_image_by_any_key(void **state) {
        static const struct {
                const char *text;
                bool starts;
        } rows[] = {
                { "title x\nlinux /EFI/ukiload/x.efi\n", true },
                { "efi \\efi\\UKILOAD\\X.EFI", true },
                { "sort-key a\nuki\t/EFI/ukiload\\x.efi", true },
                { "linux /EFI/ukiload/x.efi2", false },
                { "linux /EFI/ukiload/x.ef", false },
                { "title /EFI/ukiload/x.efi", false },
                { "#linux /EFI/ukiload/x.efi", false },
                { "", false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_int_equal(bls_entry_starts(span_of(rows[i].text), "\\EFI\\ukiload\\x.efi"), rows[i].starts);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(versions_compare_as_systemd_compares_them),
                cmocka_unit_test(nothing_and_strange_bytes_have_their_place_among_versions),
                cmocka_unit_test(a_field_of_os_release_is_read_as_a_shell_would),
                cmocka_unit_test(an_os_release_that_ends_early_is_not_read_beyond),
                cmocka_unit_test(an_osrel_of_any_bytes_gives_the_fields_that_it_has),
                cmocka_unit_test(an_entry_takes_the_first_field_that_is_there),
                cmocka_unit_test(an_id_is_the_name_in_lower_case_without_its_counter),
                cmocka_unit_test(each_entry_comes_strictly_before_all_that_follow),
                cmocka_unit_test(a_line_of_a_menu_entry_has_a_key_and_a_value),
                cmocka_unit_test(a_menu_entry_starts_an_image_by_any_key),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
