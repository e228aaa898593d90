/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cpio.h"
#include "disk_in_memory.h"
#include "plan_world.h"
#include "sidecars.h"

#define OWN "\\EFI\\Linux\\a.efi.extra.d\\"

static struct world w;
static struct mem_disk m;
static struct sidecars s;
static struct sidecar_file rooms[1 + SIDECARS_MAX]; /* in front of them one that is no room, and would sort last */
static char why_buf[512], left_buf[512];

static void begin(unsigned stub) {
        mem_begin(&m);
        strcpy(rooms[0].name, "~");
        s.files = rooms + 1;
        s.cap = SIDECARS_MAX;
        world_begin(&w, stub, "quiet");
        world_plan(&w);
}

static bool make(void) {
        struct text why = TEXT_IN(why_buf), left = TEXT_IN(left_buf);

        return sidecars_make(&m.disk, "\\EFI\\Linux\\a.efi", &w.plan.uki, &s, &left, &why);
}

static bool fit(void) {
        struct text why = TEXT_IN(why_buf);

        return sidecars_fit(&m.disk, "\\EFI\\Linux\\a.efi", &w.plan.uki, &s, &why);
}

static void release(void) {
        sidecars_release(&m.disk, &s);
        assert_int_equal(m.out, 0);
}

/* The archive of these files, "name=content", by the writer of archives alone. */
static void archive_is(enum stubrole_sidecar kind, const char *const *files) {
        static uint8_t buf[8192];
        struct stubrole_source source;
        struct cpio c;
        uint8_t *data;

        assert_true(stubrole_source(w.plan.uki.stub_version, kind, &source));
        assert_true(cpio_begin(&c, buf, sizeof(buf), source.dir, source.dir_mode, source.file_mode));
        for (; *files; files++) {
                const char *content = strchr(*files, '=') + 1;

                assert_true(cpio_file(&c, (struct span) { (const uint8_t *) *files, (size_t) (content - 1 - *files) },
                                      strlen(content), &data));
                if (*content)
                        memcpy(data, content, strlen(content));
        }
        assert_true(cpio_end(&c));
        assert_true(span_eq(s.archive[kind], (struct span) { buf, c.len }));
}
#define ARCHIVE(kind, ...) archive_is(kind, (const char *const[]) { __VA_ARGS__, NULL })

static void each_folder_is_an_archive_of_its_files_sorted(void **state) {
        (void) state;
        begin(257);
        mem_add(&m, OWN "a.CRED", span_of("two"));
        mem_add(&m, OWN "B.cred", span_of("one"));
        mem_add(&m, OWN "b.cred2", span_of("no"));
        mem_add(&m, OWN "x.raw", span_of("ext"));
        mem_add(&m, OWN "x.confext.raw", span_of("conf"));
        mem_add(&m, OWN "q.addon.efi", span_of("no"));
        mem_add(&m, "\\loader\\credentials\\g.cred", span_of("all"));
        mem_add(&m, "\\loader\\extensions\\e.raw", span_of("258 only"));
        assert_true(make());
        ARCHIVE(STUBROLE_CREDENTIALS, "B.cred=one", "a.CRED=two");
        ARCHIVE(STUBROLE_GLOBAL_CREDENTIALS, "g.cred=all");
        ARCHIVE(STUBROLE_SYSEXT, "x.raw=ext");
        ARCHIVE(STUBROLE_CONFEXT, "x.confext.raw=conf");
        assert_int_equal(s.archive[STUBROLE_GLOBAL_SYSEXT].n, 0);
        assert_string_equal(left_buf, "");
        release();
}

static void without_files_there_is_no_archive(void **state) {
        (void) state;
        begin(257);
        assert_true(make());
        for (size_t i = 0; i < STUBROLE_SIDECARS; i++)
                assert_int_equal(s.archive[i].n, 0);
        assert_true(fit());
        release();
}

static void what_cannot_be_read_is_left_out_and_the_first_of_it_said(void **state) {
        (void) state;
        begin(257);
        mem_add(&m, OWN "a.cred", span_of("first"));
        mem_add(&m, OWN "b.cred", span_of("second"))->torn = true;
        mem_add(&m, OWN "c.cred", span_of("third"))->size = 6; /* it was larger when it was listed */
        mem_add(&m, OWN "d.cred", span_of("fourth"))->shut = true;
        mem_add(&m, OWN "e.cred", span_of("fifth"))->size = (uint64_t) UINT32_MAX + 1;
        mem_add(&m, OWN "f.cred", span_of("sixth"))->bad_name = true;
        mem_add(&m, OWN "g.cred", span_of(""));
        assert_true(make());
        ARCHIVE(STUBROLE_CREDENTIALS, "a.cred=first", "g.cred=");
        assert_string_equal(left_buf, OWN "d.cred cannot be opened, or is larger than 4 GiB");
        release();
        m.n = 3;
        assert_true(make());
        assert_string_equal(left_buf, OWN "b.cred cannot be read whole");
        release();
}

static void a_folder_that_cannot_be_read_is_said_and_what_was_listed_is_taken(void **state) {
        (void) state;
        begin(257);
        mem_add(&m, "\\loader\\credentials\\a.cred", span_of("a"));
        mem_add(&m, "\\loader\\credentials\\b.cred", span_of("b"));
        m.unread = "\\loader\\credentials";
        m.unread_after = 1;
        assert_true(make());
        ARCHIVE(STUBROLE_GLOBAL_CREDENTIALS, "a.cred=a");
        assert_string_equal(left_buf, "\\loader\\credentials cannot be read (test)");
        release();
}

static void there_are_at_most_256_of_a_kind(void **state) {
        static const char more[] = "has more than 256 files *.cred in \\EFI\\Linux\\a.efi.extra.d, "
                                   "and ukiload takes no more where it takes the stub's role: remove some";
        char path[64];

        (void) state;
        begin(257);
        for (size_t i = 0; i < 256; i++) {
                snprintf(path, sizeof(path), OWN "%zu.cred", i);
                mem_add(&m, path, span_of("x"));
        }
        mem_add(&m, OWN "x.raw", span_of("another kind"));
        assert_true(fit());
        assert_true(make());
        release();
        mem_add(&m, OWN "one-more.cred", span_of("x"));
        assert_false(fit());
        assert_string_equal(why_buf, more);
        assert_false(make());
        assert_string_equal(why_buf, more);
        release();
}

static void memory_may_not_do(void **state) {
        (void) state;
        begin(257);
        mem_add(&m, OWN "a.cred", span_of("a"));
        m.no_memory = true;
        assert_false(make());
        assert_string_equal(why_buf, "has more than there is memory for: *.cred in \\EFI\\Linux\\a.efi.extra.d");
        release();
        m.no_memory = false;
        mem_add(&m, OWN "b.cred", span_of("b"))->size = UINT32_MAX;
        m.files[0].size = UINT32_MAX;
        assert_true(fit());
        release();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_folder_is_an_archive_of_its_files_sorted),
                cmocka_unit_test(without_files_there_is_no_archive),
                cmocka_unit_test(what_cannot_be_read_is_left_out_and_the_first_of_it_said),
                cmocka_unit_test(a_folder_that_cannot_be_read_is_said_and_what_was_listed_is_taken),
                cmocka_unit_test(there_are_at_most_256_of_a_kind),
                cmocka_unit_test(memory_may_not_do),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
