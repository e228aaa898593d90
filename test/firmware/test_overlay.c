/* SPDX-License-Identifier: BSD-2-Clause */
/* The folders that are served are the overlay's own, whatever the volume has in their place, and when; what it cannot read it
 * says. */
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define LINE "root=/dev/vda audit=1 loglevel=7 crashkernel=1G"

/* ---- What the volume does ---- */

static void has_a_file(struct machine *m, const char *path) {
        machine_remove(m, ESP, path);
        machine_file(m, ESP, path, span_of("no folder"));
}

static void has_nothing(struct machine *m, const char *path) {
        machine_remove(m, ESP, path);
}

static void does_not_open(struct machine *m, const char *path) {
        machine_find(m, ESP, path)->open_status = EFI_VOLUME_CORRUPTED;
}

static void breaks_off(struct machine *m, const char *path) {
        struct node *node = machine_find(m, ESP, path);

        node->list_status = EFI_DEVICE_ERROR;
        node->list_good = 3;
}

static void has_an_alias(struct machine *m, const char *path) {
        struct node *node = machine_find(m, ESP, path);

        memcpy(node->alias, node->name, sizeof(node->alias));
        wide("x.addon.efi", node->name, 256);
}

static void never_ends(struct machine *m, const char *path) {
        machine_find(m, ESP, path)->endless = true;
}

static const struct trick {
        void (*play)(struct machine *m, const char *path);
        const char *said;
} tricks[] = {
        { has_a_file, " refused: is a file, and only a folder is looked for" },
        { has_nothing, NULL },
        { does_not_open, " refused: cannot be read (file system damaged)" },
        { breaks_off, " refused: cannot be read to its end (device error)" },
        { has_an_alias, " refused: is not a folder's own name, but the short name of another one, \"x.addon.efi\"" },
        { never_ends, " refused: has no end: it has more than 65536 entries" },
};
#define N_TRICKS (sizeof(tricks) / sizeof(tricks[0]))

static const struct trick *trick;
static const char *place;

static void at_the_start(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        (void) what;
        if (call == CALL_START_IMAGE)
                trick->play(m, place);
}

/* After the last look; the folders, those above them, and all there is. */
static void the_volume_changes_under_the_stub(void **state) {
        static const char *const places[] = { SCENE_GLOBAL, SCENE_OWN, "\\loader", "\\EFI\\Linux", "\\EFI" };

        (void) state;
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
                for (trick = tricks; trick < tricks + N_TRICKS; trick++) {
                        struct machine *m = scene_addons(257);

                        place = places[i];
                        m->watch = at_the_start;
                        scene_start(m);
                        assert_string_equal(m->child.line, LINE);
                        assert_string_equal(m->child.ignored, "");
                        machine_free(m);
                }
}

static const char *addon_line(const struct machine *m, const char *begins) {
        const char *status = m->n_started ? m->child.status : NULL, *found = "";

        for (unsigned i = 0; status && *(found = machine_field(status, strlen(status), "addon", i)); i++)
                if (strncmp(found, begins, strlen(begins)) == 0 && found[strlen(begins)] == ' ')
                        break;
        return found;
}

/* Before: what was in the folder is lost and that is said, or the request and the other folder are none the worse. */
static void what_cannot_be_listed_is_said(void **state) {
        (void) state;
        for (trick = tricks; trick < tricks + N_TRICKS; trick++) {
                struct machine *m = scene_addons(257);

                trick->play(m, SCENE_OWN);
                scene_start(m);
                assert_non_null(strstr(m->child.line, "root=/dev/vda audit=1"));
                assert_non_null(strstr(m->child.line, "crashkernel=1G"));
                assert_string_equal(m->child.ignored, "");
                if (trick->said)
                        assert_memory_equal(addon_line(m, SCENE_OWN) + strlen(SCENE_OWN), trick->said, strlen(trick->said));
                else
                        assert_string_equal(addon_line(m, SCENE_OWN), "");
                machine_free(m);

                m = scene_addons(257);
                m->policy = BENCH_POLICY "@on-violation abort\n";
                machine_remove(m, ESP, SCENE_OWN "\\evil.addon.efi");
                trick->play(m, SCENE_OWN);
                if (trick->said)
                        scene_refused(m, "says `@on-violation abort`: ");
                else {
                        scene_start(m);
                        assert_int_equal(m->n_started, 1);
                        machine_free(m);
                }
        }
}

/* A required word is in the folder that cannot be listed. */
static void a_required_word_that_cannot_be_read_is_missed(void **state) {
        (void) state;
        for (trick = tricks; trick < tricks + N_TRICKS; trick++) {
                struct machine *m = scene_addons(257);

                trick->play(m, SCENE_GLOBAL);
                if (trick->play == breaks_off) /* it was read before the end */
                        machine_find(m, ESP, SCENE_GLOBAL)->list_good = 2;
                if (trick->play != never_ends) {
                        scene_refused(m, "audit=1");
                        continue;
                }
                scene_start(m); /* an addon that is listed again and again is one, and it was read */
                assert_int_equal(m->n_started, 1);
                assert_non_null(strstr(m->child.line, " audit=1 "));
                machine_free(m);
        }
}

static void candidates_and_sidecars_that_cannot_be_listed_are_said(void **state) {
        struct machine *m = scene_addons(252);

        (void) state;
        machine_file(m, ESP, "\\loader\\credentials", span_of("no folder"));
        scene_start(m);
        assert_string_equal(m->child.line, LINE);
        assert_non_null(strstr(m->child.status, "left-out=\\loader\\credentials is a file, and only a folder is looked for"));
        machine_free(m);

        m = scene_addons(257);
        machine_find(m, ESP, "\\EFI\\Linux")->list_status = EFI_DEVICE_ERROR;
        machine_find(m, ESP, "\\EFI\\Linux")->list_good = 3;
        scene_start(m);
        assert_string_equal(m->child.line, LINE);
        assert_non_null(strstr(m->child.status, "skipped=\\EFI\\Linux of the ESP cannot be read to its end (device error)"));
        machine_free(m);
}

static void no_memory_from_the_start(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        (void) what;
        if (call == CALL_START_IMAGE)
                machine_fault(m, CALL_ALLOCATE_POOL, 1, ALWAYS, EFI_OUT_OF_RESOURCES);
}

static void there_is_no_memory_while_the_stub_runs(void **state) {
        struct machine *m = scene_addons(257);

        (void) state;
        m->watch = no_memory_from_the_start;
        scene_start(m);
        assert_string_equal(m->child.line, LINE);
        machine_free(m);
}

static void a_file_that_reads_nothing_ends(void **state) {
        struct machine *m = scene_addons(257);

        (void) state;
        machine_lie(m, CALL_READ, "a.efi", 3, ALWAYS, LIE_ZERO);
        scene_start(m);
        assert_int_equal(m->n_started, 0);
        machine_free(m);
        m = scene_addons(257);
        machine_lie(m, CALL_READ, "level.addon.efi", 1, ALWAYS, LIE_ZERO);
        scene_start(m);
        assert_non_null(strstr(addon_line(m, SCENE_OWN "\\level.addon.efi"), "could not be read to its end"));
        machine_free(m);
}

/* ---- The overlay's folders, looked at as the stub could ---- */

static EFI_FILE_PROTOCOL *root;
static union {
        EFI_FILE_INFO info;
        uint8_t bytes[sizeof(EFI_FILE_INFO) + 600];
} u;
static char name[256];

static EFI_STATUS opens(EFI_FILE_PROTOCOL *from, const char *path, UINT64 mode, EFI_FILE_PROTOCOL **ret) {
        CHAR16 text[600];

        wide(path, text, 600);
        return from->Open(from, ret, text, mode, 0);
}

/* "NAME", with a slash behind it for a folder; empty at the end. */
static const char *next_name(EFI_FILE_PROTOCOL *folder, UINTN room, EFI_STATUS *ret) {
        UINTN size = room;

        memset(&u, 0, sizeof(u));
        *ret = folder->Read(folder, &size, &u);
        narrow(u.info.FileName, name, sizeof(name));
        if (*ret == EFI_SUCCESS && size > 0 && (u.info.Attribute & EFI_FILE_DIRECTORY))
                strcat(name, "/");
        return *ret == EFI_SUCCESS && size > 0 ? name : "";
}

static void is_folder(EFI_FILE_PROTOCOL *from, const char *path, const char *called) {
        EFI_GUID guid = EFI_FILE_INFO_ID;
        UINTN size = sizeof(u);
        EFI_FILE_PROTOCOL *folder;

        assert_int_equal(opens(from, path, EFI_FILE_MODE_READ, &folder), EFI_SUCCESS);
        assert_int_equal(folder->GetInfo(folder, &guid, &size, &u), EFI_SUCCESS);
        assert_true(u.info.Attribute & EFI_FILE_DIRECTORY);
        narrow(u.info.FileName, name, sizeof(name));
        assert_string_equal(name, called);
        (void) folder->Close(folder);
}

static void lists(const char *path, const char *const *expected) {
        EFI_FILE_PROTOCOL *folder;
        EFI_STATUS status;

        assert_int_equal(opens(root, path, EFI_FILE_MODE_READ, &folder), EFI_SUCCESS);
        for (unsigned twice = 0; twice < 2; twice++) {
                for (size_t i = 0; expected[i]; i++) {
                        assert_string_equal(next_name(folder, SIZE_OF_EFI_FILE_INFO + 2, &status), "");
                        assert_int_equal(status, EFI_BUFFER_TOO_SMALL);
                        assert_string_equal(next_name(folder, sizeof(u), &status), expected[i]);
                }
                for (unsigned end = 0; end < 2; end++) {
                        assert_string_equal(next_name(folder, sizeof(u), &status), "");
                        assert_int_equal(status, EFI_SUCCESS);
                }
                assert_int_equal(folder->SetPosition(folder, 0), EFI_SUCCESS);
        }
        assert_int_equal(folder->SetPosition(folder, 1), EFI_UNSUPPORTED);
        (void) folder->Close(folder);
}

static void look(struct machine *m) {
        static const char *const own[] = { "level.addon.efi", "~kdump.addon.efi", "./", "../", "own.cred", NULL };
        static const char *const global[] = { "audit.addon.efi", "./", "../", NULL };
        EFI_FILE_PROTOCOL *linux_dir, *file;
        UINTN size = 3;

        lists(SCENE_OWN, own);
        lists(SCENE_GLOBAL, global);
        lists("\\LOADER/addons\\", global);
        is_folder(root, SCENE_OWN, "a.efi.extra.d");
        assert_int_equal(opens(root, "EFI\\Linux", EFI_FILE_MODE_READ, &linux_dir), EFI_SUCCESS);
        is_folder(linux_dir, "a.efi.extra.d", "a.efi.extra.d");
        is_folder(linux_dir, "..\\..\\loader\\addons", "addons");
        assert_int_equal(opens(linux_dir, "a.efi.extra.d\\level.addon.efi", EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, &file),
                         EFI_WRITE_PROTECTED);
        (void) linux_dir->Close(linux_dir);
        /* what is hidden stays so by every name, and cannot be made */
        assert_int_equal(opens(root, SCENE_OWN "\\evil.addon.efi", EFI_FILE_MODE_READ, &file), EFI_NOT_FOUND);
        assert_int_equal(opens(root, SCENE_OWN "\\EVIL.ADDON.EFI. .", EFI_FILE_MODE_READ, &file), EFI_NOT_FOUND);
        assert_int_equal(opens(root, SCENE_OWN "\\EVIL~1.EFI", EFI_FILE_MODE_READ, &file), EFI_NOT_FOUND);
        assert_int_equal(opens(root, "\\new.addon.efi.", EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE, &file),
                         EFI_ACCESS_DENIED);
        assert_null(machine_find(m, ESP, "\\new.addon.efi"));
        /* anything else is the volume's */
        assert_int_equal(opens(root, "\\loader\\mixin", EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE, &file),
                         EFI_SUCCESS);
        assert_int_equal(file->Write(file, &size, (void *) (uintptr_t) "abc"), EFI_SUCCESS);
        (void) file->Close(file);
        assert_memory_equal(machine_find(m, ESP, "\\loader\\mixin")->bytes, "abc", 3);
        assert_int_equal(opens(root, SCENE_OWN "\\own.cred", EFI_FILE_MODE_READ, &file), EFI_SUCCESS);
        (void) file->Close(file);
        machine_find(m, ESP, "\\EFI\\Linux")->list_status = EFI_DEVICE_ERROR;
        assert_int_equal(opens(root, "\\EFI\\Linux", EFI_FILE_MODE_READ, &linux_dir), EFI_SUCCESS);
        assert_int_equal(linux_dir->Read(linux_dir, &size, &u), EFI_DEVICE_ERROR);
        (void) linux_dir->Close(linux_dir);
}

/* Another folder answers to the name: what is in that one is not listed beside ours. */
static void look_beside_an_alias(struct machine *m) {
        static const char *const own[] = { "~kdump.addon.efi", NULL };

        (void) m;
        lists(SCENE_OWN, own);
}

static void (*look_now)(struct machine *m);
static unsigned looks;

static void look_at_the_start(struct machine *m, enum call call, unsigned nth, const char *what) {
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs;

        (void) nth;
        (void) what;
        if (call != CALL_START_IMAGE)
                return;
        m->watch = NULL;
        fs = scene_overlay(m);
        assert_int_equal(fs->OpenVolume(fs, &root), EFI_SUCCESS);
        look_now(m);
        (void) root->Close(root);
        looks++;
}

static void the_folders_as_the_stub_sees_them(void **state) {
        struct machine *m = scene_addons(257);

        (void) state;
        looks = 0;
        machine_alias(machine_find(m, ESP, SCENE_OWN "\\evil.addon.efi"), "EVIL~1.EFI");
        m->watch = look_at_the_start;
        look_now = look;
        machine_start(m);
        assert_int_equal(looks, 1);
        assert_string_equal(m->child.line, LINE);
        machine_free(m);

        m = scene_addons(257);
        wide("other", machine_find(m, ESP, SCENE_OWN)->name, 256);
        machine_alias(machine_find(m, ESP, "\\EFI\\Linux\\other"), "a.efi.extra.d");
        m->watch = look_at_the_start;
        look_now = look_beside_an_alias;
        machine_start(m);
        assert_int_equal(looks, 2);
        assert_string_equal(m->child.line, "root=/dev/vda audit=1 crashkernel=1G");
        machine_free(m);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_volume_changes_under_the_stub),
                cmocka_unit_test(what_cannot_be_listed_is_said),
                cmocka_unit_test(a_required_word_that_cannot_be_read_is_missed),
                cmocka_unit_test(candidates_and_sidecars_that_cannot_be_listed_are_said),
                cmocka_unit_test(there_is_no_memory_while_the_stub_runs),
                cmocka_unit_test(a_file_that_reads_nothing_ends),
                cmocka_unit_test(the_folders_as_the_stub_sees_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
