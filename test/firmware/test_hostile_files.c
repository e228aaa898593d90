/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile texts, files and names: what of doc/hostile-inputs.md only a whole start shows. */
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define UKI          "\\EFI\\Linux\\a.efi"
#define GLOB         "\\loader\\addons\\"
#define OWN          UKI ".extra.d\\"
#define POOL         "\\EFI\\ukiload\\addons\\"
#define GIB          ((size_t) 1 << 30)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Texts ---- */

/* A mebibyte of line is never cut to what fits. */
static void a_line_of_a_mebibyte_is_refused_and_not_cut(void **state) {
        static char line[(1 << 20) + 1];

        (void) state;
        memset(line, 'a', sizeof(line) - 1);
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = scene_plain(stub);

                machine_uki(m, ESP, UKI, stub, line, DB);
                scene_refuses(m, "its .cmdline is longer than the 2047 bytes");
                m = scene_plain(stub);
                machine_addon(m, ESP, GLOB "big.addon.efi", line, DB);
                scene_line(m, "root=/dev/vda quiet");
                assert_non_null(
                        strstr(m->child.status, "big.addon.efi refused: has a .cmdline of 1048576 bytes, more than the 4096"));
                machine_free(m);
        }
}

static void an_addon_in_utf_16_is_refused(void **state) {
        static const uint8_t text[] = "q\0u\0i\0e\0t\0\0";
        struct machine *m = scene_plain(257);
        const struct pe_write_section section = { .name = ".cmdline", .data = { text, sizeof(text) - 1 } };

        (void) state;
        machine_file(m, ESP, GLOB "u.addon.efi", machine_image(m, &section, 1, DB));
        scene_line(m, "root=/dev/vda quiet");
        assert_non_null(strstr(m->child.status, "u.addon.efi refused: byte 2 is "));
        machine_free(m);
}

/* ---- Files that change, and sizes that lie ---- */

static void change_while_read(struct machine *m, enum call call, unsigned nth, const char *what) {
        const size_t *to = m->watch_arg;
        struct node *node = machine_find(m, ESP, UKI);

        (void) nth;
        if (call != CALL_READ || strcmp(what, "a.efi") != 0 || node->n == *to)
                return;
        node->bytes = realloc(node->bytes, *to);
        if (*to > node->n)
                memset(node->bytes + node->n, 'x', *to - node->n);
        node->n = *to;
}

/* As the volume said how large it is, so much is read; what is missing then is damage, and what came later is not read. */
static void a_file_that_grows_or_shrinks_while_it_is_read_is_whole_or_refused(void **state) {
        struct machine *m = scene_plain(257);
        size_t size = machine_find(m, ESP, UKI)->n + 4096;

        (void) state;
        m->options = "ukiload.uki=" UKI;
        m->watch = change_while_read;
        m->watch_arg = &size;
        scene_ends(m, "root=/dev/vda quiet");
        m = scene_plain(257);
        m->options = "ukiload.uki=" UKI;
        size = machine_find(m, ESP, UKI)->n - 1;
        m->watch = change_while_read;
        m->watch_arg = &size;
        scene_refuses(m, "could not be read to its end (");
}

static void a_read_that_gives_less_goes_on_and_one_that_gives_more_is_damage(void **state) {
        struct machine *m = scene_plain(257);

        (void) state;
        m->options = "ukiload.uki=" UKI;
        machine_lie(m, CALL_READ, "a.efi", 1, 3, LIE_HALF);
        machine_lie(m, CALL_READ, "q.addon.efi", 1, 1, LIE_HALF);
        scene_ends(m, "root=/dev/vda quiet");
        m = scene_plain(257);
        m->options = "ukiload.uki=" UKI;
        machine_lie(m, CALL_READ, "a.efi", 1, ALWAYS, LIE_LARGER);
        scene_refuses(m, "could not be read to its end (file system damaged");
        m = scene_plain(257);
        machine_lie(m, CALL_READ, "q.addon.efi", 1, ALWAYS, LIE_LARGER);
        scene_line(m, "root=/dev/vda");
        assert_non_null(strstr(m->child.status, "q.addon.efi refused: could not be read to its end (file system damaged"));
        machine_free(m);
}

/* The size in the directory entry is what the disk says: nothing is allocated by it, and it is no short number anywhere. */
static void say_size(struct node *node, size_t size) {
        node->read_good = node->n;
        node->read_status = EFI_DEVICE_ERROR;
        node->n = size;
}

static void a_file_of_more_than_4_gib_or_of_no_bytes_is_refused_for_that(void **state) {
        static const size_t sizes[] = { 4 * GIB, 4 * GIB + 0x1000, 5 * GIB, (size_t) 1 << 40, SIZE_MAX >> 1 };

        (void) state;
        for (size_t i = 0; i < COUNT(sizes); i++) {
                struct machine *m = scene_plain(257);

                say_size(machine_find(m, ESP, UKI), sizes[i]);
                m->options = "ukiload.uki=" UKI;
                scene_refuses(m, "is larger than the limit of 2147483648 bytes");
                m = scene_plain(257);
                say_size(machine_find(m, ESP, GLOB "q.addon.efi"), sizes[i]);
                scene_line(m, "root=/dev/vda");
                assert_non_null(strstr(m->child.status, "q.addon.efi refused: is larger than the limit of 268435456 bytes"));
                machine_free(m);
        }
        struct machine *m = scene_plain(257);
        machine_find(m, ESP, UKI)->n = 0;
        m->options = "ukiload.uki=" UKI;
        scene_refuses(m, "is an empty file");
        m = scene_plain(257);
        machine_find(m, ESP, GLOB "q.addon.efi")->n = 0;
        scene_line(m, "root=/dev/vda");
        assert_non_null(strstr(m->child.status, "q.addon.efi refused: is an empty file"));
        machine_free(m);
}

/* ---- Names ---- */

static void one_name_in_three_places_is_three_addons(void **state) {
        struct machine *m = scene_plain(257);

        (void) state;
        machine_addon(m, ESP, GLOB "T.addon.efi", "t=1", DB);
        machine_addon(m, ESP, OWN "t.ADDON.EFI", "t=2", DB);
        machine_addon(m, ESP, POOL "t.addon.efi", "t=3", DB);
        machine_arm(m, "ukiload.addon=T");
        m->requested[0] = "t=3";
        scene_ends(m, "root=/dev/vda t=1 quiet t=2 t=3");
}

static void a_thousand_addons_are_refused_by_their_number(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = scene_plain(stub);
                char path[64];

                for (unsigned i = 0; i < 1000; i++) {
                        snprintf(path, sizeof(path), GLOB "%u.addon.efi", i);
                        machine_addon(m, ESP, path, "t=a", DB);
                }
                scene_refuses(m, "has more than 128 addons, the limit");
        }
}

/* Neither is an addon to the stub, so neither is a violation; neither can be opened as one. */
static void a_folder_named_like_an_addon_and_a_dot_file_are_none(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = scene_plain(stub);

                m->policy = BENCH_POLICY "@on-violation abort\n";
                machine_addon(m, ESP, GLOB "x.addon.efi\\y.addon.efi", "init=/bin/sh", DB);
                machine_addon(m, ESP, GLOB ".hidden.addon.efi", "init=/bin/sh", DB);
                machine_addon(m, ESP, OWN ".addon.efi", "init=/bin/sh", DB);
                scene_ends(m, "root=/dev/vda quiet");
        }
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_line_of_a_mebibyte_is_refused_and_not_cut),
                T(an_addon_in_utf_16_is_refused),
                T(a_file_that_grows_or_shrinks_while_it_is_read_is_whole_or_refused),
                T(a_read_that_gives_less_goes_on_and_one_that_gives_more_is_damage),
                T(a_file_of_more_than_4_gib_or_of_no_bytes_is_refused_for_that),
                T(one_name_in_three_places_is_three_addons),
                T(a_thousand_addons_are_refused_by_their_number),
                T(a_folder_named_like_an_addon_and_a_dot_file_are_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
