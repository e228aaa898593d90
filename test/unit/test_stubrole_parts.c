/* SPDX-License-Identifier: BSD-2-Clause */
/* What the role consists of beside its events: sidecars, text, variables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stubrole.h"

static struct stubrole role;

static void each_version_knows_its_sidecars(void **state) {
        static const struct {
                unsigned version;
                bool has[STUBROLE_SIDECARS];
        } cases[] = {
                { 252, { 1, 1, 1, 0, 0, 0 } }, { 255, { 1, 1, 1, 0, 0, 0 } }, { 256, { 1, 1, 1, 0, 1, 0 } },
                { 257, { 1, 1, 1, 0, 1, 0 } }, { 258, { 1, 1, 1, 1, 1, 1 } },
        };
        struct stubrole_source source;

        (void) state;
        for (size_t i = 0; i < 5; i++)
                for (unsigned k = 0; k < STUBROLE_SIDECARS; k++)
                        assert_int_equal(stubrole_source(cases[i].version, (enum stubrole_sidecar) k, &source), cases[i].has[k]);
}

static void each_version_finds_its_sidecars_in_their_folder(void **state) {
        static const struct {
                enum stubrole_sidecar kind;
                unsigned version, minor;
                char folder[40], dir[32];
                uint32_t dir_mode, mode;
        } cases[] = {
                { STUBROLE_CREDENTIALS, 252, 0, "\\EFI\\Linux\\a+3.efi.extra.d", ".extra/credentials", 0500, 0400 },
                { STUBROLE_CREDENTIALS, 254, 5, "\\EFI\\Linux\\a+3.efi.extra.d", ".extra/credentials", 0500, 0400 },
                { STUBROLE_CREDENTIALS, 254, 26, "\\EFI\\Linux\\a.efi.extra.d", ".extra/credentials", 0500, 0400 },
                { STUBROLE_CREDENTIALS, 255, 0, "\\EFI\\Linux\\a.efi.extra.d", ".extra/credentials", 0500, 0400 },
                { STUBROLE_GLOBAL_CREDENTIALS, 252, 0, "\\loader\\credentials", ".extra/global_credentials", 0500, 0400 },
                { STUBROLE_SYSEXT, 257, 0, "\\EFI\\Linux\\a.efi.extra.d", ".extra/sysext", 0555, 0444 },
                { STUBROLE_GLOBAL_SYSEXT, 258, 0, "\\loader\\extensions", ".extra/global_sysext", 0555, 0444 },
                { STUBROLE_CONFEXT, 257, 0, "\\EFI\\Linux\\a.efi.extra.d", ".extra/confext", 0555, 0444 },
                { STUBROLE_GLOBAL_CONFEXT, 258, 0, "\\loader\\extensions", ".extra/global_confext", 0555, 0444 },
        };
        struct stubrole_source source;

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char buf[64];
                struct text folder = TEXT_IN(buf);

                assert_true(stubrole_source(cases[i].version, cases[i].kind, &source));
                struct uki uki = { .stub = UKI_STUB_SYSTEMD, .stub_version = cases[i].version, .stub_minor = cases[i].minor };
                stubrole_folder(&uki, &source, span_of("\\EFI\\Linux\\a+3.efi"), &folder);
                assert_string_equal(buf, cases[i].folder);
                assert_string_equal(source.dir, cases[i].dir);
                assert_int_equal(source.dir_mode, cases[i].dir_mode);
                assert_int_equal(source.file_mode, cases[i].mode);
        }
}

static void each_sidecar_takes_files_by_their_ending(void **state) {
        /* clang-format off */
        static const struct { enum stubrole_sidecar kind; unsigned version; char name[24]; bool taken; } cases[] = {
                { STUBROLE_CREDENTIALS, 252, "a.cred", true },       { STUBROLE_CREDENTIALS, 252, "A.CRED", true },
                { STUBROLE_CREDENTIALS, 252, "a.cred.bak", false },  { STUBROLE_CREDENTIALS, 252, ".cred", false },
                { STUBROLE_CREDENTIALS, 252, "\xc3\xa4.cred", false }, { STUBROLE_CREDENTIALS, 257, "x.raw", false },
                { STUBROLE_SYSEXT, 252, "x.raw", true },             { STUBROLE_SYSEXT, 252, "x.confext.raw", true },
                { STUBROLE_SYSEXT, 255, "x.confext.raw", true },     { STUBROLE_SYSEXT, 256, "x.ConfExt.raw", false },
                { STUBROLE_SYSEXT, 257, "x.sysext.raw", true },      { STUBROLE_CONFEXT, 257, "x.confext.raw", true },
                { STUBROLE_CONFEXT, 257, "x.raw", false },           { STUBROLE_GLOBAL_SYSEXT, 258, "x.raw", true },
                { STUBROLE_GLOBAL_SYSEXT, 258, "x.confext.raw", false },
        };
        /* clang-format on */
        struct stubrole_source source;

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_true(stubrole_source(cases[i].version, cases[i].kind, &source));
                if (stubrole_takes(&source, span_of(cases[i].name)) != cases[i].taken)
                        fail_msg("%s as sidecar %d of %u", cases[i].name, (int) cases[i].kind, cases[i].version);
        }
}

/* Left: UTF-8; right: what systemd's xstrn8_to_16 makes of it, as its source says. */
static void text_becomes_ucs2_as_systemd_makes_it(void **state) {
        /* clang-format off */
        static const struct { char utf8[24]; size_t n; char ucs2[32]; size_t size; } cases[] = {
                { "", 0, "\0\0", 2 },
                { "a b", 3, "a\0 \0b\0\0\0", 8 },
                { "a\0b", 3, "a\0\0\0", 4 },
                { "\xc3\xa4\xe2\x82\xac", 5, "\xe4\0\xac\x20\0\0", 6 },
                { "\xf0\x9f\x98\x80x", 5, "x\0\0\0", 4 },             /* not in the basic plane */
                { "\xed\xa0\x80x", 4, "x\0\0\0", 4 },                 /* a surrogate */
                { "\xee\x80\x80\xef\xbf\xbf", 6, "\0\xe0\xff\xff\0\0", 6 },
                { "\xed\x9f\xbf", 3, "\xff\xd7\0\0", 4 },
                { "\x80" "a\xff" "b\xfe", 5, "a\0b\0\0\0", 6 },       /* starts nothing; 0xfe likewise */
                { "\xc3" "abc", 4, "b\0c\0\0\0", 6 },                 /* takes the next byte with it */
                { "\xe2" "\x82" "abc", 5, "b\0c\0\0\0", 6 },
                { "ab\xe2\x82", 4, "a\0b\0\0\0", 6 },                 /* ends too early */
                { "\xe2" "abcdef", 1, "\0\0", 2 },                    /* ... and what follows is not ours */
                { "\xc1\xa1", 2, "a\0\0\0", 4 },                      /* overlong */
                { "\xc0\x80" "a", 3, "\0\0", 2 },                     /* an overlong NUL ends it */
                { "\xf8\x80\x80\x81\xa1" "b", 6, "a\0b\0\0\0", 6 },   /* five bytes */
                { "\xfc\x80\x80\x80\x81\xa1" "b", 7, "a\0b\0\0\0", 6 },
                { "\xfd\xbf\xbf\xbf\xbf\xbf" "b", 7, "b\0\0\0", 4 },
                { "\x7f", 1, "\x7f\0\0\0", 4 },
        };
        /* clang-format on */
        uint8_t buf[64];

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct span s = { (const uint8_t *) cases[i].utf8, cases[i].n };

                assert_int_equal(stubrole_ucs2(s, NULL, 0), cases[i].size);
                memset(buf, 0xee, sizeof(buf));
                assert_int_equal(stubrole_ucs2(s, buf, cases[i].size - 1), cases[i].size);
                assert_int_equal(buf[0], 0xee); /* not written in part */
                assert_int_equal(stubrole_ucs2(s, buf, cases[i].size), cases[i].size);
                assert_memory_equal(buf, cases[i].ucs2, cases[i].size);
                assert_int_equal(buf[cases[i].size], 0xee);
        }
}

static void each_variable_has_a_name_and_a_first_version(void **state) {
        static const struct {
                enum stubrole_variable v;
                char name[32];
                unsigned since;
        } cases[] = {
                { STUBROLE_STUB_INFO, "StubInfo", 252 },
                { STUBROLE_STUB_FEATURES, "StubFeatures", 252 },
                { STUBROLE_STUB_PROFILE, "StubProfile", 257 },
                { STUBROLE_STUB_PART_UUID, "StubDevicePartUUID", 257 },
                { STUBROLE_STUB_IMAGE_ID, "StubImageIdentifier", 257 },
                { STUBROLE_STUB_PCR_IMAGE, "StubPcrKernelImage", 252 },
                { STUBROLE_STUB_PCR_PARAMETERS, "StubPcrKernelParameters", 252 },
                { STUBROLE_STUB_PCR_SYSEXTS, "StubPcrInitRDSysExts", 252 },
                { STUBROLE_STUB_PCR_CONFEXTS, "StubPcrInitRDConfExts", 256 },
                { STUBROLE_LOADER_PART_UUID, "LoaderDevicePartUUID", 252 },
                { STUBROLE_LOADER_IMAGE_ID, "LoaderImageIdentifier", 252 },
                { STUBROLE_LOADER_FIRMWARE_INFO, "LoaderFirmwareInfo", 252 },
                { STUBROLE_LOADER_FIRMWARE_TYPE, "LoaderFirmwareType", 252 },
        };
        char name[32];

        (void) state;
        assert_int_equal(sizeof(cases) / sizeof(cases[0]), STUBROLE_VARIABLES);
        for (size_t i = 0; i < STUBROLE_VARIABLES; i++) {
                assert_true(stubrole_variable(cases[i].since, cases[i].v, name));
                assert_string_equal(name, cases[i].name);
                assert_int_equal(stubrole_variable(252, cases[i].v, name), cases[i].since == 252);
                assert_int_equal(stubrole_if_unset(cases[i].v), strncmp(cases[i].name, "Loader", 6) == 0);
        }
}

static void each_version_has_its_features(void **state) {
        (void) state;
        assert_int_equal(stubrole_features(252), 0x02f); /* its own 0x00f, and addons */
        assert_int_equal(stubrole_features(253), 0x03f);
        assert_int_equal(stubrole_features(254), 0x07f);
        assert_int_equal(stubrole_features(256), 0x17f);
        assert_int_equal(stubrole_features(257), 0x77f); /* its own 0x7ff, without device tree addons */
        assert_int_equal(stubrole_features(262), 0x77f);
}

static void the_info_says_whose_role_it_is(void **state) {
        struct uki uki = { .stub = UKI_STUB_SYSTEMD, .stub_version = 252, .stub_text = "systemd-stub 252.39-1~deb12u2" };
        char buf[80];
        struct text t = TEXT_IN(buf);

        (void) state;
        stubrole_info(&uki, "0.1", &t);
        assert_string_equal(buf, "ukiload 0.1 as systemd-stub 252.39-1~deb12u2");
        uki.n_profiles = 2;
        text_clear(&t);
        stubrole_info(&uki, "0.1", &t);
        assert_string_equal(buf, "ukiload 0.1 as systemd-stub 257");
        uki.stub = UKI_STUB_OTHER;
        uki.n_profiles = 0;
        text_clear(&t);
        stubrole_info(&uki, "0.1", &t);
        assert_string_equal(buf, "ukiload 0.1 as systemd-stub 257");
}

/* A role that measured the image, one thing in each other account that is not missing, and perhaps a tagged event. */
static void outcome(unsigned version, const char *missing, bool tagged, bool ok, const char *expected) {
        struct stubrole_outcome o;
        char got[STUBROLE_ACCOUNTS + 1] = "";

        memset(&role, 0, sizeof(role));
        role.version = version;
        for (unsigned i = 0; i < STUBROLE_SIDECARS; i++)
                role.missing[i] = stubrole_source(version, (enum stubrole_sidecar) i, &role.source[i]) && missing[i] == '-';
        stubrole_outcome_begin(&role, &o);
        stubrole_outcome_note(&role, &(struct stubrole_event) { .account = STUBROLE_OF_IMAGE }, ok, &o);
        for (unsigned i = 0; i < STUBROLE_SIDECARS; i++)
                if (role.source[i].dir[0] && !role.missing[i])
                        stubrole_outcome_note(&role, &(struct stubrole_event) { .account = role.source[i].account }, ok, &o);
        if (tagged)
                stubrole_outcome_note(&role, &(struct stubrole_event) { .account = STUBROLE_OF_PARAMETERS, .tag = 1 }, ok, &o);
        for (unsigned i = 0; i < STUBROLE_ACCOUNTS; i++)
                got[i] = stubrole_account_measured(&o, (enum stubrole_account) i) ? "IPSC"[i] : '.';
        if (strcmp(got, expected) != 0)
                fail_msg("%u with %s, %d, %d: %s instead of %s", version, missing, tagged, ok, got, expected);
}

static void what_was_measured_is_told_by_each_account(void **state) {
        (void) state;
        outcome(252, "++++++", false, true, "IPS.");
        outcome(252, "------", false, true, "IPS.");  /* nothing to do counts as done */
        outcome(252, "------", false, false, ".PS."); /* ... even without a TPM */
        outcome(252, "++++++", false, false, "....");
        outcome(252, "+-----", true, true, "I.S."); /* a tagged event is 257's, peculiarity included */
        outcome(257, "++++++", false, true, "IPSC");
        outcome(257, "-+++++", false, true, "I.SC"); /* a folder without files counts as not measured */
        outcome(257, "+-++++", false, true, "I.SC");
        outcome(257, "++-+++", false, true, "IP.C");
        outcome(257, "++++-+", false, true, "IPS.");
        outcome(257, "++++++", true, true, "I.SC");
        outcome(257, "++++++", false, false, "....");
        outcome(262, "++++++", true, true, "IPSC");
        outcome(262, "+++-++", true, true, "IP.C");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_version_knows_its_sidecars),
                cmocka_unit_test(each_version_finds_its_sidecars_in_their_folder),
                cmocka_unit_test(each_sidecar_takes_files_by_their_ending),
                cmocka_unit_test(text_becomes_ucs2_as_systemd_makes_it),
                cmocka_unit_test(each_variable_has_a_name_and_a_first_version),
                cmocka_unit_test(each_version_has_its_features),
                cmocka_unit_test(the_info_says_whose_role_it_is),
                cmocka_unit_test(what_was_measured_is_told_by_each_account),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
