/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cpio.h"
#include "plan_world.h"
#include "stubrole.h"

static struct world w;
static struct stubrole_input in;
static struct stubrole role;
static uint8_t singles[4096];
static char log_text[16384];

static const char policy[] = "@allow-sections .initrd .ucode\nquiet\nconsole=ttyS? repeat\ndebug unsigned";

/* One line for each event: PCR, tag or "ipl", "+cc" if the CC protocol gets it too, what is hashed ("u:" as UCS-2), what is
 * logged, and whose account. The kernel's bytes are not shown. */
static void show_event(FILE *f, const struct stubrole_event *e) {
        static const char accounts[] = "IPSC";

        fprintf(f, "%u ", e->pcr);
        if (e->tag)
                fprintf(f, "%08x", e->tag);
        else
                fputs("ipl", f);
        fprintf(f, "%s %s", e->cc ? "+cc" : "", e->hash_text ? "u:" : "");
        if (span_eq(e->data, w.plan.uki.section[UKI_LINUX]))
                fputs("KERNEL", f);
        else
                for (size_t i = 0; i < e->data.n; i++)
                        fputs(e->data.p[i] ? (char[]) { (char) e->data.p[i], 0 } : "|", f);
        fprintf(f, " ; %.*s ; %c\n", (int) e->description.n, (const char *) e->description.p, accounts[e->account]);
}

static void make(void) {
        char buf[128];
        struct text why = TEXT_IN(buf);
        size_t size;

        world_policy(&w, policy);
        world_plan(&w);
        assert_true(w.plan.uki_ok);
        in.plan = &w.plan;
        in.addons = w.addons;
        in.n_addons = w.in.n_addons;
        in.smbios_extra = w.in.smbios_extra;
        assert_true(stubrole_singles_size(&w.plan.uki, &size));
        in.singles = size > 0 ? singles : NULL;
        in.singles_cap = size;
        memset(&role, 0x5a, sizeof(role));
        if (!stubrole_make(&in, &role, &why))
                fail_msg("%s", buf);
        FILE *f = fmemopen(log_text, sizeof(log_text), "w");
        for (size_t i = 0; i < role.n_events; i++)
                show_event(f, &role.event[i]);
        fclose(f);
}

static void begin(unsigned stub, const char *line) {
        memset(&in, 0, sizeof(in));
        world_begin(&w, stub, line);
}

static void begin_rich(unsigned stub) {
        begin(stub, "root=/dev/vda1");
        world_section(&w, ".osrel", "ID=x");
        world_section(&w, ".initrd", "INITRD");
        world_section(&w, ".ucode", "UCODE");
        world_section(&w, ".sbat", "sbat,1");
        world_section(&w, ".pcrsig", "{}");
        world_section(&w, ".pcrpkey", "PEM");
        world_section(&w, ".splash", "BM");
}

static void archives(void) {
        static const char *const text[STUBROLE_SIDECARS] = { "cred", "gcred", "sysext", "gsysext", "confext", "gconfext" };

        for (size_t i = 0; i < STUBROLE_SIDECARS; i++)
                in.sidecar[i] = span_of(text[i]);
}

static void blobs(void) {
        world_addon_with(&w, PLAN_GLOBAL, "\\loader\\addons\\a.addon.efi", "quiet", ".ucode", "UA");
        world_addon_with(&w, PLAN_LOCAL, "\\EFI\\Linux\\a.efi.extra.d\\b.addon.efi", "console=ttyS0  console=ttyS1", ".initrd",
                         "IB");
        world_addon_with(&w, PLAN_LOCAL, "\\EFI\\Linux\\a.efi.extra.d\\c.addon.efi", "init=/bin/sh", ".initrd", "NO");
        world_addon_with(&w, PLAN_PICKED, "\\EFI\\ukiload\\addons\\d.addon.efi", NULL, ".ucode", "UD");
        world_addon_with(&w, PLAN_PICKED, "\\EFI\\ukiload\\addons\\e.addon.efi", NULL, ".initrd", "IE");
        world_request(&w, "debug");
}

/* The pieces, each shown by its text; an archive by the name of its last file. */
static void show_pieces(char *p, size_t n) {
        static const char names[][24] = { "tpm2-pcr-signature.json", "tpm2-pcr-public-key.pem", "os-release", "profile" };

        p[0] = 0;
        for (size_t i = 0; i < role.initrd.n; i++) {
                struct span piece = role.initrd.piece[i];
                size_t at = strlen(p);
                const char *shown = NULL;

                for (size_t k = 0; k < 4 && piece.n > 6 && memcmp(piece.p, "070701", 6) == 0; k++)
                        if (memmem(piece.p, piece.n, names[k], strlen(names[k])))
                                shown = names[k];
                snprintf(p + at, n - at, "%.*s ", shown ? (int) strlen(shown) : (int) piece.n,
                         shown ? shown : (const char *) piece.p);
        }
}

static void assert_pieces(const char *expected) {
        char buf[1024];

        show_pieces(buf, sizeof(buf));
        assert_string_equal(buf, expected);
}

static void an_image_of_252_is_measured_as_its_stub_does(void **state) {
        (void) state;
        begin_rich(252);
        archives();
        w.in.smbios_extra = span_of("host=1"); /* 252 does not look there */
        make();
        assert_int_equal(role.version, 252);
        assert_string_equal(log_text, "11 ipl .linux| ; .linux ; I\n"
                                      "11 ipl KERNEL ; .linux ; I\n"
                                      "11 ipl .osrel| ; .osrel ; I\n"
                                      "11 ipl ID=x ; .osrel ; I\n"
                                      "11 ipl .cmdline| ; .cmdline ; I\n"
                                      "11 ipl root=/dev/vda1 ; .cmdline ; I\n"
                                      "11 ipl .initrd| ; .initrd ; I\n"
                                      "11 ipl INITRD ; .initrd ; I\n"
                                      "11 ipl .splash| ; .splash ; I\n"
                                      "11 ipl BM ; .splash ; I\n"
                                      "11 ipl .pcrpkey| ; .pcrpkey ; I\n"
                                      "11 ipl PEM ; .pcrpkey ; I\n"
                                      "12 ipl cred ; Credentials initrd ; P\n"
                                      "12 ipl gcred ; Global credentials initrd ; P\n"
                                      "13 ipl sysext ; System extension initrd ; S\n");
        assert_pieces("INITRD cred gcred sysext tpm2-pcr-signature.json tpm2-pcr-public-key.pem ");
}

static void image_257_with_everything(void **state) {
        (void) state;
        begin_rich(257);
        archives();
        blobs();
        w.in.smbios_extra = span_of(" host=1\t");
        make();
        assert_int_equal(role.version, 257);
        assert_string_equal(log_text, "11 ipl+cc .linux| ; .linux ; I\n"
                                      "11 ipl+cc KERNEL ; .linux ; I\n"
                                      "11 ipl+cc .osrel| ; .osrel ; I\n"
                                      "11 ipl+cc ID=x ; .osrel ; I\n"
                                      "11 ipl+cc .cmdline| ; .cmdline ; I\n"
                                      "11 ipl+cc root=/dev/vda1 ; .cmdline ; I\n"
                                      "11 ipl+cc .initrd| ; .initrd ; I\n"
                                      "11 ipl+cc INITRD ; .initrd ; I\n"
                                      "11 ipl+cc .ucode| ; .ucode ; I\n"
                                      "11 ipl+cc UCODE ; .ucode ; I\n"
                                      "11 ipl+cc .splash| ; .splash ; I\n"
                                      "11 ipl+cc BM ; .splash ; I\n"
                                      "11 ipl+cc .uname| ; .uname ; I\n"
                                      "11 ipl+cc 6.1 ; .uname ; I\n"
                                      "11 ipl+cc .sbat| ; .sbat ; I\n"
                                      "11 ipl+cc sbat,1 ; .sbat ; I\n"
                                      "11 ipl+cc .pcrpkey| ; .pcrpkey ; I\n"
                                      "11 ipl+cc PEM ; .pcrpkey ; I\n"
                                      "12 ipl+cc u:quiet console=ttyS0  console=ttyS1 ; quiet console=ttyS0  console=ttyS1 ; P\n"
                                      "12 ipl+cc u:debug ; debug ; P\n"
                                      "12 ipl+cc u:host=1 ; host=1 ; P\n"
                                      "12 ipl+cc cred ; Credentials initrd ; P\n"
                                      "12 ipl+cc gcred ; Global credentials initrd ; P\n"
                                      "13 ipl+cc sysext ; System extension initrd ; S\n"
                                      "12 ipl+cc confext ; Configuration extension initrd ; C\n"
                                      "12 dac08e1a UD ; d.addon.efi ; P\n"
                                      "12 dac08e1a UA ; a.addon.efi ; P\n"
                                      "12 49dffe0f IB ; b.addon.efi ; P\n"
                                      "12 49dffe0f IE ; e.addon.efi ; P\n");
        assert_pieces(
                "UD UA UCODE INITRD cred gcred sysext confext tpm2-pcr-signature.json tpm2-pcr-public-key.pem os-release IB IE ");
}

/* What 252 cannot do at all is done as 257 does it, the rest as ever. */
static void addons_on_252_are_applied_as_257_does(void **state) {
        (void) state;
        begin_rich(252);
        blobs();
        in.sidecar[STUBROLE_CREDENTIALS] = span_of("cred");
        make();
        assert_non_null(strstr(log_text,
                               "11 ipl PEM ; .pcrpkey ; I\n"
                               "12 ipl+cc u:quiet console=ttyS0  console=ttyS1 ; quiet console=ttyS0  console=ttyS1 ; P\n"
                               "12 ipl+cc u:debug ; debug ; P\n"
                               "12 ipl cred ; Credentials initrd ; P\n"
                               "12 dac08e1a UD ; d.addon.efi ; P\n"
                               "12 dac08e1a UA ; a.addon.efi ; P\n"
                               "12 49dffe0f IB ; b.addon.efi ; P\n"
                               "12 49dffe0f IE ; e.addon.efi ; P\n"));
        assert_pieces("UD UA INITRD cred tpm2-pcr-signature.json tpm2-pcr-public-key.pem IB IE ");
}

static void the_newest_stub_measures_everything_it_knows(void **state) {
        (void) state;
        begin_rich(262);
        archives();
        blobs();
        make();
        assert_non_null(strstr(log_text, "12 ipl+cc gcred ; Global credentials initrd ; P\n"
                                         "13 ipl+cc sysext ; System extension initrd ; S\n"
                                         "13 ipl+cc gsysext ; Global system extension initrd ; S\n"
                                         "12 ipl+cc confext ; Configuration extension initrd ; C\n"
                                         "12 ipl+cc gconfext ; Global configuration extension initrd ; C\n"
                                         "12 dac08e1a+cc UD ; d.addon.efi ; P\n"));
        assert_pieces(
                "UD UA UCODE INITRD cred gcred sysext gsysext confext gconfext tpm2-pcr-signature.json tpm2-pcr-public-key.pem "
                "os-release IB IE ");
}

static void a_profile_is_measured_by_its_sections(void **state) {
        static const char tail[] = "11 ipl+cc .profile| ; .profile ; I\n11 ipl+cc ID=two ; .profile ; I\n";

        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                begin(stub, "base");
                world_section(&w, ".profile", "ID=one");
                world_section(&w, ".profile", "ID=two");
                world_section(&w, ".cmdline", "two");
                world_request(&w, "@1");
                make();
                assert_int_equal(role.version, 257);
                assert_memory_equal(log_text, "12 13aed6db u:1 ; 1 ; P\n11 ipl+cc .linux|", 40);
                assert_non_null(strstr(log_text, "11 ipl+cc two ; .cmdline ; I\n"));
                assert_string_equal(log_text + strlen(log_text) - (sizeof(tail) - 1), tail);
                assert_pieces("profile ");
        }
        begin(257, "base");
        world_section(&w, ".profile", "ID=one");
        make();
        assert_memory_equal(log_text, "11 ipl+cc .linux|", 17); /* profile 0 is not announced */
        assert_non_null(strstr(log_text, "ID=one"));
}

static void words_of_a_request_alone_are_measured(void **state) {
        (void) state;
        begin(255, "a");
        world_request(&w, "debug");
        make();
        assert_non_null(strstr(log_text, "11 ipl 6.1 ; .uname ; I\n12 ipl+cc u:debug ; debug ; P\n"));
        assert_int_equal(role.initrd.n, 0);
}

/* As its stub makes it of what it is told. */
static void a_line_that_was_told_is_measured_before_all_words(void **state) {
        (void) state;
        begin(257, "a b");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\q.addon.efi", "quiet");
        in.told = span_of("  a b\x7f");
        make();
        assert_non_null(strstr(log_text, "12 ipl+cc u:a b ; a b ; P\n12 ipl+cc u:quiet ; quiet ; P\n"));
        begin(252, "a b");
        in.told = span_of("  a b");
        make();
        assert_non_null(strstr(log_text, "12 ipl+cc u:  a b ;   a b ; P\n"));
        in.told = span_of("");
        make();
        assert_null(strstr(log_text, "12 ipl"));
}

static void words_are_measured_one_by_one_on_254(void **state) {
        (void) state;
        begin(254, "a");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a.addon.efi", "quiet");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b.addon.efi", "console=ttyS0");
        world_addon(&w, PLAN_LOCAL, "\\EFI\\Linux\\a.efi.extra.d\\c.addon.efi", "console=ttyS1");
        make();
        assert_non_null(strstr(log_text, "12 ipl u:quiet console=ttyS0 ; quiet console=ttyS0 ; P\n"
                                         "12 ipl u:console=ttyS1 ; console=ttyS1 ; P\n"));
        w.addons[2].origin = PLAN_GLOBAL;
        make();
        assert_non_null(strstr(log_text, "u:quiet console=ttyS0 console=ttyS1 ;"));
        begin(254, "a");
        world_addon(&w, PLAN_LOCAL, "\\EFI\\Linux\\a.efi.extra.d\\c.addon.efi", "console=ttyS1");
        make();
        assert_non_null(strstr(log_text, "u:console=ttyS1 ;"));
}

static void an_unknown_version_is_taken_for_257(void **state) {
        static const struct {
                unsigned stub, version;
        } cases[] = { { 252, 252 }, { 253, 253 }, { 256, 256 }, { 262, 262 }, { 0, 257 } };

        (void) state;
        for (size_t i = 0; i < 5; i++) {
                begin(cases[i].stub, "a");
                make();
                assert_int_equal(role.version, cases[i].version);
                assert_true((strstr(log_text, ".uname") != NULL) == (cases[i].version >= 254));
                assert_true((strstr(log_text, "+cc") != NULL) == (cases[i].version >= 256));
        }
        /* A stub that is not systemd's gets nothing from the host, as in the plan's line. */
        w.in.smbios_extra = span_of("host=1");
        make();
        assert_null(strstr(log_text, "host=1"));
}

static void the_archive_of_a_section(void **state) {
        uint8_t expected[1024];
        size_t size;

        (void) state;
        begin(257, NULL);
        world_section(&w, ".pcrsig", "{\"sha256\":[]}");
        make();
        assert_true(
                cpio_single(expected, sizeof(expected), ".extra", "tpm2-pcr-signature.json", span_of("{\"sha256\":[]}"), &size));
        assert_int_equal(role.initrd.n, 1);
        assert_int_equal(role.initrd.piece[0].n, size);
        assert_memory_equal(role.initrd.piece[0].p, expected, size);
        assert_null(strstr(log_text, "pcrsig"));
}

static void assert_no_room(const char *clause) {
        char buf[128];
        struct text why = TEXT_IN(buf);

        assert_false(stubrole_make(&in, &role, &why));
        assert_string_equal(buf, clause);
}

static void without_room_nothing_is_made(void **state) {
        static struct plan_addon many[STUBROLE_EVENTS_MAX];

        (void) state;
        begin_rich(262);
        make();
        for (in.singles_cap = 0; in.singles_cap < 600; in.singles_cap += 150)
                assert_no_room("has more for /.extra than there is room for");
        in.singles = NULL;
        assert_no_room("has more for /.extra than there is room for");
        in.singles = singles;
        in.singles_cap = sizeof(singles);
        for (size_t i = 0; i < STUBROLE_EVENTS_MAX; i++)
                many[i].verdict = PLAN_ADMITTED, many[i].addon.initrd = span_of("x");
        in.addons = many;
        in.n_addons = STUBROLE_EVENTS_MAX;
        assert_no_room("has more initrds than there is room for");
        for (size_t i = 0; i < UKI_SECTION_COUNT; i++)
                w.plan.uki.has[i] = true, w.plan.uki.section[i] = span_of("x");
        archives();
        in.n_addons = 287; /* beside 28 names and contents of sections and 6 archives */
        assert_no_room("has more to be measured than there is room for");
        for (size_t i = 0; i < STUBROLE_EVENTS_MAX; i++)
                many[i].addon.ucode = span_of("y");
        in.n_addons = PLAN_ADDONS_MAX; /* never too many, however much there is beside them */
        struct text why = TEXT_IN(log_text);
        assert_true(stubrole_make(&in, &role, &why));
        w.plan.uki.section[UKI_PCRPKEY].n = (size_t) UINT32_MAX + 1; /* more than an archive can hold */
        assert_false(stubrole_singles_size(&w.plan.uki, &(size_t) { 0 }));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_image_of_252_is_measured_as_its_stub_does),
                cmocka_unit_test(image_257_with_everything),
                cmocka_unit_test(addons_on_252_are_applied_as_257_does),
                cmocka_unit_test(the_newest_stub_measures_everything_it_knows),
                cmocka_unit_test(a_profile_is_measured_by_its_sections),
                cmocka_unit_test(words_of_a_request_alone_are_measured),
                cmocka_unit_test(a_line_that_was_told_is_measured_before_all_words),
                cmocka_unit_test(words_are_measured_one_by_one_on_254),
                cmocka_unit_test(an_unknown_version_is_taken_for_257),
                cmocka_unit_test(the_archive_of_a_section),
                cmocka_unit_test(without_room_nothing_is_made),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
