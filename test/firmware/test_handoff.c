/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stub or a kernel is handed, and what is proven of it right before. */
#include <string.h>

#include "initrd.h"
#include "inside.h"
#include "scenes.h"

#define UKI    "\\EFI\\Linux\\a.efi"
#define OWN    UKI ".extra.d"
#define GLOB   "\\loader\\addons"
#define POOL   "\\EFI\\ukiload\\addons"
#define T64    "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
#define TILDES T64 T64 T64 T64
#define SEED   "\\loader\\random-seed"

/* ---- To a stub ---- */

static const char *shown_last(const struct machine *m) {
        const char *path = m->child.n_addons ? m->child.addons[m->child.n_addons - 1].path : "";

        return strrchr(path, '\\') ? strrchr(path, '\\') + 1 : path;
}

/* Only names of its own folder count, and of them the one with most. */
static void a_picked_addon_is_shown_with_one_tilde_more_than_the_images_own_have(void **state) {
        static const struct {
                const char *global, *first, *second, *shown;
        } cases[] = {
                { GLOB "\\q.addon.efi", OWN "\\l.addon.efi", OWN "\\m.addon.efi", "~k.addon.efi" },
                { GLOB "\\~~~q.addon.efi", OWN "\\l.addon.efi", OWN "\\m.addon.efi", "~k.addon.efi" },
                { GLOB "\\q.addon.efi", OWN "\\~~l.addon.efi", OWN "\\~m.addon.efi", "~~~k.addon.efi" },
                { GLOB "\\q.addon.efi", OWN "\\~l.addon.efi", OWN "\\~~m.addon.efi", "~~~k.addon.efi" },
                { GLOB "\\q.addon.efi", OWN "\\a~~.addon.efi", OWN "\\~l.addon.efi", "~~k.addon.efi" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = machine_new();

                machine_uki(m, ESP, UKI, 257, "root=/dev/vda", DB);
                machine_addon(m, ESP, cases[i].global, "quiet", DB);
                machine_addon(m, ESP, cases[i].first, "t=1", DB);
                machine_addon(m, ESP, cases[i].second, "t=2", DB);
                machine_addon(m, ESP, POOL "\\k.addon.efi", "crashkernel=1G", DB);
                machine_arm(m, "ukiload.addon=k");
                scene_start(m);
                assert_int_equal(m->child.n_addons, 4);
                assert_string_equal(shown_last(m), cases[i].shown);
                machine_free(m);
        }
}

static void a_picked_addon_whose_name_has_no_room_for_its_tildes_is_refused(void **state) {
        (void) state;
        for (unsigned n = 242; n <= 245; n++) { /* of 255 characters; the shown name is `~k.addon.efi` with n more */
                struct machine *m = scene_plain(257);
                char path[320];

                snprintf(path, sizeof(path), OWN "\\%.*s.addon.efi", (int) n, TILDES);
                machine_addon(m, ESP, path, "loglevel=7", DB);
                machine_addon(m, ESP, POOL "\\k.addon.efi", "crashkernel=1G", DB);
                machine_arm(m, "ukiload.addon=k");
                if (n + 12 > 255)
                        scene_refuses(m, POOL "\\k.addon.efi cannot be shown to the stub: its name is too long");
                else {
                        scene_start(m);
                        assert_string_equal(m->child.line, "root=/dev/vda quiet loglevel=7 crashkernel=1G");
                        machine_free(m);
                }
        }
}

static void add_profiles(struct pe_write_section *s, size_t *n) {
        machine_section(s, n, ".profile", "ID=main\n");
        machine_section(s, n, ".profile", "ID=other\n");
        machine_section(s, n, ".cmdline", "root=/dev/vdb");
}

static void a_stub_gets_the_number_of_the_profile_and_else_nothing(void **state) {
        static const struct {
                const char *words, *options;
        } cases[] = {
                { NULL, "" },
                { "@0 ", "" },
                { "@1 ", "@1" },
        };

        (void) state;
        for (size_t i = 0; i < 3; i++) {
                struct machine *m = machine_new();
                struct pe_write_section s[UKI_PARTS];
                size_t n = machine_uki_sections(m, 257, "root=/dev/vda", s);

                add_profiles(s, &n);
                machine_file(m, ESP, UKI, machine_image(m, s, n, DB));
                m->options = cases[i].words;
                machine_start(m); /* the bench's stub does not choose among profiles */
                assert_int_equal(m->child.kind, CHILD_STUB);
                assert_string_equal(m->child.options, cases[i].options);
                machine_free(m);
        }
}

/* ---- LoadOptions that a loader left with the image ---- */

static UINT32 left_bytes;
static uint8_t *left;

static void leave(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        (void) what;
        for (struct image *image = m->in->images; image && call == CALL_UNLOAD_IMAGE; image = image->next)
                if (image->loaded.LoadOptions == m->in->inherited) {
                        image->loaded.LoadOptions = left;
                        image->loaded.LoadOptionsSize = left_bytes;
                }
}

static void only_load_options_that_are_there_are_emptied(void **state) {
        (void) state;
        for (left_bytes = 0; left_bytes <= 4; left_bytes++)
                for (int there = 0; there < 2; there++) {
                        struct machine *m = scene_plain(257);

                        left = there ? malloc(left_bytes + 1u) : NULL;
                        if (there) {
                                left = realloc(left, left_bytes ? left_bytes : 1);
                                memset(left, 'x', left_bytes ? left_bytes : 1);
                        }
                        m->watch = leave;
                        scene_start(m);
                        assert_int_equal(m->n_started, 1);
                        if (there)
                                assert_int_equal(left[0], left_bytes >= 2 ? 0 : 'x');
                        free(left);
                        machine_free(m);
                }
}

/* ---- To a kernel ---- */

static void a_stub_since_253_refreshes_the_random_seed_and_an_older_one_does_not(void **state) {
        static const char old[] = "0123456789abcdef0123456789abcdef";

        (void) state;
        for (unsigned stub = 252; stub <= 253; stub++) {
                struct machine *m = scene_plain(stub);

                m->rng = true;
                machine_file(m, ESP, SEED, span_of(old));
                scene_start(m);
                assert_int_equal(m->child.kind, CHILD_KERNEL);
                assert_int_equal(memcmp(machine_find(m, ESP, SEED)->bytes, old, 32) != 0, stub >= 253);
                machine_free(m);
        }
}

static unsigned drawn;

static EFI_STATUS EFIAPI blt(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, EFI_GRAPHICS_OUTPUT_BLT_PIXEL *pixels,
                             EFI_GRAPHICS_OUTPUT_BLT_OPERATION operation, UINTN from_x, UINTN from_y, UINTN x, UINTN y,
                             UINTN width, UINTN height, UINTN delta) {
        (void) this;
        (void) from_x;
        (void) from_y;
        (void) delta;
        if (operation == EfiBltBufferToVideo && width == 1 && height == 1 && x == 4 && y == 3)
                drawn = (unsigned) pixels->Red << 16 | (unsigned) pixels->Green << 8 | pixels->Blue;
        return EFI_SUCCESS;
}

static EFI_GRAPHICS_OUTPUT_MODE_INFORMATION screen = { .HorizontalResolution = 9, .VerticalResolution = 7 };
static EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode = { .MaxMode = 1, .Info = &screen };
static EFI_GRAPHICS_OUTPUT_PROTOCOL gop = { .Blt = blt, .Mode = &mode };

static void plug_in_a_screen(struct machine *m, enum call call, unsigned nth, const char *what) {
        static const EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;

        (void) call;
        (void) nth;
        (void) what;
        m->watch = NULL;
        handle_add(handle_new(m), &guid, &gop);
}

static void the_picture_of_an_image_is_shown_in_the_stubs_place(void **state) {
        static const uint8_t picture[58] = {
                'B', 'M', 58, [10] = 54, [14] = 40, [18] = 1, [22] = 1, [26] = 1, [28] = 24, [54] = 0x33, 0x22, 0x11
        };

        (void) state;
        for (int has = 0; has < 2; has++) {
                struct machine *m = scene_plain(252);
                struct pe_write_section s[UKI_PARTS];
                size_t n = machine_uki_sections(m, 252, "root=/dev/vda", s);

                if (has) {
                        machine_section(s, &n, ".splash", "");
                        s[n - 1].data = (struct span) { picture, sizeof(picture) };
                }
                machine_file(m, ESP, UKI, machine_image(m, s, n, DB));
                m->watch = plug_in_a_screen;
                drawn = 0;
                scene_start(m);
                assert_int_equal(m->child.kind, CHILD_KERNEL);
                assert_int_equal(drawn, has ? 0x112233 : 0);
                machine_free(m);
        }
}

/* ---- The proof ---- */

/* Between the offer and the proof. */
static void take_the_line_away(struct machine *m, enum call call, unsigned nth, const char *what) {
        struct image *kernel = m->in->images;

        (void) nth;
        (void) what;
        if (call == CALL_HANDLE_PROTOCOL && kernel && kernel->next && kernel->loaded.LoadOptions &&
            kernel->loaded.LoadOptions != m->in->inherited)
                kernel->loaded.LoadOptions = NULL;
}

static void a_kernel_whose_line_is_gone_is_not_started(void **state) {
        struct machine *m = scene_plain(252);

        (void) state;
        m->watch = take_the_line_away;
        scene_refuses(m, "another command line");
}

/* Every span of so many bytes in it, also those that are to be measured. */
static void other_pieces(uint8_t *block, size_t n, size_t bytes) {
        static const char other[] = "initrd of a stranger";
        struct span piece;

        for (size_t at = sizeof(void *); at + sizeof(piece) <= n; at += sizeof(void *)) {
                memcpy(&piece, block + at, sizeof(piece));
                if (piece.n != bytes || !piece.p)
                        continue;
                piece.p = (const uint8_t *) other;
                memcpy(block + at, &piece, sizeof(piece));
        }
}

/* When the initrd is installed: the list that is handed out has another piece than the plan. */
static void change_the_list(struct machine *m, enum call call, unsigned nth, const char *what) {
        const struct image *kernel = m->in->images; /* the last that was loaded, behind the UKI */

        (void) nth;
        (void) what;
        if (call != CALL_INSTALL || !kernel || !kernel->next)
                return;
        for (struct block *b = m->in->blocks; b; b = b->next)
                if (b->n > sizeof(struct initrd) && memcmp(b->bytes, &kernel->handle, sizeof(kernel->handle)) == 0) {
                        other_pieces(b->bytes, b->n, strlen("initrd-of-the-uki"));
                        m->watch = NULL;
                }
}

static void an_initrd_of_other_pieces_than_planned_is_not_started(void **state) {
        struct machine *m = scene_plain(252);

        (void) state;
        m->watch = change_the_list;
        scene_refuses(m, "the pieces of its initrd are not those of the image and of the admitted addons, in their order");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_picked_addon_is_shown_with_one_tilde_more_than_the_images_own_have),
                cmocka_unit_test(a_picked_addon_whose_name_has_no_room_for_its_tildes_is_refused),
                cmocka_unit_test(a_stub_gets_the_number_of_the_profile_and_else_nothing),
                cmocka_unit_test(only_load_options_that_are_there_are_emptied),
                cmocka_unit_test(a_stub_since_253_refreshes_the_random_seed_and_an_older_one_does_not),
                cmocka_unit_test(the_picture_of_an_image_is_shown_in_the_stubs_place),
                cmocka_unit_test(a_kernel_whose_line_is_gone_is_not_started),
                cmocka_unit_test(an_initrd_of_other_pieces_than_planned_is_not_started),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
