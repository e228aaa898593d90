/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cpio.h"

struct file {
        const char *name, *content;
};

/* Both rounds, as firmware does it: count, then fill. Returns the size; the buffer is the caller's to free. */
static size_t build(const char *dir, uint32_t dir_mode, uint32_t file_mode, const struct file *files, size_t n, uint8_t **ret) {
        struct cpio c;
        uint8_t *buf = NULL, *data;
        size_t size = 0;

        for (int round = 0; round < 2; round++) {
                assert_true(cpio_begin(&c, buf, size, dir, dir_mode, file_mode));
                for (size_t i = 0; i < n; i++) {
                        size_t len = strlen(files[i].content);

                        data = (uint8_t *) 1;
                        assert_true(cpio_file(&c, span_of(files[i].name), len, &data));
                        assert_true((data != NULL) == (buf && len > 0));
                        if (data)
                                memcpy(data, files[i].content, len);
                }
                assert_true(cpio_end(&c));
                if (round == 0) {
                        size = c.len;
                        buf = malloc(size);
                        memset(buf, 0xee, size);
                }
                assert_int_equal(c.len, size);
        }
        *ret = buf;
        return size;
}

/* Written down from the format's description and systemd's habits, byte by byte. */
static void one_file_byte_for_byte(void **state) {
        /* clang-format off */
        static const char expected[] =
                "070701" "00000001" "0000416d" "00000000" "00000000" "00000001" "00000000" "00000000" "00000000" "00000000"
                "00000000" "00000000" "00000007" "00000000" ".extra\0" "\0\0\0"
                "070701" "00000002" "00004140" "00000000" "00000000" "00000001" "00000000" "00000000" "00000000" "00000000"
                "00000000" "00000000" "00000013" "00000000" ".extra/credentials\0" "\0\0\0"
                "070701" "00000003" "00008100" "00000000" "00000000" "00000001" "00000000" "00000005" "00000000" "00000000"
                "00000000" "00000000" "0000001a" "00000000" ".extra/credentials/a.cred\0" "hello" "\0\0\0"
                "070701" "00000000" "00000000" "00000000" "00000000" "00000001" "00000000" "00000000" "00000000" "00000000"
                "00000000" "00000000" "0000000B" "00000000" "TRAILER!!!\0" "\0\0\0";
        /* clang-format on */
        const struct file file = { "a.cred", "hello" };
        uint8_t *buf;
        size_t n = build(".extra/credentials", 0500, 0400, &file, 1, &buf);

        (void) state;
        assert_int_equal(n, sizeof(expected) - 1);
        assert_memory_equal(buf, expected, n);
        free(buf);
}

/* ---- an independent writer, by printf ---- */

static size_t pad4(char *p, size_t at) {
        while (at % 4)
                p[at++] = 0;
        return at;
}

static size_t entry(char *p, size_t at, unsigned inode, unsigned mode, const char *name, const char *content) {
        size_t len = strlen(content);

        at += (size_t) sprintf(p + at, "070701%08x%08x%024x%08x%08x%032x%08x%08x", inode, mode, 1, 0, (unsigned) len, 0,
                               (unsigned) strlen(name) + 1, 0);
        memcpy(p + at, name, strlen(name) + 1);
        at = pad4(p, at + strlen(name) + 1);
        memcpy(p + at, content, len);
        return pad4(p, at + len);
}

static size_t oracle(char *p, const char *dir, unsigned dir_mode, unsigned file_mode, const struct file *files, size_t n) {
        char name[600];
        size_t at = 0;
        unsigned inode = 1;

        for (const char *slash = dir; (slash = strchr(slash, '/')); slash++) {
                snprintf(name, sizeof(name), "%.*s", (int) (slash - dir), dir);
                at = entry(p, at, inode++, 040555, name, "");
        }
        at = entry(p, at, inode++, 040000 | dir_mode, dir, "");
        for (size_t i = 0; i < n; i++) {
                snprintf(name, sizeof(name), "%s/%s", dir, files[i].name);
                at = entry(p, at, inode++, 0100000 | file_mode, name, files[i].content);
        }
        at = entry(p, at, 0, 0, "TRAILER!!!", "");
        p[at - 124 + 94 + 7] = 'B'; /* the stub's trailer is a constant of its own */
        return at;
}

static void every_length_of_name_and_content(void **state) {
        static char expected[8192];
        char name[64] = "", content[16] = "";
        uint8_t *buf;

        (void) state;
        for (size_t i = 1; i < 40; i++) {
                memset(name, 'n', i);
                memset(content, 'c', i % 9);
                content[i % 9] = 0;
                const struct file files[2] = { { name, content }, { "z", "last" } };
                size_t n = build("a/bb/ccc", 0555, 0444, files, 2, &buf);
                assert_int_equal(n, oracle(expected, "a/bb/ccc", 0555, 0444, files, 2));
                assert_memory_equal(buf, expected, n);
                free(buf);
        }
}

static void a_directory_without_parents_stands_alone(void **state) {
        static char expected[2048];
        uint8_t *buf;
        size_t n = build("extra", 0700, 0600, NULL, 0, &buf);

        (void) state;
        assert_int_equal(n, oracle(expected, "extra", 0700, 0600, NULL, 0));
        assert_memory_equal(buf, expected, n);
        free(buf);
}

static void single_is_an_archive_of_one(void **state) {
        static char expected[2048];
        const struct file file = { "os-release", "ID=debian\n" };
        uint8_t buf[1024];
        size_t size, written;

        (void) state;
        assert_true(cpio_single(NULL, 0, ".extra", file.name, span_of(file.content), &size));
        assert_true(cpio_single(buf, size, ".extra", file.name, span_of(file.content), &written));
        assert_int_equal(size, written);
        assert_int_equal(size, oracle(expected, ".extra", 0555, 0444, &file, 1));
        assert_memory_equal(buf, expected, size);
        assert_true(cpio_single(buf, sizeof(buf), ".extra", "empty", (struct span) { NULL, 0 }, &size));
        size = 77;
        assert_false(cpio_single(buf, sizeof(buf), ".extra", "a/b", span_of("x"), &size));
        for (size_t cap = 0; cap < written; cap++)
                assert_false(cpio_single(buf, cap, ".extra", file.name, span_of(file.content), &size));
        assert_int_equal(size, 77);
}

/* A file that could not be read after room was made for it. */
static void dropped_files_leave_no_trace(void **state) {
        static char expected[4096];
        const struct file files[] = { { "a", "1" }, { "c", "333" } };
        uint8_t buf[4096], *data;
        struct cpio c;

        (void) state;
        assert_true(cpio_begin(&c, buf, sizeof(buf), "d/e", 0500, 0400));
        cpio_drop_file(&c); /* there is none */
        assert_true(cpio_file(&c, span_of("a"), 1, &data));
        data[0] = '1';
        assert_true(cpio_file(&c, span_of("b"), 1000, &data));
        memset(data, 'x', 1000);
        cpio_drop_file(&c);
        cpio_drop_file(&c); /* once is enough */
        assert_true(cpio_file(&c, span_of("c"), 3, &data));
        memcpy(data, "333", 3);
        assert_true(cpio_end(&c));
        assert_int_equal(c.len, oracle(expected, "d/e", 0500, 0400, files, 2));
        assert_memory_equal(buf, expected, c.len);
}

static void refusals_are_final(void **state) {
        uint8_t buf[2048], *data = buf;
        struct cpio c;

        (void) state;
        static const struct {
                const char *name;
                size_t n, size;
        } bad[] = {
                { "", 0, 1 },
                { ".hidden", 7, 1 },
                { "a/b", 3, 1 },
                { "\xc3\xa4", 2, 1 },
                { "a\0b", 3, 1 },
                { "big", 3, (size_t) UINT32_MAX + 1 },
                { "large", 5, sizeof(buf) },
                { "huge", 4, SIZE_MAX },
        };
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                assert_true(cpio_begin(&c, buf, sizeof(buf), "d", 0500, 0400));
                assert_false(cpio_file(&c, (struct span) { (const uint8_t *) bad[i].name, bad[i].n }, bad[i].size, &data));
                assert_ptr_equal(data, buf);
                cpio_drop_file(&c);
                const size_t len = c.len;
                assert_false(cpio_file(&c, span_of("good"), 1, &data));
                assert_false(cpio_end(&c));
                assert_int_equal(c.len, len);
        }
        /* Counting knows no limit but numbers. */
        assert_true(cpio_begin(&c, NULL, 0, "d", 0500, 0400));
        assert_true(cpio_file(&c, span_of("most"), UINT32_MAX, &data));
        assert_null(data);
        assert_true(cpio_end(&c));
        assert_true(cpio_begin(&c, NULL, 0, "d", 0500, 0400));
        c.len = SIZE_MAX - 3;
        assert_false(cpio_file(&c, span_of("more"), 1, &data));
        assert_false(cpio_begin(&c, buf, 10, "d", 0500, 0400));
}

static void a_name_has_no_slash_and_at_most_255_bytes(void **state) {
        char longest[CPIO_NAME_MAX + 2];

        (void) state;
        memset(longest, 'x', sizeof(longest));
        assert_true(cpio_name_ok((struct span) { (uint8_t *) longest, CPIO_NAME_MAX }));
        assert_false(cpio_name_ok((struct span) { (uint8_t *) longest, CPIO_NAME_MAX + 1 }));
        assert_true(cpio_name_ok(span_of("a b~\x7f.cred")));

        static const char *const order[] = { "", "A", "B.cred", "a", "a.", "a.b", "aa", "b", "~" };
        for (size_t i = 0; i < 9; i++)
                for (size_t j = 0; j < 9; j++)
                        assert_int_equal(cpio_name_before(span_of(order[i]), span_of(order[j])), i < j);
}

/* What GNU cpio makes of it. */
static void gnu_cpio_unpacks_it(void **state) {
        const struct file files[] = { { "B.cred", "one" }, { "a.cred", "" }, { "b c.cred", "three\n" } };
        char dir[] = "/tmp/test_cpio_XXXXXX", command[256], line[64] = "";
        uint8_t *buf;
        size_t n = build(".extra/credentials", 0500, 0400, files, 3, &buf);
        struct stat st;

        (void) state;
        assert_non_null(mkdtemp(dir));
        snprintf(command, sizeof(command), "cd %s && cpio -idm --quiet 2>&1", dir);
        FILE *pipe = popen(command, "w");
        assert_non_null(pipe);
        assert_int_equal(fwrite(buf, 1, n, pipe), n);
        assert_int_equal(pclose(pipe), 0);
        snprintf(command, sizeof(command), "cd %s && cat .extra/credentials/* | tr '\\n' '.' && ls .extra/credentials | wc -l",
                 dir);
        pipe = popen(command, "r");
        assert_non_null(fgets(line, sizeof(line), pipe));
        assert_int_equal(pclose(pipe), 0);
        assert_string_equal(line, "onethree.3\n");
        snprintf(command, sizeof(command), "%s/.extra/credentials", dir);
        assert_int_equal(stat(command, &st), 0);
        assert_int_equal(st.st_mode, 040500);
        snprintf(command, sizeof(command), "%s/.extra/credentials/b c.cred", dir);
        assert_int_equal(stat(command, &st), 0);
        assert_int_equal(st.st_mode, 0100400);
        assert_int_equal(st.st_mtime, 0);
        snprintf(command, sizeof(command), "chmod -R u+w %s && rm -r %s", dir, dir);
        assert_int_equal(system(command), 0);
        free(buf);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_file_byte_for_byte),
                cmocka_unit_test(every_length_of_name_and_content),
                cmocka_unit_test(a_directory_without_parents_stands_alone),
                cmocka_unit_test(single_is_an_archive_of_one),
                cmocka_unit_test(dropped_files_leave_no_trace),
                cmocka_unit_test(refusals_are_final),
                cmocka_unit_test(a_name_has_no_slash_and_at_most_255_bytes),
                cmocka_unit_test(gnu_cpio_unpacks_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
