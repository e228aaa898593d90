/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a request, and the variable. The shapes of LoadOptions are in test_request_shapes.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "request_help.h"

#define HEX32 "00112233445566778899aabbccddeeFF"
#define HEX   HEX32 HEX32
#define ARMED "ukiload.id=t1 ukiload.via=0007"

static struct raw raw;
static struct request req;
static char why_buf[600];
static struct text why;

static int begin(void **state) {
        (void) state;
        memset(&req, 0xa5, sizeof(req));
        why = TEXT_IN(why_buf);
        return 0;
}

static enum request_kind parse(const char *text) {
        struct span tail = { NULL, 0 };

        begin(NULL);
        return request_from_options(raw_variable(&raw, text), tail, &req, &why);
}

static enum request_kind parse_variable(const char *text) {
        begin(NULL);
        return request_from_variable(raw_variable(&raw, text), &req, &why);
}

static void every_key_is_read(void **state) {
        (void) state;
        assert_int_equal(parse("@2 ukiload.uki=/EFI/Linux/b.efi quiet ukiload.addon=kdump.addon.efi ukiload.addon=serial_0 "
                               "ukiload.sha256=" HEX " ukiload.plan=" HEX " ukiload.id=A.b_c-9 ukiload.via=00aF "
                               "ukiload.handoff=stub ukiload.log=debug ukiload.oneshot loglevel=7"),
                         REQUEST_OK);
        assert_int_equal(why.len, 0);
        assert_true(req.has_profile);
        assert_int_equal(req.profile, 2);
        assert_string_equal(req.uki, "\\EFI\\Linux\\b.efi");
        assert_int_equal(req.n_addons, 2);
        assert_string_equal(req.addons[0], "kdump");
        assert_string_equal(req.addons[1], "serial_0");
        assert_true(req.has_sha256 && req.has_plan);
        assert_int_equal(req.sha256[1], 0x11);
        assert_int_equal(req.plan[31], 0xff);
        assert_string_equal(req.id, "A.b_c-9");
        assert_int_equal(req.via, REQUEST_VIA_BOOT);
        assert_int_equal(req.via_boot, 0xaf);
        assert_true(req.handoff_stub && req.oneshot);
        assert_int_equal(req.log, REQUEST_LOG_DEBUG);
        assert_string_equal(req.words.p, "quiet loglevel=7");
        assert_false(req.cut_path || req.cut_tail);
}

static void a_request_without_keys_has_defaults(void **state) {
        (void) state;
        assert_int_equal(parse("quiet"), REQUEST_OK);
        assert_false(req.has_profile || req.has_sha256 || req.has_plan || req.handoff_stub || req.oneshot);
        assert_int_equal(req.profile, 0);
        assert_int_equal(req.via, REQUEST_VIA_ANY);
        assert_int_equal(req.log, REQUEST_LOG_UNSET);
        assert_int_equal(req.uki[0] + req.id[0], 0);
}

#define UUID "0a1B2c3d-2222-4333-8444-5555555555ff"

static void a_uki_is_named_by_its_partition_too(void **state) {
        static const uint8_t guid[16] = { 0x3d, 0x2c, 0x1b, 0x0a, 0x22, 0x22, 0x33, 0x43,
                                          0x84, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0xff };

        (void) state;
        assert_int_equal(parse("ukiload.uki=PARTUUID=" UUID "/EFI/Linux/b.efi quiet"), REQUEST_OK);
        assert_true(req.has_partition);
        assert_memory_equal(req.partition, guid, sizeof(guid));
        assert_string_equal(req.uki, "\\EFI\\Linux\\b.efi");
        assert_int_equal(parse("ukiload.uki=/PARTUUID=" UUID "/b.efi"), REQUEST_OK);
        assert_false(req.has_partition);
        assert_string_equal(req.uki, "\\PARTUUID=" UUID "\\b.efi");
        assert_int_equal(parse("ukiload.uki=/LABEL=x"), REQUEST_OK);
        assert_int_equal(parse("ukiload.uki=a=b.efi"), REQUEST_OK);
}

/* Accepted, each for one reason. */
static void each_of_these_is_accepted(void **state) {
        static const char rows[][170] = {
                "ukiload.profile=3",
                "@0",
                "@4294967295",
                "@007 ukiload.profile=7",
                "ukiload.profile=1 ukiload.profile=01",
                "ukiload.uki=a ukiload.uki=\\a",
                "ukiload.uki=PARTUUID=" UUID "/a ukiload.uki=partuuid=0A1b2C3d-2222-4333-8444-5555555555FF\\a",
                "ukiload.id=x ukiload.id=x",
                "ukiload.via=loader ukiload.via=loader",
                "ukiload.via=00af ukiload.via=00AF",
                "ukiload.log=info ukiload.log=info",
                "ukiload.log=error",
                "ukiload.handoff=stub ukiload.handoff=stub",
                "ukiload.oneshot ukiload.oneshot",
                "ukiload.id=12345678901234567890123456789012",
                "ukiload.addon=1234567890123456789012345678901234567890123456789012345678901234.ADDON.efi",
                "ukiload.sha256=" HEX " ukiload.sha256=00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff",
                "ukiload",
                "Ukiload.uki=x",
                "a'b",
                "a=/b",
                "a=\\b.efi",
                "--",
                "x@1",
                "initrd=a.efi=b",
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (parse(rows[i]) != REQUEST_OK)
                        fail_msg("%s: %s", rows[i], why.p);
}

/* Refused, with the offending word and the rule in the clause. */
static const struct {
        char text[150], word[40], rule[48];
} refused[] = {
        { "ukiload.foo=1", "\"ukiload.foo=1\"", "a request knows ukiload.profile ukiload.uki" },
        { "ukiload.=1", "\"ukiload.=1\"", "unknown key" },
        { "ukiload.Uki=a", "\"ukiload.Uki=a\"", "unknown key" },
        { "ukiload.uk=a", "\"ukiload.uk=a\"", "unknown key" },
        { "ukiload.ukix=a", "\"ukiload.ukix=a\"", "unknown key" },
        { "ukiload.uki", "\"ukiload.uki\"", "a path from the root" },
        { "ukiload.uki=", "\"ukiload.uki=\"", "no file name" },
        { "ukiload.uki=\\..\\a", "\"ukiload.uki=", "\".\" or \"..\"" },
        { "ukiload.uki=\\a ukiload.uki=\\b", "\"ukiload.uki=\\b\"", "contradicts the same key given before" },
        { "ukiload.uki=PARTUUID=", "PARTUUID=\"", "8-4-4-4-12" },
        { "ukiload.uki=PARTUUID=" UUID, "ukiload.uki=PARTUUID=", "no file name" },
        { "ukiload.uki=PARTUUID=" UUID "/", "ukiload.uki=PARTUUID=", "no file name" },
        { "ukiload.uki=PARTUUID=" UUID "a/b", "ukiload.uki=PARTUUID=", "8-4-4-4-12" },
        { "ukiload.uki=PARTUUID=" UUID "/../b", "ukiload.uki=PARTUUID=", "\".\" or \"..\"" },
        { "ukiload.uki=PARTUUID=12345678-01/a", "ukiload.uki=PARTUUID=", "8-4-4-4-12 hex digits" },
        { "ukiload.uki=PARTUUID=0a1b2c3d22224333844455555555555555ff/a", "ukiload.uki=", "8-4-4-4-12 hex digits" },
        { "ukiload.uki=PARTUUID=0a1b2c3d-2222-4333-8444-5555555555fg/a", "ukiload.uki=", "8-4-4-4-12 hex digits" },
        { "ukiload.uki=PARTUUID=0a1b2c3d+2222-4333-8444-5555555555ff/a", "ukiload.uki=", "8-4-4-4-12 hex digits" },
        { "ukiload.uki=Partuuid=/a", "\"ukiload.uki=Partuuid=/a\"", "PARTUUID=UUID/PATH" },
        { "ukiload.uki=UUID=1234-5678/a", "ukiload.uki=UUID", "named by PARTUUID=" },
        { "ukiload.uki=LABEL=ESP/a", "ukiload.uki=LABEL", "named by PARTUUID=" },
        { "ukiload.uki=PARTLABEL=ESP/a", "ukiload.uki=PARTLABEL", "named by PARTUUID=" },
        { "ukiload.uki=/a ukiload.uki=PARTUUID=" UUID "/a", "ukiload.uki=PARTUUID", "contradicts the same key" },
        { "ukiload.uki=PARTUUID=1" UUID "/a", "ukiload.uki=", "8-4-4-4-12 hex digits" },
        { "ukiload.addon=", "\"ukiload.addon=\"", "1 to 64 of" },
        { "ukiload.addon=.addon.efi", "addon.efi\"", "1 to 64 of" },
        { "ukiload.addon=.a", "\"ukiload.addon=.a\"", "do not begin with a dot" },
        { "ukiload.addon=a/b", "\"ukiload.addon=a/b\"", "1 to 64 of" },
        { "ukiload.addon=12345678901234567890123456789012345678901234567890123456789012345", "ukiload.addon=1", "1 to 64" },
        { "ukiload.profile=", "\"ukiload.profile=\"", "decimal" },
        { "ukiload.profile=1x", "\"ukiload.profile=1x\"", "decimal" },
        { "ukiload.profile=4294967296", "4294967296", "decimal" },
        { "ukiload.profile=99999999999999999999", "999", "decimal" },
        { "@1 ukiload.profile=2", "\"ukiload.profile=2\"", "contradicts the same key" },
        { "@", "\"@\"", "@ and a decimal number" },
        { "@1x", "\"@1x\"", "@ and a decimal number" },
        { "quiet @1", "\"@1\"", "in front of everything" },
        { "@1 @1", "\"@1\"", "in front of everything" },
        { "ukiload.sha256=12", "\"ukiload.sha256=12\"", "64 hex digits" },
        { "ukiload.sha256=" HEX "0", "ukiload.sha256", "64 hex digits" },
        { "ukiload.plan=g0112233445566778899aabbccddeeff" HEX32, "ukiload.plan", "64 hex digits" },
        { "ukiload.plan=0:112233445566778899aabbccddeeff" HEX32, "ukiload.plan", "64 hex digits" },
        { "ukiload.id=", "\"ukiload.id=\"", "1 to 32" },
        { "ukiload.id=a+b", "\"ukiload.id=a+b\"", "1 to 32" },
        { "ukiload.id=123456789012345678901234567890123", "ukiload.id=1", "1 to 32" },
        { "ukiload.id=a ukiload.id=A", "\"ukiload.id=A\"", "contradicts the same key" },
        { "ukiload.via=7", "\"ukiload.via=7\"", "four hex digits" },
        { "ukiload.via=000g", "000g", "four hex digits" },
        { "ukiload.via=Loader", "Loader", "four hex digits" },
        { "ukiload.via=", "ukiload.via=", "four hex digits" },
        { "ukiload.via=0000 ukiload.via=loader", "\"ukiload.via=loader\"", "contradicts the same key" },
        { "ukiload.via=0001 ukiload.via=0002", "\"ukiload.via=0002\"", "contradicts the same key" },
        { "ukiload.handoff=kernel", "\"ukiload.handoff=kernel\"", "\"stub\", nothing else" },
        { "ukiload.log=warn", "\"ukiload.log=warn\"", "error, info or debug" },
        { "ukiload.log=info ukiload.log=error", "\"ukiload.log=error\"", "contradicts the same key" },
        { "ukiload.oneshot=", "\"ukiload.oneshot=\"", "no value" },
        { "ukiload.oneshot=1", "\"ukiload.oneshot=1\"", "no value" },
        { "a=\"b c\"", "\"a=\"b\"", "quotes are not accepted" },
        { "ukiload.uki=\"a\"", "ukiload.uki", "quotes are not accepted" },
        { "quiet \\a.efi", "\"\\a.efi\"", "write ukiload.uki=" },
        { "quiet b.EFI", "\"b.EFI\"", "write ukiload.uki=" },
        { "quiet /b", "\"/b\"", "write ukiload.uki=" },
        { "quiet /b=c", "\"/b=c\"", "write ukiload.uki=" },
};

static void each_fault_is_refused_with_word_and_rule(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
                if (parse(refused[i].text) != REQUEST_BAD || !strstr(why.p, refused[i].word) || !strstr(why.p, refused[i].rule))
                        fail_msg("%s: \"%s\" lacks %s or %s", refused[i].text, why.p, refused[i].word, refused[i].rule);
                assert_false(why.cut);
        }
}

static void two_digests_that_differ_contradict(void **state) {
        static const char text[] =
                "ukiload.sha256=" HEX " ukiload.plan=" HEX " ukiload.sha256=" HEX32 "ffffffffffffffffffffffffffffffff";

        (void) state;
        assert_int_equal(parse(text), REQUEST_BAD);
        assert_non_null(strstr(why.p, "contradicts the same key"));
        assert_int_equal(req.sha256[31], 0xff);
        assert_int_equal(req.sha256[16], 0x00);
}

static void addons_are_listed_once_each(void **state) {
        char text[1000] = "", many[32];

        (void) state;
        assert_int_equal(parse("ukiload.addon=kdump ukiload.addon=KDUMP.addon.EFI ukiload.addon=a ukiload.addon=kdump.addon.efi"),
                         REQUEST_OK);
        assert_int_equal(req.n_addons, 2);
        assert_string_equal(req.addons[0], "kdump");
        assert_string_equal(req.addons[1], "a");

        for (unsigned i = 0; i < REQUEST_ADDONS_MAX; i++) {
                struct text name = TEXT_IN(many);

                text_str(&name, " ukiload.addon=n");
                text_dec(&name, i);
                strcat(text, many);
        }
        assert_int_equal(parse(text), REQUEST_OK);
        assert_int_equal(req.n_addons, REQUEST_ADDONS_MAX);
        assert_string_equal(req.addons[15], "n15");
        strcat(text, " ukiload.addon=N3");
        assert_int_equal(parse(text), REQUEST_OK);
        strcat(text, " ukiload.addon=more");
        assert_int_equal(parse(text), REQUEST_BAD);
        assert_non_null(strstr(why.p, "\"ukiload.addon=more\" is one addon too many: a request names at most 16"));
}

/* A refused request still has an id for the record, and the first fault is the one that is told. */
static void a_refused_request_keeps_its_id_for_the_record(void **state) {
        (void) state;
        assert_int_equal(parse("ukiload.nonsense ukiload.id=late ukiload.worse ukiload.via=0003"), REQUEST_BAD);
        assert_string_equal(req.id, "late");
        assert_int_equal(req.via_boot, 3);
        assert_non_null(strstr(why.p, "ukiload.nonsense"));
        assert_null(strstr(why.p, "ukiload.worse"));
        assert_string_equal(req.text, "ukiload.nonsense ukiload.id=late ukiload.worse ukiload.via=0003");
}

static void a_variable_is_a_request_too(void **state) {
        (void) state;
        assert_int_equal(parse_variable("@1 " ARMED " quiet"), REQUEST_OK);
        assert_string_equal(req.id, "t1");
        assert_int_equal(req.via_boot, 7);
        assert_true(req.has_profile);
        assert_string_equal(req.words.p, "quiet");
        assert_int_equal(parse_variable(ARMED " ukiload.oneshot"), REQUEST_OK);
        assert_int_equal(parse_variable("ukiload.id=x ukiload.via=loader"), REQUEST_OK);
        assert_int_equal(req.via, REQUEST_VIA_LOADER);
}

static void a_variable_lacks_no_key_and_holds_no_path(void **state) {
        static const struct {
                char text[64], says[40];
        } rows[] = {
                { "", "no ukiload.id" },
                { "   ", "no ukiload.id" },
                { "ukiload.via=0001", "no ukiload.id" },
                { "ukiload.id=x quiet", "no ukiload.via" },
                { "\\own.efi " ARMED, "\"\\own.efi\" is a path" },
                { "own.efi " ARMED, "\"own.efi\" is a path" },
                { ARMED " ukiload.foo", "unknown key" },
                { ARMED " a\tb", "the variable holds U+0009" },
                { ARMED " \x7f", "U+007f" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (parse_variable(rows[i].text) != REQUEST_BAD || !strstr(why.p, rows[i].says))
                        fail_msg("%s: %s", rows[i].text, why.p);
}

static void assert_variable_fault(size_t n, const char *says) {
        begin(NULL);
        assert_int_equal(request_from_variable((struct span) { raw.bytes, n }, &req, &why), REQUEST_BAD);
        assert_non_null(strstr(why.p, says));
        assert_int_equal(req.text_len, 0);
        assert_int_equal(req.id[0], 0);
}

static void a_variable_is_ucs2_with_one_nul_at_its_end(void **state) {
        (void) state;
        raw_variable(&raw, ARMED);
        assert_variable_fault(0, "is empty");
        assert_variable_fault(raw.n - 1, "odd number of bytes");
        assert_variable_fault(raw.n - 2, "does not end with a NUL");
        raw_nul(&raw);
        assert_variable_fault(raw.n, "goes on behind a NUL");
        raw.n = 1;
        assert_variable_fault(1, "odd number");

        raw.n = 0;
        raw_ucs2(&raw, ARMED " ");
        while (raw.n < 2 * REQUEST_CHARS_MAX)
                raw_ucs2(&raw, "x");
        raw_nul(&raw);
        assert_int_equal(request_from_variable(raw_span(&raw), &req, &why), REQUEST_OK);
        raw.n -= 2;
        raw_ucs2(&raw, "x");
        raw_nul(&raw);
        assert_variable_fault(raw.n, "1025 characters");
}

static void a_request_is_written_in_one_order(void **state) {
        static const struct {
                char text[400], want[400];
        } rows[] = {
                { "  quiet  ukiload.profile=01   debug ", "@1 quiet debug" },
                { "ukiload.via=00AF ukiload.id=x ukiload.uki=a.efi", "ukiload.uki=\\a.efi ukiload.id=x ukiload.via=00af" },
                { "ukiload.via=loader ukiload.oneshot ukiload.handoff=stub",
                  "ukiload.via=loader ukiload.handoff=stub ukiload.oneshot" },
                { "x ukiload.plan=" HEX " ukiload.addon=B ukiload.addon=a.addon.efi ukiload.sha256=" HEX " ukiload.log=info",
                  "ukiload.addon=B ukiload.addon=a "
                  "ukiload.sha256=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff "
                  "ukiload.plan=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff ukiload.log=info x" },
                { "ukiload.log=error", "ukiload.log=error" },
                { "quiet ukiload.uki=PARTUUID=" UUID "/a/b.efi",
                  "ukiload.uki=PARTUUID=0a1b2c3d-2222-4333-8444-5555555555ff\\a\\b.efi quiet" },
                { "ukiload.log=debug", "ukiload.log=debug" },
                { "@0", "@0" },
        };
        char buf[REQUEST_CHARS_MAX + 1], small[5];
        struct text text = TEXT_IN(buf), little = TEXT_IN(small);

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_int_equal(parse(rows[i].text), REQUEST_OK);
                assert_true(request_format(&req, &text));
                assert_string_equal(text.p, rows[i].want);
                assert_int_equal(request_format(&req, &little), strlen(rows[i].want) < sizeof(small));
        }
}

static void a_request_that_is_too_long_is_not_written(void **state) {
        static char big[2 * REQUEST_CHARS_MAX];
        struct text text = TEXT_IN(big);

        (void) state;
        raw.n = 0;
        raw_ucs2(&raw, "ukiload.uki=a ");
        while (raw.n < 2 * REQUEST_CHARS_MAX)
                raw_ucs2(&raw, "x");
        begin(NULL);
        assert_int_equal(request_from_options(raw_span(&raw), (struct span) { NULL, 0 }, &req, &why), REQUEST_OK);
        assert_false(request_format(&req, &text)); /* the path gets its separator */
}

int main(void) {
#define T(test) cmocka_unit_test_setup(test, begin)
        const struct CMUnitTest tests[] = {
                T(every_key_is_read),
                T(a_uki_is_named_by_its_partition_too),
                T(a_request_without_keys_has_defaults),
                T(each_of_these_is_accepted),
                T(each_fault_is_refused_with_word_and_rule),
                T(two_digests_that_differ_contradict),
                T(addons_are_listed_once_each),
                T(a_refused_request_keeps_its_id_for_the_record),
                T(a_variable_is_a_request_too),
                T(a_variable_lacks_no_key_and_holds_no_path),
                T(a_variable_is_ucs2_with_one_nul_at_its_end),
                T(a_request_is_written_in_one_order),
                T(a_request_that_is_too_long_is_not_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
