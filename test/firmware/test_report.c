/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands on the screen and in the status of a start that goes well. */
#include "inside.h"
#include "scenes.h"
#include "sha256.h"

static struct machine *plain(unsigned stub) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, SCENE_UKI, stub, "root=/dev/vda", DB);
        return m;
}

static void shows(const struct machine *m, const char *words, bool does) {
        if ((strstr(m->screen, words) != NULL) != does)
                fail_msg("%s\"%s\"\n%s", does ? "not " : "", words, m->screen);
}

static void an_image_with_profiles_is_shown_with_the_one_that_starts(void **state) {
        (void) state;
        for (size_t profiles = 0; profiles < 3; profiles++) {
                struct machine *m = plain(257);
                struct pe_write_section s[UKI_PARTS];
                size_t n = machine_uki_sections(m, 257, "root=/dev/vda", s);

                for (size_t i = 0; i < profiles; i++)
                        machine_section(s, &n, ".profile", i ? "ID=other\n" : "ID=main\n");
                machine_file(m, ESP, SCENE_UKI, machine_image(m, s, n, DB));
                m->options = profiles == 2 ? "@1 " : NULL;
                machine_start(m); /* the bench's stub does not choose among profiles */
                assert_int_equal(m->n_started, 1);
                shows(m, "a.efi (Bench Linux), validated by firmware", profiles == 0);
                shows(m, "a.efi (Bench Linux), profile 0, validated by firmware", profiles == 1);
                shows(m, "a.efi (Bench Linux), profile 1, validated by firmware", profiles == 2);
                machine_free(m);
        }
}

/* An addon of these sections beside the global ones. */
static void add(struct machine *m, const char *name, const char *words, const char *section, const char *content) {
        struct pe_write_section s[4];
        char path[64];
        size_t n = 0;

        machine_section(s, &n, ".sbat", "addon,1\n");
        if (words)
                machine_section(s, &n, ".cmdline", words);
        if (section)
                machine_section(s, &n, section, content);
        snprintf(path, sizeof(path), SCENE_GLOBAL "\\%s.addon.efi", name);
        machine_file(m, ESP, path, machine_image(m, s, n, DB));
}

static void each_addon_is_shown_with_what_it_gives_or_why_it_gives_nothing(void **state) {
        struct machine *m = plain(257);

        (void) state;
        m->policy = "@version 1\nquiet\n@allow-sections .initrd\n";
        add(m, "a", "quiet", NULL, NULL);
        add(m, "b", NULL, ".initrd", "files");
        add(m, "c", "quiet", ".uname", "another");
        add(m, "d", "init=/bin/sh", NULL, NULL);
        scene_start(m);
        shows(m, "  addon    " SCENE_GLOBAL "\\a.addon.efi gives quiet\n", true);
        shows(m, "  addon    " SCENE_GLOBAL "\\b.addon.efi gives no words, an initrd\n", true);
        shows(m, "  left out " SCENE_GLOBAL "\\c.addon.efi ", true);
        shows(m, "  hidden   " SCENE_GLOBAL "\\d.addon.efi: \"init=/bin/sh\" refused: sensitive", true);
        shows(m, "gives init", false);
        machine_free(m);
}

/* A stub's is the usual way, and is told to who asks for details; unless nobody has tried that stub. */
static void the_handoff_is_shown_where_it_is_not_the_usual_one(void **state) {
        static const struct {
                unsigned stub;
                const char *options;
                bool shown, untested;
        } rows[] = { { 257, NULL, false, false },
                     { 257, "ukiload.log=debug", true, false },
                     { 257, "ukiload.uki=" SCENE_UKI, false, false },
                     { 257, "ukiload.log=info", false, false },
                     { 299, NULL, true, true } };
        struct machine *m;

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                m = plain(rows[i].stub);
                m->options = rows[i].options;
                scene_start(m);
                assert_int_equal(m->child.kind, CHILD_STUB);
                shows(m, "  handoff  stub: ", rows[i].shown);
                shows(m, "; the stub is newer than the newest that was tested\n", rows[i].untested);
                assert_int_equal(strncmp(machine_status(m, "stub"), "untested ", 9) == 0, rows[i].untested);
                machine_free(m);
        }
        m = plain(252);
        machine_addon(m, ESP, SCENE_GLOBAL "\\q.addon.efi", "quiet", DB);
        scene_start(m);
        assert_int_equal(m->child.kind, CHILD_KERNEL);
        shows(m, "  handoff  kernel: ", true);
        machine_free(m);
}

/* Words that no policy governs are told, on the screen and in the status, where there may be some. */
static void what_a_stub_adds_by_itself_is_told(void **state) {
        static const struct {
                unsigned stub;
                const char *line, *smbios;
                bool words, console;
        } rows[] = {
                { 257, "root=/dev/vda", NULL, false, false },
                { 257, "root=/dev/vda", "io.systemd.stub.kernel-cmdline-extra=host=1", true, false },
                { 254, "root=/dev/vda", "io.systemd.stub.kernel-cmdline-extra=host=1", true, false },
                { 253, "root=/dev/vda", "io.systemd.stub.kernel-cmdline-extra=host=1", false, false }, /* knows of none */
                { 0, "root=/dev/vda", "io.systemd.stub.kernel-cmdline-extra=host=1", false, false },
                { 262, "root=/dev/vda", NULL, false, true },
                { 262, "root=/dev/vda console=ttyS0", NULL, false, false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct machine *m = machine_new();

                machine_uki(m, ESP, SCENE_UKI, rows[i].stub, rows[i].line, DB);
                m->smbios = rows[i].smbios;
                scene_start(m);
                shows(m, "(its last words come from SMBIOS through the stub; the policy does not govern them)", rows[i].words);
                shows(m, "(the stub may add console=* (of a device that the stub finds); the policy does not govern it)",
                      rows[i].console);
                assert_string_equal(machine_status(m, "not-governed"), rows[i].words ? "host=1"
                                                                       : rows[i].console
                                                                               ? "console=* (of a device that the stub finds)"
                                                                               : "");
                machine_free(m);
        }
}

static void the_policy_is_told_by_its_digest(void **state) {
        struct machine *m = plain(257);
        char hex[2 * SHA256_SIZE + 1];
        uint8_t digest[SHA256_SIZE];
        struct text text = TEXT_IN(hex);

        (void) state;
        scene_start(m);
        sha256_of(span_of(m->policy), digest);
        text_hex(&text, (struct span) { digest, sizeof(digest) });
        assert_string_equal(machine_status(m, "policy"), hex);
        machine_free(m);
        m = plain(257);
        m->policy = NULL;
        scene_start(m);
        assert_int_equal(m->n_started, 1);
        assert_string_equal(machine_status(m, "policy"), "none");
        machine_free(m);
}

static void a_request_may_want_errors_only(void **state) {
        struct machine *m = plain(257);

        (void) state;
        machine_addon(m, ESP, SCENE_GLOBAL "\\e.addon.efi", "init=/bin/sh", DB);
        m->options = "ukiload.log=error";
        scene_start(m);
        shows(m, "  image    ", false);
        shows(m, "  hidden   ", true);
        machine_free(m);
}

/* Whoever armed it looks for its id. */
static void a_start_answers_the_request_that_it_consumed(void **state) {
        static const char *const words[] = { "ukiload.handoff=stub", "ukiload.nonsense=1", "u=1 ukiload.sha256=00" };

        (void) state;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                struct machine *m = plain(257);

                machine_arm(m, words[i]);
                scene_start(m);
                assert_int_equal(m->n_started, i == 0);
                assert_string_equal(machine_status(m, "id"), "t1");
                assert_string_equal(machine_last(m, "id"), "t1");
                machine_free(m);
        }
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(an_image_with_profiles_is_shown_with_the_one_that_starts),
                T(each_addon_is_shown_with_what_it_gives_or_why_it_gives_nothing),
                T(the_handoff_is_shown_where_it_is_not_the_usual_one),
                T(what_a_stub_adds_by_itself_is_told),
                T(the_policy_is_told_by_its_digest),
                T(a_request_may_want_errors_only),
                T(a_start_answers_the_request_that_it_consumed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
