/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "stubplace.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a stub without a notion of counters appends to, and what the others make of it. */
static const struct {
        char path[64], cut[64];
} rows[] = {
        { "\\EFI\\Linux\\foo.efi", "\\EFI\\Linux\\foo.efi" },
        { "\\EFI\\Linux\\k+3.efi", "\\EFI\\Linux\\k.efi" },
        { "\\EFI\\Linux\\k+3-1.efi", "\\EFI\\Linux\\k.efi" },
        { "\\EFI\\Linux\\k+0-3.EFI", "\\EFI\\Linux\\k.EFI" },
        { "\\EFI\\Linux\\k+1.5.efi", "\\EFI\\Linux\\k.5.efi" },
        { "\\EFI\\Linux\\k+3", "\\EFI\\Linux\\k" },
        { "+3.efi", ".efi" },
        { "\\k+3.efi.bak", "\\k.efi.bak" },
        /* the first plus of the whole path and no other */
        { "\\EFI\\Linux\\debian-6.6.13+bpo-amd64.efi", "\\EFI\\Linux\\debian-6.6.13+bpo-amd64.efi" },
        { "\\EFI\\Linux\\debian-6.6.13+bpo-amd64+3.efi", "\\EFI\\Linux\\debian-6.6.13+bpo-amd64+3.efi" },
        { "\\EFI\\Linux\\a+1+3.efi", "\\EFI\\Linux\\a+1+3.efi" },
        { "\\EFI\\Linux\\a+1.x+3.efi", "\\EFI\\Linux\\a.x+3.efi" },
        { "\\EFI\\Li+3.x\\a.efi", "\\EFI\\Li.x\\a.efi" },
        { "\\EFI\\Li+3.efi\\a+2.efi", "\\EFI\\Li.efi\\a+2.efi" },
        { "\\EFI\\Li+3\\a+2.efi", "\\EFI\\Li+3\\a+2.efi" },
        { "\\EFI\\Li+x\\a+2.efi", "\\EFI\\Li+x\\a+2.efi" },
        /* no counters */
        { "\\k+.efi", "\\k+.efi" },
        { "\\k+3-.efi", "\\k+3-.efi" },
        { "\\k+-1.efi", "\\k+-1.efi" },
        { "\\k+3-1-1.efi", "\\k+3-1-1.efi" },
        { "\\k+3x.efi", "\\k+3x.efi" },
        { "\\k+", "\\k+" },
        { "\\k+3-", "\\k+3-" },
        { "-1.x+y.efi", "-1.x+y.efi" },
        { "", "" },
        /* systemd-boot counts to 2^31-1, the stub reads 64 bits */
        { "\\k+2147483648.efi", "\\k.efi" },
        { "\\k+18446744073709551615.efi", "\\k.efi" },
        { "\\k+18446744073709551616.efi", "\\k+18446744073709551616.efi" },
        { "\\k+99999999999999999999.efi", "\\k+99999999999999999999.efi" },
        { "\\k+1-18446744073709551616.efi", "\\k+1-18446744073709551616.efi" },
};

static void assert_folder(const struct text *dir, const char *path) {
        char want_buf[80];
        struct text want = TEXT_IN(want_buf);

        text_cat(&want, path, ".extra.d", NULL);
        assert_string_equal(dir->p, want_buf);
        assert_false(dir->cut);
}

static void follows_each_version(void **state) {
        static const struct {
                unsigned version, minor;
                bool cuts;
        } versions[] = {
                { 252, 39, false }, { 253, 26, false }, { 254, 0, false }, { 254, 5, false }, { 254, 6, true },
                { 254, 26, true },  { 255, 0, true },   { 257, 13, true }, { 262, 1, true },  { 300, 0, true },
        };

        (void) state;
        for (size_t v = 0; v < COUNT(versions); v++)
                for (size_t i = 0; i < COUNT(rows); i++) {
                        char buf[80];
                        struct text dir = TEXT_IN(buf);
                        struct span path = exact(span_of(rows[i].path));

                        stubplace_folder(versions[v].version, versions[v].minor, path, &dir);
                        exact_free(path);
                        assert_folder(&dir, versions[v].cuts ? rows[i].cut : rows[i].path);
                }
}

static void addons_of_a_stub_without_addons(void **state) {
        static const struct {
                enum uki_stub stub;
                unsigned version, minor;
                char want[12];
        } stubs[] = {
                { UKI_STUB_SYSTEMD, 252, 39, "\\k.efi" },  { UKI_STUB_SYSTEMD, 253, 0, "\\k.efi" },
                { UKI_STUB_OTHER, 0, 0, "\\k.efi" },       { UKI_STUB_OTHER, 254, 5, "\\k.efi" },
                { UKI_STUB_SYSTEMD, 254, 5, "\\k+3.efi" }, { UKI_STUB_SYSTEMD, 254, 26, "\\k.efi" },
                { UKI_STUB_SYSTEMD, 257, 0, "\\k.efi" },
        };

        (void) state;
        for (size_t i = 0; i < COUNT(stubs); i++) {
                struct uki uki = { .stub = stubs[i].stub, .stub_version = stubs[i].version, .stub_minor = stubs[i].minor };
                const char *path = "\\k+3.efi";
                char buf[80];
                struct text dir = TEXT_IN(buf);

                stubplace_addons(&uki, span_of(path), &dir);
                assert_folder(&dir, stubs[i].want);
        }
}

static void says_when_there_is_no_room(void **state) {
        char buf[12];
        struct text dir = TEXT_IN(buf);

        (void) state;
        stubplace_folder(257, 0, span_of("\\a+1.efi"), &dir);
        assert_true(dir.cut);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(follows_each_version),
                cmocka_unit_test(addons_of_a_stub_without_addons),
                cmocka_unit_test(says_when_there_is_no_room),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
