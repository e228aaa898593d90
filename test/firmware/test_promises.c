/* SPDX-License-Identifier: BSD-2-Clause */
/* What doc/threat-model.md and the README promise, each with a machine on which somebody tries to break it. */
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define UKI    "\\EFI\\Linux\\a.efi"
#define GLOBAL "\\loader\\addons\\"
#define POOL   "\\EFI\\ukiload\\addons\\"

static struct machine *plain(void) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, UKI, 257, "root=/dev/vda ro", DB);
        m->forbidden[0] = "init=/bin/sh";
        return m;
}

/* ---- Who writes the ESP ---- */

static void what_is_not_signed_is_neither_started_nor_applied(void **state) {
        static const enum key keys[] = { UNSIGNED, STRANGER, MOK };

        (void) state;
        for (size_t i = 0; i < 3; i++) {
                struct machine *m = plain();

                machine_addon(m, ESP, GLOBAL "q.addon.efi", "quiet", keys[i]);
                scene_ends(m, "root=/dev/vda ro");
                m = plain();
                machine_uki(m, ESP, UKI, 257, "root=/dev/vda ro", keys[i]);
                scene_refuses(m, "is not signed by a key that this machine trusts");
        }
}

static void an_image_with_one_byte_changed_is_refused(void **state) {
        struct machine *m = plain();
        struct node *node = machine_addon(m, ESP, GLOBAL "q.addon.efi", "quiet", DB);

        (void) state;
        for (size_t i = 0; i + 5 < node->n; i++)
                if (memcmp(node->bytes + i, "quiet", 5) == 0)
                        memcpy(node->bytes + i, "debug", 5);
        scene_ends(m, "root=/dev/vda ro");
        m = plain();
        node = machine_find(m, ESP, UKI);
        node->bytes[node->n / 2] ^= 1;
        scene_line(m, NULL);
        machine_free(m);
}

/* The disk is another one as soon as ukiload has read it. */
static void swap_files(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        (void) what;
        if (call != CALL_LOAD_IMAGE)
                return;
        m->watch = NULL;
        machine_uki(m, ESP, UKI, 257, "root=/dev/evil", DB);
        machine_addon(m, ESP, GLOBAL "q.addon.efi", "loglevel=1", DB);
        machine_addon(m, ESP, GLOBAL "more.addon.efi", "loglevel=2", DB);
        machine_remove(m, ESP, UKI ".extra.d");
}

static void the_bytes_that_were_validated_are_the_bytes_that_boot(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = plain();

                machine_uki(m, ESP, UKI, stub, "root=/dev/vda ro", DB);
                machine_addon(m, ESP, GLOBAL "q.addon.efi", "quiet", DB);
                machine_addon(m, ESP, UKI ".extra.d\\l.addon.efi", "t=a", DB);
                m->watch = swap_files;
                scene_ends(m, "root=/dev/vda ro quiet t=a");
        }
}

static void what_loadimage_made_of_an_addon_must_be_what_was_judged(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_addon(m, ESP, GLOBAL "q.addon.efi", "quiet", DB);
        machine_lie(m, CALL_LOAD_IMAGE, "q.addon.efi", 1, 0, LIE_FLIP);
        scene_line(m, "root=/dev/vda ro");
        assert_non_null(strstr(m->child.status, "q.addon.efi untrusted: is not the same in memory as in its file"));
        machine_free(m);
}

static void put32(uint8_t *to, size_t value) {
        for (unsigned i = 0; i < 4; i++)
                to[i] = (uint8_t) (value >> 8 * i);
}

/* One letter of the text is the loader's to write: a base relocation of the kind that every address changes. */
static void an_addon_whose_text_depends_on_its_address_is_hidden(void **state) {
        struct machine *m = plain();
        struct pe_write_section sections[2];
        size_t n = 0;
        struct span image;
        uint8_t *p;

        (void) state;
        machine_section(sections, &n, ".cmdline", "quiet");
        image = machine_image(m, sections, n, UNSIGNED);
        p = (uint8_t *) (uintptr_t) image.p;
        /* rows of 40 bytes from 0x148: .text, .reloc, .cmdline; the first block of .reloc becomes the page of .cmdline, type 3 */
        uint8_t *reloc = p + (p[0x148 + 40 + 20] | (size_t) p[0x148 + 40 + 21] << 8);
        put32(reloc, p[0x148 + 80 + 12] | (size_t) p[0x148 + 80 + 13] << 8);
        reloc[9] = 0x30;
        machine_file(m, ESP, GLOBAL "q.addon.efi", machine_sign(m, image, DB));
        scene_ends(m, "root=/dev/vda ro");
}

static void the_folder_of_addons_is_not_the_disks(void **state) {
        struct machine *m = plain();
        struct node *folder;

        (void) state;
        /* a file where the stub looks for the UKI's own folder, and an addon that was picked to be there */
        machine_file(m, ESP, UKI ".extra.d", span_of("x"));
        machine_addon(m, ESP, POOL "k.addon.efi", "crashkernel=1G", DB);
        machine_arm(m, "ukiload.addon=k");
        m->requested[0] = "crashkernel=1G";
        scene_ends(m, "root=/dev/vda ro crashkernel=1G");
        /* a folder whose 8.3 name is the one that is looked for */
        m = plain();
        m->policy = BENCH_POLICY "@require audit=1\n";
        m->required[0] = "audit=1";
        machine_addon(m, ESP, "\\loader\\x.addon.efi\\g.addon.efi", "audit=1", DB);
        machine_alias(machine_find(m, ESP, "\\loader\\x.addon.efi"), "ADDONS");
        machine_start(m);
        assert_null(machine_judge(m));
        machine_free(m);
        /* a folder that cannot be read to its end */
        m = plain();
        m->policy = BENCH_POLICY "@require audit=1\n";
        m->required[0] = "audit=1";
        machine_addon(m, ESP, GLOBAL "g.addon.efi", "audit=1", DB);
        folder = machine_find(m, ESP, "\\loader\\addons");
        folder->list_status = EFI_VOLUME_CORRUPTED;
        folder->list_good = 3;
        machine_start(m);
        assert_null(machine_judge(m));
        machine_free(m);
}

static void try_names(struct machine *m, EFI_FILE_PROTOCOL *root) {
        static const char *const names[] = {
                GLOBAL "EVIL~1.EFI",
                GLOBAL "evil.addon.efi",
                GLOBAL "EVIL.ADDON.EFI",
                GLOBAL "evil.addon.efi.",
                GLOBAL "evil.addon.efi ",
                GLOBAL "evil.addon.efi. .",
                "\\loader\\.\\addons\\evil.addon.efi",
                "loader\\addons\\..\\addons\\evil.addon.efi",
                "\\EFI\\x.addon.efi",
        };

        /* the alias first: a volume that lies hides it well */
        for (size_t i = m->n_faults ? 1 : 0; i < sizeof(names) / sizeof(names[0]); i++) {
                EFI_FILE_PROTOCOL *file = NULL;
                CHAR16 name[200];

                wide(names[i], name, 200);
                if (root->Open(root, &file, name, EFI_FILE_MODE_READ, 0) != EFI_NOT_FOUND)
                        snprintf(m->misuse, sizeof(m->misuse), "%s could be opened", names[i]);
                if (file)
                        (void) file->Close(file);
        }
}

static void a_hidden_addon_cannot_be_opened_under_any_name(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_alias(machine_addon(m, ESP, GLOBAL "evil.addon.efi", "init=/bin/sh", DB), "EVIL~1.EFI");
        machine_addon(m, ESP, "\\EFI\\x.addon.efi", "init=/bin/sh", DB);
        m->visit = try_names;
        scene_line(m, "root=/dev/vda ro");
        /* and if the volume says that its name is another */
        machine_lie(m, CALL_GET_INFO, ".addon.efi", 1, ALWAYS, LIE_NAME);
        scene_ends(m, "root=/dev/vda ro");
}

static void a_read_that_gives_nothing_ends_in_a_refusal(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_arm(m, "ukiload.uki=" UKI);
        machine_lie(m, CALL_READ, "a.efi", 1, ALWAYS, LIE_ZERO);
        scene_refuses(m, "could not be read");
}

/* ---- Who holds a key that signs addons ---- */

static void an_addon_counts_whole_or_not_at_all(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_addon(m, ESP, GLOBAL "a.addon.efi", "quiet init=/bin/sh loglevel=7", DB);
        machine_addon(m, ESP, GLOBAL "b.addon.efi", "t=a", DB);
        m->forbidden[1] = "quiet";
        scene_line(m, "root=/dev/vda ro t=a");
        assert_non_null(strstr(m->screen, "hidden   \\loader\\addons\\a.addon.efi: \"init=/bin/sh\" refused"));
        machine_free(m);
}

static void the_policy_says_the_same_with_secure_boot_off(void **state) {
        struct machine *m = plain();

        (void) state;
        m->secure_boot = false;
        machine_addon(m, ESP, GLOBAL "a.addon.efi", "init=/bin/sh", UNSIGNED);
        machine_addon(m, ESP, GLOBAL "b.addon.efi", "quiet", UNSIGNED);
        scene_ends(m, "root=/dev/vda ro quiet");
}

static void a_violation_aborts_where_the_policy_says_so(void **state) {
        struct machine *m = plain();

        (void) state;
        m->policy = BENCH_POLICY "@on-violation abort\n";
        machine_addon(m, ESP, GLOBAL "a.addon.efi", "init=/bin/sh", DB);
        scene_refuses(m, "@on-violation abort");
        m = plain();
        m->policy = BENCH_POLICY "@on-violation abort\n";
        machine_addon(m, ESP, GLOBAL "a.addon.efi", "quiet", DB);
        machine_find(m, ESP, "\\loader\\addons")->list_status = EFI_DEVICE_ERROR;
        scene_line(m, NULL);
        machine_free(m);
}

/* ---- Who writes NVRAM ---- */

static void a_request_counts_once(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_addon(m, ESP, POOL "k.addon.efi", "crashkernel=1G", DB);
        machine_arm(m, "ukiload.addon=k");
        scene_line(m, "root=/dev/vda ro crashkernel=1G");
        machine_power_cycle(m);
        machine_arm(m, "ukiload.addon=k"); /* somebody puts it back */
        scene_line(m, "root=/dev/vda ro");
        assert_false(machine_armed(m));
        assert_string_equal(machine_last(m, "result"), "stale");
        machine_free(m);
}

static void a_request_for_another_way_is_stale(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_addon(m, ESP, POOL "k.addon.efi", "crashkernel=1G", DB);
        machine_set_text(m, "UkiloadRequest", &ukiload_vendor, 7, "ukiload.id=x ukiload.via=0008 ukiload.addon=k");
        scene_line(m, "root=/dev/vda ro");
        assert_string_equal(machine_last(m, "result"), "stale");
        machine_power_cycle(m);
        machine_set_text(m, "UkiloadRequest", &ukiload_vendor, 7, "ukiload.id=y ukiload.via=loader ukiload.addon=k");
        scene_line(m, "root=/dev/vda ro");
        machine_power_cycle(m);
        machine_set_text(m, "UkiloadRequest", &ukiload_vendor, 7, "ukiload.id=z ukiload.via=loader ukiload.addon=k");
        machine_set_text(m, "LoaderEntrySelected", &loader_vendor, 6, "ukiload.efi");
        scene_ends(m, "root=/dev/vda ro crashkernel=1G");
}

static void a_request_removes_no_standing_addon_and_carries_no_word(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_addon(m, ESP, GLOBAL "q.addon.efi", "quiet", DB);
        machine_arm(m, "ukiload.uki=" UKI " ukiload.handoff=stub");
        scene_line(m, "root=/dev/vda ro quiet");
        machine_free(m);
        m = plain();
        machine_arm(m, "ukiload.uki=" UKI " loglevel=7");
        scene_line(m, NULL);
        assert_true(m->reset);
        assert_false(machine_armed(m));
        machine_free(m);
}

static void load_options_add_nothing_that_is_not_allowed(void **state) {
        struct machine *m = plain();

        (void) state;
        m->options = "init=/bin/sh";
        scene_line(m, NULL);
        assert_false(m->reset);
        assert_int_equal(m->returned, EFI_LOAD_ERROR);
        machine_free(m);
        /* with Secure Boot off a stub would take what a loader leaves in its options */
        m = plain();
        m->secure_boot = false;
        scene_line(m, "root=/dev/vda ro");
        assert_string_equal(m->child.options, "");
        machine_free(m);
}

/* ---- The line ---- */

static void every_signed_word_stays_in_its_place(void **state) {
        struct machine *m = plain();

        (void) state;
        machine_uki(m, ESP, UKI, 257, "console=tty0 x=\"a  b\" root=/dev/vda -- single", DB);
        machine_addon(m, ESP, GLOBAL "c.addon.efi", "console=ttyS0", DB);
        scene_ends(m, "console=tty0 x=\"a  b\" root=/dev/vda console=ttyS0 -- single");
}

/* ---- Ends ---- */

static void an_old_shim_gets_a_warning_and_never_an_error(void **state) {
        struct machine *m = plain();

        (void) state;
        m->shim = SHIM_15;
        machine_uki(m, ESP, UKI, 257, "root=/dev/vda ro", STRANGER);
        scene_line(m, NULL);
        assert_int_equal(m->returned, EFI_WARN_WRITE_FAILURE);
        machine_free(m);
}

/* Found at each look, the last one right before the start; and the reason is that alone. */
static void an_initrd_of_somebody_else_ends_the_start(void **state) {
        static const char reason[] = "an initrd is already registered with firmware";
        struct machine *m = plain();
        unsigned looks;

        (void) state;
        scene_line(m, "root=/dev/vda ro");
        looks = m->calls[CALL_LOCATE_PATH];
        machine_free(m);
        for (unsigned i = 2; i <= looks; i++) { /* the first one is for the disk */
                m = plain();
                machine_lie(m, CALL_LOCATE_PATH, NULL, i, 0, LIE_FOUND);
                scene_line(m, NULL);
                assert_memory_equal(machine_status(m, "reason"), reason, sizeof(reason) - 1);
                machine_free(m);
        }
        assert_true(looks >= 3);
}

static void nothing_to_boot_is_said(void **state) {
        struct machine *m = machine_new();

        (void) state;
        scene_refuses(m, "there is no UKI");
}

#define PROMISE(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                PROMISE(what_is_not_signed_is_neither_started_nor_applied),
                PROMISE(an_image_with_one_byte_changed_is_refused),
                PROMISE(the_bytes_that_were_validated_are_the_bytes_that_boot),
                PROMISE(what_loadimage_made_of_an_addon_must_be_what_was_judged),
                PROMISE(an_addon_whose_text_depends_on_its_address_is_hidden),
                PROMISE(the_folder_of_addons_is_not_the_disks),
                PROMISE(a_hidden_addon_cannot_be_opened_under_any_name),
                PROMISE(a_read_that_gives_nothing_ends_in_a_refusal),
                PROMISE(an_addon_counts_whole_or_not_at_all),
                PROMISE(the_policy_says_the_same_with_secure_boot_off),
                PROMISE(a_violation_aborts_where_the_policy_says_so),
                PROMISE(a_request_counts_once),
                PROMISE(a_request_for_another_way_is_stale),
                PROMISE(a_request_removes_no_standing_addon_and_carries_no_word),
                PROMISE(load_options_add_nothing_that_is_not_allowed),
                PROMISE(every_signed_word_stays_in_its_place),
                PROMISE(an_old_shim_gets_a_warning_and_never_an_error),
                PROMISE(an_initrd_of_somebody_else_ends_the_start),
                PROMISE(nothing_to_boot_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
